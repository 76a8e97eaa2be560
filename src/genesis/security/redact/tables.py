"""Tables with a header: CSV, what a database's shell or Markdown draws. A secret's name stands above its column."""

from __future__ import annotations

import re
from typing import NamedTuple

from genesis.security.redact.assignments import MAX_VALUE, Found
from genesis.security.redact.names import KEYWORD, SUFFIX, judge
from genesis.security.redact.values import How, kind_of

GATE = rf"(?i:{KEYWORD}{SUFFIX}[\"']?[ ]{{0,20}}(?:[,;\t][\"']?[A-Za-z_]|\|))"
"""A name of a secret with another column behind it; as the last it is one at a line's end."""
MAX_LINE = 16_000
MAX_COLUMNS = 64

_HEADER = re.compile(rb"[\w .\-/()#\"'|,;\t]{5,2000}\r?")
_NAME = re.compile(rb"[A-Za-z_][\w ./()#-]{0,60}")
_RULE = re.compile(rb"[\s|+:=-]+")
_MARKS = (b"|", b"\t", b";", b",")
_FIELDS = {
    mark: re.compile(rb"[ ]*\"(?P<quoted>(?:[^\"]|\"\")*+)\"\s*(?=" + end + rb"|$)|(?P<plain>[^" + end + rb"]*)")
    for mark, end in ((b"|", rb"\|"), (b"\t", rb"\t"), (b";", b";"), (b",", b","))
}
_VALUE = How(quoted=True, said=False, own_line=True, tight=True)


class Table(NamedTuple):
    """`size` columns with `mark` between them; `secret`: the places and names of those that hold secrets."""

    mark: bytes
    size: int
    secret: tuple[tuple[int, str], ...]

    def goes_on(self, line: bytes) -> bool:
        """Whether `line` is a row, or a rule between rows."""
        return _RULE.fullmatch(line) is not None or len(_fields(line, self.mark)) == self.size

    def secrets(self, line: bytes) -> list[Found]:
        """Those in a row."""
        fields = _fields(line, self.mark)
        if len(fields) != self.size:
            return []
        found: list[Found] = []
        for at, name in self.secret:
            start, end = fields[at]
            value = line[start:end]
            start, end = start + len(value) - len(value.lstrip()), end - len(value) + len(value.rstrip())
            value = line[start:end]
            if any(chr(one).isalnum() for one in value) and len(value) <= MAX_VALUE:
                kind = kind_of(name, value, _VALUE, near=name.encode())
                found += [Found(start, end, kind, start)] if kind else []
        return found


def after(line: bytes, table: Table | None) -> Table | None:
    """The table that the next line may be a row of. `table`: the one that `line` might have been a row of."""
    return table if table is not None and table.goes_on(line) else _begun(line)


def _begun(line: bytes) -> Table | None:
    """The table of which `line` is the header."""
    if _HEADER.fullmatch(line) is None:
        return None
    mark = next((mark for mark in _MARKS if mark in line), None)
    if mark is None:
        return None
    names = [name.strip(b" \r") if mark in b"|\t" else name.rstrip(b"\r") for name in line.split(mark)]
    inner = names[1 if mark == b"|" and not names[0] else 0 : -1 if mark == b"|" and not names[-1] else len(names)]
    plain = [name.strip(b"\"'") for name in inner]
    if not 2 <= len(plain) <= MAX_COLUMNS or not all(map(_NAME.fullmatch, plain)):
        return None
    first = next(at for at, name in enumerate(names) if name)
    secret = tuple((first + at, name.decode("latin-1")) for at, name in enumerate(plain))
    secret = tuple((at, name) for at, name in secret if judge(name) is not None)
    return Table(mark, len(names), secret) if secret else None


def _fields(line: bytes, mark: bytes) -> list[tuple[int, int]]:
    """Where the fields stand, without quotes; none of a line that is longer than any row."""
    fields: list[tuple[int, int]] = []
    at = 0
    while len(line) <= MAX_LINE and len(fields) <= MAX_COLUMNS:
        field = _FIELDS[mark].match(line, at)
        assert field is not None  # a plain one may be empty
        fields.append(field.span("plain" if field["quoted"] is None else "quoted"))
        at = field.end() + 1
        if at > len(line):
            return fields
    return []
