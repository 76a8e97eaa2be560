"""Markdown out of text that others wrote."""

from __future__ import annotations

from collections.abc import Sequence


def plain(text: str) -> str:
    """Text from the workspace or the goal, with nothing in it that Markdown or HTML would act on.

    >>> plain("a*b <i> |x|")
    'a\\\\*b &lt;i&gt; \\\\|x\\\\|'
    """
    shown = "".join(c if c.isprintable() else " " for c in text)
    for mark in "\\`*_[]|":
        shown = shown.replace(mark, f"\\{mark}")
    return shown.replace("<", "&lt;").replace(">", "&gt;")


def table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a Markdown table."""
    return [
        f"| {' | '.join(plain(name) for name in names)} |",
        f"|{'|'.join(' --- ' for _ in names)}|",
        *[f"| {' | '.join(plain(cell) for cell in row)} |" for row in rows],
    ]
