"""The words of `parts.yaml`: by which people ask for the parts of a system, and what such parts have between them."""

from __future__ import annotations

import re
from functools import cache, cached_property
from pathlib import Path

from pydantic import Field

from genesis.frozen import Frozen
from genesis.yamlfile import read_yaml

FIGURE = re.compile(
    r"(?<![\w.])[$€£]?\d[\d.,]*(?:k|m)?\s?(?:%|[a-zA-Z]+)(?:\s(?:per|an?|every|/)\s?[a-z]+)?(?:\sper\s[a-z]+)?"
)


class Part(Frozen):
    """A kind of component. `runs`: the sort of place it runs in; `asks`: what must be decided for it."""

    name: str
    words: tuple[str, ...]
    purpose: str
    runs: str
    asks: tuple[str, ...] = ()

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Any of the words, whole."""
        return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(self.words)})(?![a-z0-9])", re.IGNORECASE)


class Seam(Frozen):
    """Who calls whom, and by what, when both are there."""

    start: str = Field(alias="from")
    to: str
    by: str


class Implied(Frozen):
    """When one of `some` is there and none of `absent`, `name` follows."""

    some: tuple[str, ...]
    absent: tuple[str, ...]
    name: str
    why: str


class Question(Frozen):
    """Asked when no expression of `unless` occurs in the text."""

    ask: str
    unless: tuple[str, ...]

    def is_open(self, text: str) -> bool:
        return not re.search("|".join(self.unless), text, re.IGNORECASE)


class Vocabulary(Frozen):
    """All of `parts.yaml`."""

    parts: tuple[Part, ...]
    seams: tuple[Seam, ...]
    implied: tuple[Implied, ...]
    questions: tuple[Question, ...]
    given: tuple[str, ...]

    @cached_property
    def products(self) -> re.Pattern[str]:
        """Products and places that people name."""
        return re.compile(rf"(?<![a-z0-9])({'|'.join(self.given)})(?![a-z0-9])", re.IGNORECASE)


@cache
def vocabulary() -> Vocabulary:
    """The file's content, read when it is first needed."""
    return read_yaml(Path(__file__).with_name("parts.yaml"), Vocabulary)
