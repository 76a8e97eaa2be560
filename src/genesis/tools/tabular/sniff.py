"""What a delimited file's bytes tell: encoding, delimiter, where the table begins, whether it has a header."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from genesis.tools.tabular.dates import parse_date
from genesis.tools.tabular.numbers import parse_number

DELIMITERS = (",", ";", "\t", "|")
NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", " ": "space"}
SAMPLE_LINES = 300
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Dialect:
    """`first`: the line (from 1) of the header, or of the first row when `header` is false; `width`: cells in a row."""

    delimiter: str
    first: int
    header: bool
    width: int


def decode(data: bytes) -> tuple[str, str] | None:
    """Text with `\\n` line ends, and the name of its encoding; None for what is not text.

    What is no UTF-8 is read as Windows-1252, of which Latin-1 is nearly a part; bytes that it does not define make it
    Latin-1, which takes everything: the report says which it was.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            try:
                return _lines(data.decode(encoding)), encoding.removesuffix("-sig") + " with a byte order mark"
            except UnicodeDecodeError:
                return None
    if b"\0" in data:
        return None
    for encoding in ("utf-8", "cp1252", "latin-1"):
        try:
            return _lines(data.decode(encoding)), encoding
        except UnicodeDecodeError:
            continue
    raise AssertionError("latin-1 decodes every byte")


def _lines(text: str) -> str:
    text = text.replace("\r\n", "\n")
    return text.replace("\r", " " if "\n" in text else "\n")


def rows(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """The rows that are not blank, each with the line (from 1) on which it begins. Raises `csv.Error`."""
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    found = []
    before = 0
    for row in reader:
        if any(cell and not cell.isspace() for cell in row):
            found.append((before + 1, row))
        before = reader.line_num
    return found


def sniff(text: str) -> Dialect | None:
    """The dialect of a delimited text, or None when there is no table in it.

    The delimiter is the one under which most rows have the same number of cells, the first of them being the header:
    decimal commas split rows evenly too, but not the header.
    """
    sample, explicit = _sample(text)
    best: tuple[float, int] = (0.0, 0)
    found: Dialect | None = None
    for delimiter in (explicit,) if explicit else DELIMITERS:
        try:
            parsed = rows(sample, delimiter)
        except csv.Error:
            continue
        widths = Counter(len(row) for _, row in parsed if len(row) > 1)
        if not widths:
            continue
        width = max(widths, key=lambda one: (widths[one], one))
        table = [(line, row) for line, row in parsed if len(row) == width]
        lead = [row for line, row in parsed if line < table[0][0]]
        share = len(table) / (len(parsed) - (len(lead) if len(lead) <= 10 and _preamble(lead) else 0))
        share -= 0.1 if lead else 0.0  # under the wrong delimiter the header looks like a title above the table
        if (share, width) > best and (share > 0.4 or len(table) > 10):
            best = (share, width)
            found = Dialect(delimiter, table[0][0], _has_header([row for _, row in table]), width)
    return found or _by_spaces(sample) or _one_column(sample)


def _sample(text: str) -> tuple[str, str | None]:
    """The first lines, whole rows as far as quotes tell; and the delimiter if the file names it (`sep=;`)."""
    end = -1
    for _ in range(SAMPLE_LINES):
        following = text.find("\n", end + 1)
        if following < 0:
            end = len(text)
            break
        end = following
    sample = text[:end]
    if end < len(text) and sample.count('"') % 2:  # a quoted cell goes on: leave its row out
        sample = sample[: sample.rfind('"')]
        sample = sample[: sample.rfind("\n") + 1]
    named = re.match(r"sep=([,;\t|])\n", sample)
    return ("\n" + sample[named.end() :], named[1]) if named else (sample, None)


def _preamble(lead: list[list[str]]) -> bool:
    """Titles and notes above the table: rows with at most two filled cells, none of them a number."""
    return all(
        sum(bool(cell.strip()) for cell in row) <= 2 and not any(parse_number(cell.strip(), ".") for cell in row)
        for row in lead
    )


def _by_spaces(sample: str) -> Dialect | None:
    """Columns apart by one space, if every row has the same number of them: anything less is prose."""
    try:
        parsed = rows(sample, " ")
    except csv.Error:
        return None
    width = len(parsed[0][1]) if parsed else 0
    if width < 2 or len(parsed) < 3 or any(len(row) != width for _, row in parsed):
        return None
    return Dialect(" ", parsed[0][0], _has_header([row for _, row in parsed]), width)


def _one_column(sample: str) -> Dialect | None:
    lines = [(number, line) for number, line in enumerate(sample.split("\n"), start=1) if line.strip()]
    if len(lines) < 3 or any(len(line) > 200 for _, line in lines):
        return None
    return Dialect(",", lines[0][0], _has_header([[line] for _, line in lines]), 1)


def _has_header(table: list[list[str]]) -> bool:
    first, below = [cell.strip() for cell in table[0]], table[1:51]
    years = [int(cell) for cell in first if re.fullmatch(r"(?:19|20)[0-9]{2}", cell)]
    if len(years) >= 2 and all(later - earlier == 1 for earlier, later in pairwise(years)):
        return True  # a column per year
    if len(first) > 2 and not first[0] and all(first[1:]) and len(set(first)) == len(first):
        return True  # a name for each row stands in the first column, which has none itself
    if not below:
        return not any(_is_data(cell) for cell in first)
    for place, cell in enumerate(first):
        filled = [row[place].strip() for row in below if row[place].strip()]
        if _is_data(cell) and filled and sum(map(_is_data, filled)) > len(filled) / 2:
            return False
    return True


def _is_data(cell: str) -> bool:
    return parse_number(cell, ".") is not None or parse_date(cell, "dmy") is not None
