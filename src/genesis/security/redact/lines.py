"""The secrets of one line: by the forms of providers, by what its values are called, by what this process registered."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from genesis.security.redact import assignments, blocks, filters
from genesis.security.redact.assignments import Found
from genesis.security.redact.kinds import Kind, catalogue, compiled

MARKER = re.compile(rb"\[REDACTED:[a-z][a-z0-9_]{2,39}:[0-9a-f]{8}\]")
MAX_SECRET = 8_000
"""Bytes of one secret that are looked at."""

_WORD = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")
# A written-out line end or quote, or a percent-encoded character, ends in a letter and yet ends a word.
_ESCAPE = re.compile(rb"(?:\\[abfnrtv]|%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|=3D|\x1b\[[0-9;]{0,8}m)$")


@cache
def gate() -> Any:
    """One expression for all that could begin a secret. Where it finds nothing there is nothing to do."""
    words, others = list[str](), list[str]()
    for literal, kinds in catalogue().by_gate.items():
        text = re.escape(literal.decode())
        (words if all(at == 0 for kind in kinds for at in kind.at) and literal[0] in _WORD else others).append(text)
    bounded = rf"(?:\b|\\[abfnrtv]|%[0-9A-Fa-f]{{2}}|\\u[0-9A-Fa-f]{{4}}|\\x[0-9A-Fa-f]{{2}}|=3D|\[[0-9;]{{0,8}}m)(?:{'|'.join(words)})"
    parts = [bounded, *others, *blocks.GATES, assignments.FLAG, assignments.GATE, assignments.SAID, assignments.CONTINUED]
    return compiled("|".join(parts))


def find(line: bytes, named: str | None = None, registered: Callable[[bytes], Iterator[Found]] | None = None) -> list[Found]:
    """The secrets of `line`, apart and in order. `named`: what the line before says that the value in this one is."""
    found = list(registered(line)) if registered else []
    if named is not None and (value := _continued(line, named)):
        found.append(value)
    for hit in gate().finditer(line):
        found += _at(line, hit.start(), hit.end())
    if not found:
        return found
    if b"[REDACTED:" in line:
        taken = [marker.span() for marker in MARKER.finditer(line)]
        found = [one for one in found if all(one.end <= start or one.start >= end for start, end in taken)]
    return merged(found)


def continued(line: bytes) -> str | None:
    """The name whose value must be on the next line."""
    tail = line[-200:].rstrip(b"\r")
    name = _TAIL.search(tail)
    if name is None or assignments.judge(name["name"].decode("latin-1").strip("-.")) is None:
        return None
    # A name alone asks for `value:` on the next line, and so it must itself be a value, or an element's text.
    if not name["between"] and not _IS_VALUE.search(tail[: name.start()] + b""):
        return None
    return ("=" if name["between"] else "?") + name["name"].decode("latin-1").strip("-.")


_TAIL = re.compile(
    rb"(?i)(?P<name>[A-Za-z0-9_.\-]{0,60}" + assignments.KEYWORD.encode() + assignments.SUFFIX.encode() + rb")"
    rb"(?:\\{0,3}[\"'`]|[\]\)]|</?(?:key|name)){0,3}[ \t]{0,8}(?P<between>(?:[=:>]|=>|:=)[ \t]{0,4}(?:[|>][-+]?)?|),?[ \t]{0,8}\\?$"
)
_IS_VALUE = re.compile(rb"(?i)(?:name|key)\\?[\"']?[ \t]{0,4}[:=>][ \t]{0,4}\\?[\"']?$|<(?:key|name)>$")
_NEXT = re.compile(rb"[\s+\->|]*(?:[\"']?(?P<pair>value)\\?[\"']?[ \t]*[:=][ \t]*|<string>|<value>)?")


def _continued(line: bytes, named: str) -> Found | None:
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


def _at(line: bytes, start: int, end: int) -> Iterator[Found]:
    """The secrets for which the gate opened there."""
    if line[start : start + 1] in (b"\\", b"%", b"=", b"[") and (escape := _ESCAPE_HERE.match(line, start)):
        start = escape.end()
    known = catalogue()
    best: Found | None = None
    for size in known.sizes:
        for kind in known.by_gate.get(line[start : start + size], ()):
            for at in kind.at:
                found = _of_kind(line, start - at, kind)
                if found and (best is None or found.end - found.start > best.end - best.start):
                    best = found
    if best:
        yield best
    if value := assignments.find(line, start):
        yield value


_ESCAPE_HERE = re.compile(rb"\\[abfnrtv]|%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|=3D|\[[0-9;]{0,8}m")


def _of_kind(line: bytes, start: int, kind: Kind) -> Found | None:
    if start < 0:
        return None
    if start and line[start] in _WORD and line[start - 1] in _WORD and not _ESCAPE.search(line, max(0, start - 10), start):
        return None
    match = compiled(kind.expression).match(line, start, min(len(line), start + MAX_SECRET))
    if match is None:
        return None
    end = match.end()
    if end < len(line) and line[end] in _WORD and line[end - 1] in _WORD:
        return None
    secret = match[kind.group]
    if kind.entropy == 0 and filters.is_reference(secret):  # what people choose has no entropy to go by
        return None
    if filters.entropy(secret) < kind.entropy or filters.is_example(secret):
        return None
    if kind.checksum == "base58check" and not filters.base58check(secret):
        return None
    return Found(*match.span(kind.group), kind.id, match.start())


def merged(found: list[Found]) -> list[Found]:
    """Overlapping ones become one, with the kind of the surest: the first by `_rank`."""
    found.sort(key=lambda one: (one.start, -one.end))
    merged: list[Found] = []
    for one in found:
        if merged and one.start < merged[-1].end:
            last = merged[-1]
            kind = last.kind if _rank(last.kind) <= _rank(one.kind) else one.kind
            merged[-1] = Found(last.start, max(last.end, one.end), kind, min(last.anchor, one.anchor))
        else:
            merged.append(one)
    return merged


_GENERIC = frozenset(
    ("password_config", "passphrase_config", "secret_key_config", "api_key_config", "session_cookie",
     "bearer_auth_header", "basic_auth_header", "url_password")
)  # fmt: skip


def _rank(kind: str) -> int:
    return 0 if kind == "registered" else 2 if kind in _GENERIC else 1
