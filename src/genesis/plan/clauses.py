"""Cuts an objective into clauses: the smallest pieces of text that may ask for one piece of work."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BREAK = re.compile(r"(?<=[.!?;:])\s+|\n+|,?\s+(?:and then|then|after that|afterwards)\s+|;\s*")
_BULLET = re.compile(r"^\s*(?:[-*•]|\(?\d{1,2}[.)])\s+")


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of an objective. `after`: its text says that it comes after what stands before it."""

    text: str
    after: bool = False


def split(text: str) -> tuple[Clause, ...]:
    """The clauses of a text, in order; never empty for text that is not."""
    parts = (_BULLET.sub("", part).strip(" ,.;:") for part in _BREAK.split(text))
    return tuple(Clause(part) for part in parts if part) or (Clause(text),)
