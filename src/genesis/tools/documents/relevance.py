"""How much of a question a sentence covers where it stands, and whether two sentences contradict each other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from genesis.tools.documents.index import Term, has, stems
from genesis.tools.documents.words import stop_words

THRESHOLD = 0.62
"""Share of a question's words, by weight, that a sentence with what is around it must have to count as an answer.

Measured on 64 questions about the documents of Flask, Click, pytest and Celery: of 48 that are answered there 47 reach
it, of 16 that are not 1 does (0.79, from a list of plugins), the others stay at 0.6 and below. Reaching it is not being
right: of 65 answerable ones (Django and marshmallow too) the first quote had the expected words in 44, it or one of the
three further quotes in 52.
"""
IN_HEADING, IN_QUOTE, NEARBY, IN_PASSAGE = 0.9, 0.75, 0.5, 0.3
"""What a word counts that is not in the sentence itself but above it, quoted with it, within two sentences, or near."""


class Covering:
    """The words of a passage's sentences, ready to be compared with a question's."""

    def __init__(self, sentences: Sequence[str], heading: str, language: str) -> None:
        self._bags = [frozenset(stems(one, language)) for one in sentences]
        self._heading = frozenset(stems(heading, language))
        self._whole = frozenset().union(*self._bags)

    def near(self, terms: Sequence[Term], at: int) -> float:
        """The share (0 to 1) that sentence `at` covers with its neighbours."""
        return self._share(terms, at, max(0, at - 2), at + 3, NEARBY)

    def quoted(self, terms: Sequence[Term], at: int, first: int, last: int) -> float:
        """The share that sentence `at` covers when those from `first` to `last` are quoted with it."""
        return self._share(terms, at, first, last + 1, IN_QUOTE)

    def headed(self, terms: Sequence[Term]) -> float:
        """The share that the heading covers."""
        total = sum(term.weight for term in terms)
        return sum(term.weight * has(term, self._heading) for term in terms) / total if total else 0.0

    def own(self, terms: Sequence[Term], at: int) -> float:
        """The share that sentence `at` covers alone."""
        total = sum(term.weight for term in terms)
        return sum(term.weight * has(term, self._bags[at]) for term in terms) / total if total else 0.0

    def _share(self, terms: Sequence[Term], at: int, first: int, end: int, weight: float) -> float:
        total = sum(term.weight for term in terms)
        around = frozenset().union(*self._bags[first:end])
        places = ((self._bags[at], 1.0), (self._heading, IN_HEADING), (around, weight), (self._whole, IN_PASSAGE))
        got = sum(term.weight * max(value * has(term, bag) for bag, value in places) for term in terms)
        return got / total if total else 0.0


_NUMBER = re.compile(r"(?<![\w.])(\d[\d.,]*)\s*(%|[^\W\d_]+)?")
_MONEY = re.compile(r"([$€£])\s?(\d[\d.,]*)")
_NOT = re.compile(r"(?i)\b(?:not|no|never|cannot|can't|don't|doesn't|isn't|without|nicht|kein\w*|pas|jamais|nunca)\b")
ALIKE = 0.5


@lru_cache(maxsize=4096)
def _bag(text: str, language: str) -> frozenset[str]:
    return frozenset(word for word in stems(text, language) if not word[0].isdigit())


def alike(one: str, other: str, language: str) -> float:
    """Words that two sentences share, figures left out, of all that they have (0 to 1)."""
    first, second = _bag(one, language), _bag(other, language)
    return len(first & second) / len(first | second) if first | second else 0.0


def contradict(one: str, other: str, language: str) -> bool:
    """Whether two sentences say the same with other figures of one unit, or one denies what the other says.

    Only sentences that share most of their other words are compared: figures differ between sentences that are about
    different things.
    """
    likeness = alike(one, other, language)
    if likeness < ALIKE:
        return False
    first, second = _figures(one), _figures(other)
    if any(first[unit] != second[unit] for unit in set(first) & set(second)):
        return True
    return likeness >= 0.75 and bool(_NOT.search(one)) != bool(_NOT.search(other)) and not first and not second


def _figures(text: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for match in _NUMBER.finditer(text):
        unit = (match[2] or "").lower().rstrip("s")
        if unit not in stop_words("en"):
            found.setdefault(unit, set()).add(match[1].rstrip(".,"))
    for match in _MONEY.finditer(text):
        found.setdefault(match[1], set()).add(match[2].rstrip(".,"))
    return found
