"""The secrets of one line: by the forms of providers, by what values are called, by what this process registered."""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from genesis.security.redact import assignments, blocks, filters, tables
from genesis.security.redact.assignments import Found
from genesis.security.redact.continued import Awaited, value_on_next_line
from genesis.security.redact.escaped import Plain, escapes
from genesis.security.redact.kinds import Kind, catalogue, compiled
from genesis.security.redact.tables import Table

Span = tuple[int, int]
MARKER = re.compile(rb"\[REDACTED:[a-z][a-z0-9_]{2,39}:[0-9a-f]{8}\]")
MAX_SECRET = 8_000
"""Bytes of one secret that are looked at."""

_WORD = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")
# A written-out line end or quote, or a percent-encoded character, ends in a letter and yet ends a word.
_ESCAPES = r"\\[abfnrtv]|%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|=3D|\x1b\[[0-9;]{0,8}m"
_ESCAPE = re.compile((rf"(?:{_ESCAPES})$").encode())
_ESCAPE_HERE = re.compile(_ESCAPES.encode())


@cache
def gate() -> Any:
    """One expression for all that could begin a secret. Where it finds nothing there is nothing to do."""
    names = (assignments.FLAG, assignments.GATE, assignments.SAID, assignments.CONTINUED, tables.GATE)
    return compiled("|".join((_forms(), *blocks.GATES, *names)))


def _forms() -> str:
    words, others = list[str](), list[str]()
    # The longest first: it is the one that is met where a shorter one begins it.
    for literal, tries in sorted(catalogue().by_gate.items(), key=lambda one: -len(one[0])):
        then = {one for each in tries for one in each.then}
        follows = "" if "" in then else f"(?:{'|'.join(sorted(then))})"
        begins = all(one.at == 0 for one in tries) and literal[0] in _WORD
        (words if begins else others).append(re.escape(literal.decode()) + follows)
    # In an address it is the escaped one that stands there; what it opens is found when the escapes are undone.
    others += (written for literal in catalogue().by_gate for written in escapes(literal.decode()))
    return "|".join((rf"(?:\b|{_ESCAPES})(?:{'|'.join(words)})", *others))


def find(
    line: bytes,
    named: Awaited | None = None,
    registered: Callable[[bytes], Iterator[Found]] | None = None,
    table: Table | None = None,
    first: Span | None = None,
) -> tuple[list[Found], bool]:
    """The secrets of `line`, apart and in order. `named`: what the line before says that the value in this one is.
    `table`: the one that this line may be a row of. `first`: where the gate is known to open first.

    Also whether the gate opened at the line's very end: only then can a value be on the next.
    """
    found = list(registered(line)) if registered else []
    if named is not None and (value := value_on_next_line(line, named)):
        found.append(value)
    if table is not None:
        found += table.secrets(line)
    opened, at_end = _opened(line, first)
    found += opened
    if (b"%" in line or b"\\" in line or b"&" in line) and (plain := Plain(line)):
        found += (plain.original(one) for one in _opened(plain.text, None)[0])
    if not found:
        return found, at_end
    if b"[REDACTED:" in line:
        taken = [marker.span() for marker in MARKER.finditer(line)]
        found = [one for one in found if not _overlaps(one, taken)]
    return merged(found), at_end


def _opened(line: bytes, span: Span | None) -> tuple[list[Found], bool]:
    """What the gate leads to, and whether it reached the line's end. `span`: where it opens first, if that is known."""
    found: list[Found] = []
    search, last, at_end = gate().search, len(line.rstrip()), False
    if span is None:
        span = hit.span() if (hit := search(line)) is not None else None
    while span is not None:
        start, end = span
        at_end = at_end or end >= last
        form, secret = _of_form(line, start, line[start:end])
        name, value = assignments.find(line, start, end)
        if secret is not None:
            found.append(secret)
        if value is not None:
            found.append(value)
        # On from right behind what opened, not from the end of what was looked at: the next may begin within that.
        hit = search(line, min(form or end, name or end))
        span = hit.span() if hit is not None else None
    return found, at_end


def _overlaps(one: Found, taken: list[tuple[int, int]]) -> bool:
    """Whether it does with any of `taken`, which are in order and apart."""
    at = bisect.bisect_right(taken, (one.start, 1 << 62)) - 1
    return (at >= 0 and taken[at][1] > one.start) or (at + 1 < len(taken) and taken[at + 1][0] < one.end)


def _of_form(line: bytes, start: int, opened: bytes) -> tuple[int | None, Found | None]:
    """From where to look on, if `opened` begins with the gate of a form; the longest of the secrets that it opens."""
    known = catalogue()
    gate = known.gate_of(opened)
    if gate is None:  # an escape stands before it, or it is a name, or the mark of a private key
        escape = _ESCAPE_HERE.match(opened)
        if escape is None or escape.end() == len(opened):
            return None, None
        return _of_form(line, start + escape.end(), opened[escape.end() :])
    best: Found | None = None
    for one in known.by_gate[gate]:
        begin = start - one.at
        if begin < 0 or compiled(one.any_of).match(line, begin, min(len(line), begin + MAX_SECRET)) is None:
            continue
        for kind in one.kinds:
            secret = _of_kind(line, begin, kind)
            if secret and (best is None or secret.end - secret.start > best.end - best.start):
                best = secret
    # Where nothing is opened another may begin within: the name `Key` in the gate `PrivateKey`.
    return start + (len(gate) if best else 1), best


def _of_kind(line: bytes, start: int, kind: Kind) -> Found | None:
    if (
        start
        and line[start] in _WORD
        and line[start - 1] in _WORD
        and not _ESCAPE.search(line, max(0, start - 10), start)
    ):
        return None
    match = compiled(kind.expression).match(line, start, min(len(line), start + MAX_SECRET))
    if match is None:
        return None
    end = match.end(kind.group)
    if end < len(line) and line[end] in _WORD and line[end - 1] in _WORD:
        return None
    secret = match[kind.group]
    if kind.entropy == 0 and filters.is_reference(secret):  # what people choose has no entropy to go by
        return None
    own = next((secret[len(gate) :] for gate in map(str.encode, kind.gate) if secret.startswith(gate)), secret)
    if filters.entropy(secret) < kind.entropy or filters.is_example(own):
        return None
    if kind.check is not None and not filters.CHECKS[kind.check](secret):
        return None
    return Found(match.start(kind.group), end, kind.id, match.start())


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
