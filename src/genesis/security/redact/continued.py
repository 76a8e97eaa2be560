"""Names at the end of a line, whose values stand on the next: one, or as many as a bracket or a list holds."""

from __future__ import annotations

import re
from typing import NamedTuple

from genesis.security.redact import assignments
from genesis.security.redact.assignments import Found
from genesis.security.redact.kinds import compiled
from genesis.security.redact.names import KEYWORD, SUFFIX, judge


class Awaited(NamedTuple):
    """The value of `name` comes. `pair`: only as `value: x`. `list`: in brackets, quoted, and maybe more than one."""

    name: str
    pair: bool = False
    list: bool = False


def continued(line: bytes, awaited: Awaited | None = None) -> Awaited | None:
    """What must be on the next line. `awaited`: what had to be on this one."""
    if awaited is not None and _ITEM.fullmatch(line) and (awaited.list or line.lstrip().startswith(b"- ")):
        return awaited
    tail = line[-200:].rstrip(b"\r")
    if compiled(assignments.CONTINUED).search(tail) is None:
        return None
    found = _TAIL.search(tail)
    if found is None:
        return None
    name = found["name"].decode("latin-1").strip("-.")
    if judge(name) is None:
        return None
    # A name alone asks for `value:` on the next line, and so it must itself be a value, or an element's text.
    if not found["between"] and not _IS_VALUE.search(tail[: found.start()]):
        return None
    return Awaited(name, pair=not found["between"], list=found["bracket"] is not None)


_TAIL = re.compile(
    rb"(?i)(?P<name>[A-Za-z0-9_.\-]{0,60}" + KEYWORD.encode() + SUFFIX.encode() + rb")"
    rb"(?:\\{0,7}[\"'`]|[\]\)]|</?(?:key|name)){0,3}[ \t]{0,8}"
    rb"(?P<between>(?:[=:>]|=>|:=)[ \t]{0,4}(?:[|>][-+]?|(?P<bracket>[(\[])|\"{3}|'{3})?|),?[ \t]{0,8}\\?$"
)
_IS_VALUE = re.compile(rb"(?i)(?:name|key)\\?[\"']?[ \t]{0,4}[:=>][ \t]{0,4}\\?[\"']?$|<(?:key|name)>$")
_NEXT = re.compile(rb"[\s+\->|]*(?:[\"']?(?P<pair>value)\\?[\"']?[ \t]*[:=][ \t]*|<string>|<value>)?")
_ITEM = re.compile(rb"[+-]?[ \t]*(?:- (?:[^:#\n]|:(?!\s))*+|[\"'][^\n]*[\"'][ \t]*[,+.]?)\s*")
"""A line that is one value of several."""


def value_on_next_line(line: bytes, awaited: Awaited) -> Found | None:
    """The secret that is the line, or its `value:`, when the line before said that it comes."""
    start = _NEXT.match(line)
    at = start.end() if start else 0
    pair = bool(start and start[0].rstrip().endswith((b"value", b":", b"=", b">")) and start[0].strip(b" +->|\t"))
    if (awaited.pair and not pair) or (awaited.list and line[at : at + 1] not in (b'"', b"'", b"`")):
        return None
    value = assignments.value_of(line, awaited.name, at, 0, between=b"=")
    # The whole of what the line has, or it is something else: the next pair, a sentence.
    if value is None or line[value.end :].strip(b" \t\r\"'`,;)}]\\+") not in (b"", b"</string>", b"</value>"):
        rest = b"" if value is None else line[value.end :].strip()
        return value if value is not None and rest.startswith((b"</", b'"', b"'")) else None
    return value
