"""Judges a ticket by the rules of rules.yaml; every rule shows the words that it saw."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from genesis.frozen import Frozen
from genesis.tools.tickets.reading import Ticket
from genesis.yamlfile import read_yaml

Words = Annotated[tuple[str, ...], Field(max_length=200)]


class Category(Frozen):
    """A category and the phrases that make it."""

    name: str
    weight: int
    words: Words


class Urgency(Frozen):
    """Points for a ticket that has one of the words, or one of the words of `category`."""

    name: str
    points: int
    words: Words = ()
    category: str | None = None


class Priority(Frozen):
    """A priority, and how many points it takes at least."""

    name: str
    least: int


class Rules(Frozen):
    """The file rules.yaml, which says what each part means."""

    categories: tuple[Category, ...]
    urgency: tuple[Urgency, ...]
    priorities: tuple[Priority, ...]

    @model_validator(mode="after")
    def _whole(self) -> Rules:
        names = {one.name for one in self.categories}
        for one in self.urgency:
            if bool(one.words) == bool(one.category) or (one.category and one.category not in names):
                raise ValueError(f"urgency {one.name!r}: give words, or one of the categories")
        return self


class Reason(Frozen):
    """Why points were given: the rule, its points, and the words that it saw (or the figure)."""

    rule: str
    points: int
    words: tuple[str, ...]


@dataclass(frozen=True)
class Judged:
    """A ticket with its category and priority, and what decided. A closed one has the priority `closed`."""

    ticket: Ticket
    category: str
    category_words: tuple[str, ...]
    priority: str
    points: int
    reasons: tuple[Reason, ...]


MAX_TEXT_CHARS = 10_000
_NEGATED = re.compile(r"(?i)\b(?:no|not|never|without|isn'?t|wasn'?t|nicht|keine?n?|pas|sin)\s+(?:\w+\s+)?$")
_COUNT = re.compile(
    r"(?i)(?<![\d.,#-])(\d{1,3}(?:[,.]\d{3})+|\d{1,7})\s+(?:of (?:our|the|my) |other |different |more )?"
    r"(?:users?|customers?|people|persons|employees|accounts|clients?|stores?|colleagues|members|students|patients|"
    r"orders|nutzer|kunden|utilisateurs|usuarios|clientes)\b"
)
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_CLOSED = re.compile(
    r"(?i)^(closed|resolved|done|solved|fixed|rejected|duplicate|erledigt|geschlossen|fermé|cerrado)\b"
)


@cache
def rules() -> Rules:
    """The rules as the file has them."""
    return read_yaml(Path(__file__).with_name("rules.yaml"), Rules)


@cache
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?i)(?<!\w)(?:{'|'.join(_phrase(one) for one in phrases)})(?!\w)")


def _phrase(phrase: str) -> str:
    space = r"[^\S\n]+"  # a phrase does not go on from the subject into the text
    gap = rf"(?:[^\W_]+{space}){{0,3}}"
    joined = ""
    for word in phrase.split():
        if word == "...":
            joined += gap
        else:
            joined += re.escape(word).replace(r"\*", r"\w*").replace("'", "['\u2019]?") + space
    return joined.removesuffix(space)


def day(text: str) -> date | None:
    """The first ISO date in a text."""
    match = _DATE.search(text)
    if not match:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def judge(ticket: Ticket, newest: date | None) -> Judged:
    """Category and priority of a ticket. Age counts back from `newest`, the newest ticket's day, not from today."""
    text = ticket.text[:MAX_TEXT_CHARS]
    by_category = {one.name: (one, _seen(one.words, text)) for one in rules().categories}
    best = max(by_category.values(), key=lambda pair: pair[0].weight * len(pair[1]))
    reasons = []
    for one in rules().urgency:
        seen = by_category[one.category][1] if one.category else _seen(one.words, text)
        if seen:
            reasons.append(Reason(rule=one.name, points=one.points, words=seen))
    reasons += _affected(ticket, text, {one.rule for one in reasons})
    reasons += _age(ticket, newest)
    points = sum(one.points for one in reasons)
    priority = next(one.name for one in rules().priorities if points >= one.least)
    if _CLOSED.match(ticket.status):
        priority = "closed"
    category = best[0].name if best[1] else "other"
    return Judged(ticket, category, best[1], priority, points, tuple(reasons))


def _seen(phrases: tuple[str, ...], text: str) -> tuple[str, ...]:
    found = dict.fromkeys(
        match.group().lower()
        for match in _pattern(phrases).finditer(text)
        if not _NEGATED.search(text[max(0, match.start() - 25) : match.start()])
    )
    return tuple(found)[:6]


def _affected(ticket: Ticket, text: str, already: set[str]) -> list[Reason]:
    if "everybody" in already:
        return []
    found = [(int(re.sub(r"[,.]", "", match[1])), match.group()) for match in _COUNT.finditer(text)]
    if ticket.affected.isdecimal():
        found.append((int(ticket.affected), f"affected: {ticket.affected}"))
    count, words = max(found, default=(0, ""))
    points = 3 if count >= 100 else 2 if count >= 10 else 1 if count >= 2 else 0
    return [Reason(rule="number affected", points=points, words=(words,))] if points else []


def _age(ticket: Ticket, newest: date | None) -> list[Reason]:
    created = day(ticket.created)
    if created is None or newest is None:
        return []
    days = (newest - created).days
    points = 2 if days >= 14 else 1 if days >= 7 else 0
    return [Reason(rule="age", points=points, words=(f"{days} days before the newest",))] if points else []
