"""Names at the end of a line, whose values stand on the next."""

from __future__ import annotations

import re

from genesis.security.redact import assignments
from genesis.security.redact.assignments import Found
from genesis.security.redact.kinds import compiled
from genesis.security.redact.names import KEYWORD, SUFFIX, judge


def continued(line: bytes) -> str | None:
    """The name whose value must be on the next line."""
    tail = line[-200:].rstrip(b"\r")
    if compiled(assignments.CONTINUED).search(tail) is None:
        return None
    name = _TAIL.search(tail)
    if name is None or judge(name["name"].decode("latin-1").strip("-.")) is None:
        return None
    # A name alone asks for `value:` on the next line, and so it must itself be a value, or an element's text.
    if not name["between"] and not _IS_VALUE.search(tail[: name.start()] + b""):
        return None
    return ("=" if name["between"] else "?") + name["name"].decode("latin-1").strip("-.")


_TAIL = re.compile(
    rb"(?i)(?P<name>[A-Za-z0-9_.\-]{0,60}" + KEYWORD.encode() + SUFFIX.encode() + rb")"
    rb"(?:\\{0,3}[\"'`]|[\]\)]|</?(?:key|name)){0,3}[ \t]{0,8}"
    rb"(?P<between>(?:[=:>]|=>|:=)[ \t]{0,4}(?:[|>][-+]?)?|),?[ \t]{0,8}\\?$"
)
_IS_VALUE = re.compile(rb"(?i)(?:name|key)\\?[\"']?[ \t]{0,4}[:=>][ \t]{0,4}\\?[\"']?$|<(?:key|name)>$")
_NEXT = re.compile(rb"[\s+\->|]*(?:[\"']?(?P<pair>value)\\?[\"']?[ \t]*[:=][ \t]*|<string>|<value>)?")


def value_on_next_line(line: bytes, named: str) -> Found | None:
    """The secret that is the line, or its `value:`, when the line before said `named`."""
    start = _NEXT.match(line)
    at = start.end() if start else 0
    pair = bool(start and start[0].rstrip().endswith((b"value", b":", b"=", b">")) and start[0].strip(b" +->|\t"))
    if named[0] == "?" and not pair:
        return None
    value = assignments.value_of(line, named[1:], at, 0, between=b"=")
    # The whole of what the line has, or it is something else: the next pair, a sentence.
    if value is None or line[value.end :].strip(b" \t\r\"'`,;)}]\\") not in (b"", b"</string>", b"</value>"):
        rest = b"" if value is None else line[value.end :].strip()
        return value if value is not None and rest.startswith((b"</", b'"', b"'")) else None
    return value
