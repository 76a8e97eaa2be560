"""Quotes a line of a file as the source of a statement: cut to length, and with no secret in it."""

from __future__ import annotations

from genesis.finding import Source
from genesis.tools.secret_rules import mask

MAX_EXCERPT = 200


def quote(file: str, line: int, text: str | None) -> Source:
    """The source of a statement about a line. `text` is the whole line, or the whole file; None leaves it unquoted."""
    if text is None:
        return Source(file=file, line=line)
    lines = text.splitlines() if "\n" in text else [text] * line
    if not 1 <= line <= len(lines):
        return Source(file=file, line=line)
    # Masked before it is cut: half a secret would no longer be known for one.
    return Source(file=file, line=line, excerpt=mask(lines[line - 1][:4000]).strip()[:MAX_EXCERPT] or None)
