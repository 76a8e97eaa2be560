"""A place in a text: where a reader can check a statement."""

from __future__ import annotations

from genesis.finding import Source


def place(file: str | None, line: int, text: str = "") -> Source:
    """The source for a line (counted from 1) of a file, or (None) of the objective; the excerpt is a part of that very
    line.

    >>> place("a.py", 3, "    x = 1  ").excerpt
    'x = 1'
    """
    query = "the objective" if file is None else None
    return Source(file=file, query=query, line=line, excerpt=text.strip()[:200].strip() or None)


def place_in(file: str, line: int, lines: list[str]) -> Source:
    """Like `place`, taking the excerpt from the file's lines."""
    return place(file, line, lines[line - 1] if 0 < line <= len(lines) else "")
