"""Reads counts of good and bad events from tables of any tool: which column is which, and what time a row is of."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from genesis.tools.places.text_lines import lines_of
from genesis.tools.service_levels.formulas import Sample

TIME = ("timestamp", "time", "datetime", "date", "ts", "at", "minute", "hour", "day", "period", "start", "bucket")
TOTAL = ("total", "requests", "request_count", "total_requests", "count", "hits", "calls", "events", "checks", "all")
BAD = ("errors", "error", "bad", "failed", "failures", "failure", "error_count", "failed_requests", "5xx", "status_5xx")
BAD_MORE = ("http_5xx", "errors_5xx", "errors_total", "fail", "down", "bad_events")
GOOD = ("good", "ok", "success", "successes", "successful", "succeeded", "up", "good_events", "success_count")
MAX_ROWS = 100_000
GROUP = ("service", "endpoint", "route", "path", "name", "component", "api", "app", "job", "handler")


@dataclass(frozen=True)
class Columns:
    """Which column says what. `bad` or `good` is there; `total` may be good + bad."""

    time: str
    total: str | None
    bad: str | None
    good: str | None
    group: str | None

    def formula(self) -> str:
        """Which columns make total and bad."""
        total = self.total or f"{self.good} + {self.bad}"
        return f"total = {total}, bad = {self.bad or f'{self.total} - {self.good}'}"


@dataclass(frozen=True)
class Counts:
    """The samples of a table by group ("" without one); `rejected` holds lines that could not be read, and why."""

    columns: Columns
    groups: dict[str, list[Sample]]
    rejected: list[tuple[int, str]]


def read_counts(name: str, text: str) -> Counts | None:
    """The counts in a CSV, TSV, JSON (an array of objects) or JSONL file; None when it holds no such table."""
    rows = _rows(name, text)
    first = next(rows, None)
    if first is None:
        return None
    columns = _columns(list(first[1]))
    if columns is None:
        return None
    groups: dict[str, list[Sample]] = {}
    rejected: list[tuple[int, str]] = []
    for position, (line, row) in enumerate((first, *rows)):
        if position >= MAX_ROWS:
            rejected.append((line, f"more than {MAX_ROWS:,} rows"))
            break
        try:
            sample = _sample(line, row, columns)
        except ValueError as error:
            rejected.append((line, str(error)))
            continue
        group = str(row.get(columns.group) or "") if columns.group else ""
        groups.setdefault(group[:80], []).append(sample)
    for samples in groups.values():
        samples.sort(key=lambda one: (one.at, one.line))
    return Counts(columns, dict(sorted(groups.items())), rejected) if groups else None


def _rows(name: str, text: str) -> Iterator[tuple[int, dict[str, object]]]:
    """Rows with the line they begin on."""
    if name.endswith((".csv", ".tsv")):
        first = text.partition("\n")[0]
        comma = "\t" if name.endswith(".tsv") else ";" if first.count(";") > first.count(",") else ","
        reader = csv.reader(io.StringIO(text), delimiter=comma)
        try:
            header = [cell.strip() for cell in next(reader, [])]
            before = reader.line_num
            for cells in reader:
                if cells and any(cells):
                    yield before + 1, dict(zip(header, cells, strict=False))
                before = reader.line_num
        except csv.Error:
            return
    elif name.endswith((".jsonl", ".ndjson")):
        for number, line in enumerate(lines_of(text), 1):
            if line.strip():
                row = _json(line)
                yield number, row if isinstance(row, dict) else {}
    elif name.endswith(".json"):
        content = _json(text)
        if isinstance(content, dict):  # {"data": [...]}: the one list in it
            lists = [value for value in content.values() if isinstance(value, list)]
            content = lists[0] if len(lists) == 1 else None
        if isinstance(content, list) and all(isinstance(row, dict) for row in content):
            lines = _object_lines(text)
            for position, row in enumerate(content):
                yield lines[position] if position < len(lines) else 1, row


def _json(text: str) -> object:
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found


def _object_lines(text: str) -> list[int]:
    """The line on which each object of the first array begins."""
    lines: list[int] = []
    start = text.find("[")
    if start < 0:
        return lines
    line = text.count("\n", 0, start) + 1
    depth, quoted, escaped = 0, False, False
    for character in text[start + 1 :]:
        if character == "\n":
            line += 1
        if quoted:
            quoted = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            quoted = True
        elif character in "{[":
            if depth == 0:
                lines.append(line)
            depth += 1
        elif character in "}]":
            depth -= 1
            if depth < 0:
                break
    return lines


def _columns(names: list[str]) -> Columns | None:
    by_word = {re.sub(r"[^a-z0-9]+", "_", str(name).strip().lower()).strip("_"): name for name in names}

    def pick(words: tuple[str, ...]) -> str | None:
        return next((by_word[word] for word in words if word in by_word), None)

    time, total, bad, good = pick(TIME), pick(TOTAL), pick(BAD + BAD_MORE), pick(GOOD)
    if time is None or len([one for one in (total, bad, good) if one]) < 2 or (bad is None and good is None):
        return None
    return Columns(time, total, bad, good if bad is None or total is None else None, pick(GROUP))


def _sample(line: int, row: dict[str, object], columns: Columns) -> Sample:
    at = instant(row.get(columns.time))
    total = _count(row, columns.total) if columns.total else _count(row, columns.good) + _count(row, columns.bad)
    bad = _count(row, columns.bad) if columns.bad else total - _count(row, columns.good)
    if bad < 0 or bad > total:
        raise ValueError(f"{bad:g} bad of {total:g} in all")
    return Sample(at, total, bad, line)


def _count(row: dict[str, object], name: str | None) -> float:
    value = row.get(name or "")
    try:
        found = float(str(value).strip().replace(",", "").replace("_", ""))
    except ValueError:
        raise ValueError(f"{name} is {str(value)[:40]!r}, not a count") from None
    if not math.isfinite(found) or found < 0:
        raise ValueError(f"{name} is {str(value)[:40]!r}, not a count")
    return found


def instant(value: object) -> float:
    """Seconds since the epoch. Without a zone, UTC. Raises `ValueError`.

    >>> instant("1970-01-02"), instant("1970-01-01T00:01:00Z"), instant(1700000000000)
    (86400.0, 60.0, 1700000000.0)
    """
    text = str(value).strip()
    if re.fullmatch(r"\d{9,13}(?:\.\d{1,9})?", text):
        seconds = float(text)
        return seconds / 1000 if seconds > 1e11 else seconds
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is no time (ISO 8601, or seconds since the epoch)") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
