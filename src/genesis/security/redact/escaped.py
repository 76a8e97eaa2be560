"""A line as its reader gets it who undoes the escapes of addresses, JSON and XML: `%2F`, `\\/`, `\\u003d`, `&amp;`.

Only what occurs within credentials is undone. Quotes, spaces and line ends stay escaped: undone they would end a value
where it goes on, or join what stands apart.
"""

from __future__ import annotations

import bisect
import re

from genesis.security.redact.assignments import Found

_RESERVED = "+/:=$%@"
_ESCAPE = re.compile(
    rb"%(?P<percent>2[4BbDdEeFf5]|3[AaDd]|5[Ff]|7[Ee])|\\(?P<slash>/)|\\u00(?P<unicode>2[6BbFf]|3[AaDd]|7[Ee])|&(?P<amp>amp);"
)


def escapes(literal: str) -> list[str]:
    """Expressions for `literal` as it stands in an address and as it stands in JSON, where that is another."""
    address = {one: f"(?i:%{ord(one):02X})" for one in _RESERVED}
    json = {"/": r"\\/", "=": r"(?i:\\u003D)", "+": r"(?i:\\u002B)", "&": r"(?i:\\u0026)"}
    return [
        "".join(written.get(one, re.escape(one)) for one in literal)
        for written in (address, json)
        if any(one in written for one in literal)
    ]


class Plain:
    """`line` with its escapes undone, and where each place in that was before."""

    def __init__(self, line: bytes) -> None:
        self._ends: list[int] = []
        self._longer: list[int] = []
        out: list[bytes] = []
        at = size = 0
        for one in _ESCAPE.finditer(line):
            out += (line[at : one.start()], _meaning(one))
            size += one.start() - at + 1
            at = one.end()
            self._ends.append(size)
            self._longer.append(at - size)
        out.append(line[at:])
        self.text = b"".join(out)

    def __bool__(self) -> bool:
        return bool(self._ends)

    def original(self, found: Found) -> Found:
        """What was found in the text, where it stands in the line."""
        start, end, anchor = map(self._before, (found.start, found.end, found.anchor))
        return Found(start, end, found.kind, anchor)

    def _before(self, at: int) -> int:
        passed = bisect.bisect_right(self._ends, at)
        return at + (self._longer[passed - 1] if passed else 0)


def _meaning(escape: re.Match[bytes]) -> bytes:
    if escape["slash"] or escape["amp"]:
        return b"/" if escape["slash"] else b"&"
    return bytes([int(escape["percent"] or escape["unicode"], 16)])
