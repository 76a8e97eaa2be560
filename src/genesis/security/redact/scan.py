"""The one way that text is gone over, line by line, whether it is there as a whole or comes in pieces.

What a line means depends on nothing but itself and three things carried over from the line before: that a private key
has begun, that a name stood there without its value, or that a table goes on. So whole and pieces cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from genesis.security.redact import blocks, lines, tables
from genesis.security.redact.assignments import Found
from genesis.security.redact.continued import Awaited, continued
from genesis.security.redact.tables import Table

MAX_LINE = 64 << 10
"""A line that is longer is gone over in windows."""
OVERLAP = 24 << 10
"""What the next window sees again."""
LONGEST = 17 << 10
"""More than the longest secret with its name: what begins that far before a window's end is seen whole."""
MAX_ROUNDS = 8

Mark = Callable[[str, bytes], bytes]
"""What stands for a secret of that kind."""
Registered = Callable[[bytes], Iterator[Found]]


class Scan:
    """Goes over one text, from its beginning to its end."""

    def __init__(self, mark: Mark, registered: Registered | None) -> None:
        self._mark = mark
        self._registered = registered
        self._named: Awaited | None = None
        self._table: Table | None = None
        self._block: list[bytes] | None = None
        self._held = 0
        self._swallowed = False

    def over(self, data: bytes, *, last: bool) -> tuple[list[bytes], bytes]:
        """What can be told of `data`, and its rest, which must stand before what comes next (none when `last`)."""
        out: list[bytes] = []
        at = 0
        size = len(data)
        while at < size:
            end = data.rfind(b"\n", at, at + MAX_LINE)  # as many whole lines as fit
            if end >= 0:
                self._lines(data[at : end + 1], out)
                at = end + 1
            elif size - at >= MAX_LINE:
                at += self._window(data[at : at + MAX_LINE], out)
            else:
                break
        rest = data[at:]
        if last:
            if rest:
                self._line(rest, out)
            self._end_block(out, b"")
            rest = b""
        return out, rest

    def _lines(self, data: bytes, out: list[bytes]) -> None:
        """Whole lines, each with its end. Those in which nothing begins are passed over in one go."""
        at, size = 0, len(data)
        opens, closes = 0, 0  # where the gate was last found to open, and to have done so
        search = lines.gate().search
        ours = self._registered(data) if self._registered else ()
        known = sorted({data.rfind(b"\n", 0, one.start) + 1 for one in ours})
        while at < size:
            if self._named is None and self._block is None and self._table is None:
                if opens < at or not closes:
                    hit = search(data, at)
                    opens, closes = hit.span() if hit is not None else (size, size)
                start = max(at, data.rfind(b"\n", at, opens) + 1) if opens < size else size
                while known and known[0] < at:
                    known.pop(0)
                if known and known[0] < start:
                    start = known[0]
                if start > at:
                    out.append(data[at:start])
                    at = start
                    if at >= size:
                        return
            end = data.find(b"\n", at) + 1
            # What was found out on the way here is not looked for again.
            first = (opens - at, closes - at) if closes and at <= opens < end else None
            own = bool(known) and known[0] < end
            self._line(data[at:end], out, first=first, own=own)
            at = end

    def _window(self, data: bytes, out: list[bytes]) -> int:
        """The first part of a line that is too long to wait for its end. How much of it is done."""
        found, _ = self._found(data, None, None)
        cut = MAX_LINE - OVERLAP
        for one in found:  # what the cut would part from its name or from its rest is done now
            if one.anchor < cut < one.end and cut < MAX_LINE - LONGEST:
                cut = one.end
        while cut > 1 and data[cut] & 0xC0 == 0x80:  # not within a character
            cut -= 1
        self._named = self._table = None
        self._end_block(out, b"")
        out.append(self._replaced(data[:cut], [one for one in found if one.end <= cut]))
        return cut

    def _line(self, line: bytes, out: list[bytes], *, first: lines.Span | None = None, own: bool = True) -> None:
        """One line with its end (but for the text's last). `first`: where the gate opens first, if that is known.
        `own`: there may be a registered secret in it."""
        if self._block is not None and not self._in_block(line, out):
            return
        end = b"\n" if line.endswith(b"\n") else b""
        body = line[: len(line) - len(end)]
        named, self._named = self._named, None
        table, self._table = self._table, None
        body, at_end = self._fixed(body, named, table, first, own=own)
        begin = blocks.BEGIN.search(body) if (b"PRIVATE KEY" in body or b"PuTTY" in body) else None
        if begin is not None and begin.end() + 200 > len(body):
            self._block, self._held, self._swallowed = [body + end], len(body), False
            return
        if end:
            self._named = continued(body, named) if at_end or named is not None else None
            self._table = tables.after(body, table)
        out.append(body + end)

    def _fixed(
        self, body: bytes, named: Awaited | None, table: Table | None, first: lines.Span | None, *, own: bool
    ) -> tuple[bytes, bool]:
        """`body` redacted until nothing more is found, so that doing it again changes nothing, and whether a name may
        be at its end."""
        for _ in range(MAX_ROUNDS):
            found, at_end = self._found(body, named, table, first, own=own)
            if not found:
                return body, at_end
            body, first = self._replaced(body, found), None
        return body, True

    def _found(
        self,
        body: bytes,
        named: Awaited | None,
        table: Table | None,
        first: lines.Span | None = None,
        *,
        own: bool = True,
    ) -> tuple[list[Found], bool]:
        found, at_end = lines.find(body, named, self._registered if own else None, table, first)
        keys = list(self._keys(body))
        return (lines.merged([*keys, *found]) if keys else found), at_end

    def _keys(self, body: bytes) -> Iterator[Found]:
        if b"PRIVATE KEY" not in body and b"PuTTY" not in body:
            return
        at = 0
        while (begin := blocks.BEGIN.search(body, at)) is not None:
            at = begin.end()
            if end := blocks.in_one_line(body, begin):
                yield Found(begin.start(), end, blocks.kind_of(begin, body), begin.start())
                at = end

    def _in_block(self, line: bytes, out: list[bytes]) -> bool:
        """Takes a line after the first mark of a key in. Whether the line is still to be gone over."""
        assert self._block is not None
        end = blocks.END.search(line)
        if end is None and blocks.goes_on(line):
            if self._held < blocks.MAX_BLOCK:
                self._block.append(line)
                self._held += len(line)
            return False
        if end is None:
            self._end_block(out, b"")
            return True
        self._block.append(line[: end.end()])
        self._end_block(out, line[end.end() :])
        return False

    def _end_block(self, out: list[bytes], rest: bytes) -> None:
        """Tells the key as one secret; when there was only its mark, as text. `rest` follows it in its last line."""
        if self._block is None:
            return
        held, self._block = self._block, None
        text = b"".join(held)
        begin = blocks.BEGIN.search(text)
        assert begin is not None
        if not blocks.has_material(text[begin.end() :]):
            out.append(held[0])
            for line in held[1:]:  # only looked like a key's
                self._line(line, out)
            if rest:
                self._line(rest, out)
            return
        end = b"\n" if text.endswith(b"\n") else b""
        secret = text[begin.start() :].rstrip(b"\n")
        self._line(text[: begin.start()] + self._mark(blocks.kind_of(begin, text), secret) + (rest or end), out)

    def _replaced(self, body: bytes, found: list[Found]) -> bytes:
        parts: list[bytes] = []
        at = 0
        for one in found:
            start, end = one.start, one.end
            while start > at and body[start] & 0xC0 == 0x80:  # a bound of bytes may fall within a character
                start -= 1
            while end < len(body) and body[end] & 0xC0 == 0x80:
                end += 1
            parts += (body[at:start], self._mark(one.kind, body[start:end]))
            at = end
        parts.append(body[at:])
        return b"".join(parts)
