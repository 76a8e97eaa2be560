"""Reads tickets from CSV, JSON, JSON lines and Markdown, each with the line on which it begins."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from genesis.frozen import Frozen
from genesis.tools.documents.library import read_document, split_lines

MAX_TICKETS = 5_000
MAX_FIELD_CHARS = 20_000

_FIELDS = {
    "id": (
        "id",
        "ticket",
        "ticket_id",
        "ticketid",
        "number",
        "key",
        "issue",
        "case",
        "case_id",
        "nr",
        "nummer",
        "numero",
        "ref",
    ),
    "subject": (
        "subject",
        "title",
        "summary",
        "headline",
        "betreff",
        "titel",
        "sujet",
        "titre",
        "asunto",
        "titulo",
        "name",
    ),
    "body": (
        "body",
        "description",
        "message",
        "text",
        "details",
        "content",
        "comment",
        "complaint",
        "beschreibung",
        "nachricht",
        "descripcion",
        "mensaje",
    ),
    "created": (
        "created",
        "created_at",
        "date",
        "opened",
        "opened_at",
        "submitted",
        "received",
        "timestamp",
        "datum",
        "fecha",
        "reported",
    ),
    "status": ("status", "state", "estado"),
    "affected": ("affected", "affected_users", "users_affected", "impact", "users", "customers_affected"),
    "stated": ("priority", "prio", "severity", "urgency", "prioritat", "priorite", "prioridad"),
}
_TICKET_NAME = re.compile(
    r"(?i)ticket|issues?\b|case|inbox|support|complaint|bugs?\b|feedback|incident|requests?\b|mails?\b|enquir|inquir"
)
_IDENTITY = re.compile(r"#(\d{1,10})\b|\b([A-Z][A-Z0-9]{1,9}-\d{1,8})\b")


class Ticket(Frozen):
    """A ticket as its file has it; what the file does not say is empty. `line` is where it begins."""

    id: str
    subject: str
    body: str = ""
    created: str = ""
    status: str = ""
    affected: str = ""
    stated: str = ""
    file: str
    line: int

    @property
    def text(self) -> str:
        """Subject and body."""
        return f"{self.subject}\n{self.body}"


def may_hold_tickets(name: str) -> bool:
    """Whether a file's suffix is one that tickets come in."""
    return PurePosixPath(name).suffix.lower() in {
        ".csv",
        ".tsv",
        ".json",
        ".jsonl",
        ".ndjson",
        ".md",
        ".markdown",
        ".txt",
    }


def read_tickets(name: str, text: str, *, asked_for: bool) -> list[Ticket]:
    """The tickets of a file, or none when it holds something else.

    A table or JSON must have a column for the subject or the body, and one more of a ticket's. Markdown and text are
    taken for tickets only when they are called so, or are `asked_for`.
    """
    suffix = PurePosixPath(name).suffix.lower()
    called_so = asked_for or _TICKET_NAME.search(name) is not None
    if suffix in {".csv", ".tsv"}:
        rows = _csv(text)
    elif suffix in {".jsonl", ".ndjson"}:
        rows = _json_lines(text)
    elif suffix == ".json":
        rows = _json(text)
    else:
        return list(_markdown(name, text))[:MAX_TICKETS] if called_so else []
    found: list[Ticket] = []
    for line, record in rows:
        fields = _map(record)
        content = bool(fields.get("subject")) or bool(fields.get("body"))
        known = len([field for field in fields if field in {"subject", "body", "id", "created", "status", "stated"}])
        if not content or known < (2 if called_so else 3) or ("body" not in fields and not called_so):
            continue
        found.append(_ticket(name, line, len(found) + 1, fields))
        if len(found) == MAX_TICKETS:
            break
    return found


def _ticket(file: str, line: int, number: int, fields: dict[str, str]) -> Ticket:
    subject = fields.get("subject") or " ".join(fields.get("body", "").split())[:120]
    given = {key: value[:MAX_FIELD_CHARS] for key, value in fields.items() if key not in {"id", "subject"}}
    return Ticket(id=(fields.get("id") or str(number))[:60], subject=subject[:500], file=file, line=line, **given)


def _map(record: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for field, names in _FIELDS.items():
        for key, value in record.items():
            folded = re.sub(
                r"[^a-z0-9]+", "_", key.lower().replace("ä", "a").replace("é", "e").replace("ú", "u").replace("ó", "o")
            ).strip("_")
            if folded in names and value.strip():
                found.setdefault(field, value.strip())
    return found


def _csv(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    first = text.split("\n", 1)[0][:5_000]
    delimiter = max(",;\t|", key=first.count)
    reader = csv.reader(io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n")), delimiter=delimiter)
    header: list[str] | None = None
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:  # a cell over the module's limit: what follows cannot be trusted
            return
        if header is None:
            header = [cell.strip() for cell in cells]
        elif any(cell.strip() for cell in cells):
            yield line, dict(zip(header, cells, strict=False))


def _json_lines(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    for number, line in enumerate(split_lines(text), 1):
        if record := _loads(line):
            yield number, record


def _json(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The objects of the first array of objects; each decoded alone, so that its line is known."""
    decoder = json.JSONDecoder()
    opened = re.search(r"\[\s*\{", text)
    at, line, counted = (opened.start() + 1 if opened else len(text)), 1, 0
    while True:
        space = re.compile(r"[\s,]*").match(text, at)
        at = space.end() if space else at
        if not text.startswith("{", at):
            return
        line += text.count("\n", counted, at)
        counted = at
        try:
            record, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return
        yield line, _flat(record)


def _loads(line: str) -> dict[str, str] | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return _flat(record) if isinstance(record, dict) else None


def _flat(record: dict[str, object]) -> dict[str, str]:
    return {str(key): str(value) for key, value in record.items() if isinstance(value, str | int | float)}


def _markdown(name: str, text: str) -> Iterator[Ticket]:
    document = read_document(name, text)
    rows = [block for block in document.blocks if block.kind == "row" and block.header]
    if rows:
        for number, block in enumerate(rows, 1):
            fields = _map(dict(zip(block.header, block.cells, strict=False)))
            if fields.get("subject") or fields.get("body"):
                yield _ticket(name, block.line, number, fields)
        return
    headings = [block.level for block in document.blocks if block.kind == "heading" and block.level > 1]
    level = min(headings, default=0)
    current: dict[str, str] = {}
    line = number = 0
    for block in document.blocks:
        begins = (
            (block.kind == "heading" and block.level == level) if level else (block.kind == "item" and block.level == 0)
        )
        if begins:
            if current:
                yield _ticket(name, line, number, current)
            number, line = number + 1, block.line
            identity = _IDENTITY.search(block.text)
            current = {"subject": " ".join(block.text.split()), "id": (identity[1] or identity[2]) if identity else ""}
        elif current and block.kind != "heading":
            key, colon, value = block.text.partition(":")
            mapped = _map({key: value}) if colon and len(key) < 30 else {}
            if mapped and "body" not in mapped:
                current.update({field: one for field, one in mapped.items() if field not in current})
            else:
                current["body"] = f"{current.get('body', '')}\n{block.text}".strip()
    if current:
        yield _ticket(name, line, number, current)
