"""What a goal asks of the data: which figure, of which rows, by what, over what time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from genesis.agents.analytics.periods import GRAINS, Grain, Span, span_of
from genesis.agents.analytics.vocabulary import STOP, Mention, Ref, Token, mentions, tokens
from genesis.frozen import JsonValue
from genesis.tools.profile_table import ProfileTableOutput
from genesis.tools.tabular.roles import words

Aggregate = Literal["sum", "mean", "median", "min", "max", "count", "distinct", "rate"]
Kind = Literal["figure", "correlation", "outliers", "quality", "overview"]

_AGGREGATES: dict[str, Aggregate] = {
    "total": "sum",
    "sum": "sum",
    "overall": "sum",
    "average": "mean",
    "avg": "mean",
    "mean": "mean",
    "typical": "median",
    "median": "median",
    "minimum": "min",
    "min": "min",
    "maximum": "max",
    "max": "max",
    "distinct": "distinct",
    "unique": "distinct",
    "different": "distinct",
}
_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twenty": 20}
_MOST = frozenset("top best highest largest biggest most greatest strongest leading".split())
_LEAST = frozenset("bottom worst lowest smallest least weakest fewest poorest".split())
_TREND = frozenset("trend trending time develop development evolve evolution growth grow growing rise rising fall".split()) | {
    "falling", "decline", "declining", "increase", "increasing", "decrease", "decreasing", "seasonal", "seasonality", "history",
}  # fmt: skip
_RELATE = frozenset("correlation correlate correlated relationship relate related depend influence affect impact drive".split())
_ODD = frozenset("outlier anomaly anomalous unusual suspicious odd spike abnormal weird strange".split())
_QUALITY = frozenset("quality missing duplicate clean cleanliness completeness complete null gap inconsistent".split())
_COMPARE = frozenset("compare comparison difference differ versus vs against".split())
_BUT = frozenset("excluding without except exclude ignoring ignore not".split())
_RATES = frozenset("rate share percentage percent proportion ratio likely often fraction".split())
_BY = frozenset("by per each across every among split".split())
_UNSUMMED = frozenset(
    "price rate rating score age percent percentage pct ratio temperature temp margin discount latency duration speed"
    " height weight index level average avg mean median balance salary wage share humidity pressure distance bmi grade"
    " lat lon latitude longitude density gpa yield probability depth width length size".split()
)
_ORDER = {">": ">", "<": "<", ">=": ">=", "<=": "<=", "=": "=", "over": ">", "above": ">", "more": ">", "exceeding": ">",
          "greater": ">", "below": "<", "under": "<", "fewer": "<", "least": ">="}  # fmt: skip


@dataclass(frozen=True)
class Filter:
    """Only rows whose `ref` is one of `values`, or none of them (`but`), or `order`s as `number`."""

    ref: Ref
    values: tuple[JsonValue, ...] = ()
    but: bool = False
    order: str | None = None
    number: str | None = None


@dataclass(frozen=True)
class Question:
    """One thing asked. `aggregate` None: not said which figure is meant (`settle` decides). `top`: only so many groups; `least`: the lowest first.
    `assumed`: what the words left open, and what was taken."""

    text: str
    kind: Kind = "figure"
    measure: Ref | None = None
    other: Ref | None = None
    aggregate: Aggregate | None = None
    groups: tuple[Ref, ...] = ()
    when: Ref | None = None
    grain: Grain | None = None
    trend: bool = False
    span: Span | None = None
    filters: tuple[Filter, ...] = ()
    top: int | None = None
    least: bool = False
    compare: bool = False
    assumed: tuple[str, ...] = field(default=())

    @property
    def files(self) -> tuple[str, ...]:
        refs = [self.measure, self.other, *self.groups, self.when, *(one.ref for one in self.filters)]
        return tuple(dict.fromkeys(ref.file for ref in refs if ref))


def clauses(goal: str) -> list[str]:
    """The separate questions of a goal. "Revenue by region and top 5 customers" is two, "by region and month" one."""
    pieces: list[str] = []
    for sentence in re.split(r"[;\n]+|(?<=[.?!])\s+|(?:^|\s)[-*•]\s+|(?:^|\s)[0-9]+[.)]\s", goal[:4000]):
        for piece in re.split(r",\s*(?:and\s+)?|\s+(?:and|then|plus|also|&)\s+", sentence or ""):
            if not tokens(piece):
                continue
            if pieces and sentence != piece and not _opens(piece) and not sentence.startswith(piece):
                pieces[-1] = f"{pieces[-1]} and {piece}"
            else:
                pieces.append(piece.strip())
    return pieces[:12]


def _opens(piece: str) -> bool:
    """Whether a piece behind an "and" is a question of its own."""
    said = [token.word for token in tokens(piece)]
    cues = set(_AGGREGATES) | _MOST | _LEAST | _TREND | _ODD | _QUALITY | _RELATE | _RATES | {"how", "which", "what", "count"}
    return bool(cues & set(said)) or said[0] in ("by", "per") or (len(said) > 2 and bool(_BY & set(said[1:])))


def understand(
    text: str, profiles: Sequence[ProfileTableOutput], newest: date | None, before: Question | None
) -> Question | None:
    """The question in a clause, or None when nothing in it speaks of the data.

    `newest`: the last date in the data, from which "last month" is counted. `before`: the question before, whose
    measure "... and by month" goes on with.
    """
    said = tokens(text)
    span, used = span_of(said, newest) if newest else (None, frozenset[int]())
    kept = [Token("", "") if i in used else token for i, token in enumerate(said)]
    bag = {token.word for token in kept}
    found = mentions(kept, profiles)
    numbers = [one for one in found if one.value is None and one.ref.column.role == "measure"]
    if bag & _QUALITY and not (bag & _MOST):
        return Question(text, kind="quality")
    if bag & _ODD:
        return Question(text, kind="outliers", measure=numbers[0].ref if numbers else None)
    if bag & _RELATE and len(numbers) >= 2 and numbers[0].ref != numbers[1].ref:
        return Question(text, kind="correlation", measure=numbers[0].ref, other=numbers[1].ref)
    question = _figure(text, kept, found, before)
    if question is None and span is None:
        return None
    question = question or (replace(before, text=text) if before else Question(text, aggregate="count"))
    return replace(question, span=span or question.span)


def _figure(text: str, said: Sequence[Token], found: Sequence[Mention], before: Question | None) -> Question | None:
    bag = {token.word for token in said}
    assumed: list[str] = []
    filters: list[Filter] = []
    measures: list[Mention] = []
    groups: list[Ref] = []
    when: Ref | None = None
    aggregate = next((_AGGREGATES[token.word] for token in said if token.word in _AGGREGATES), None)
    counted: Ref | None = None
    for mention in found:
        ref, role = mention.ref, mention.ref.column.role
        lead = said[mention.start - 1].word if mention.start else ""
        lead2 = said[mention.start - 2].word if mention.start > 1 else ""
        by = lead in _BY or (lead in ("the", "and") and lead2 in _BY)
        if mention.value is not None:
            _add_value(filters, ref, mention.value, bool({lead, lead2} & _BUT))
            continue
        if order := _compared(ref, said, mention):
            filters.append(order)
            continue
        if mention.others and mention.sure < 1:
            names = ", ".join(f"{one.name} ({one.file})" for one in mention.others[:3])
            wording = " ".join(token.text for token in said[mention.start : mention.end])
            assumed.append(f'"{wording}" was read as {ref.name} of {ref.file}; it could also be {names}')
        following = said[mention.end] if mention.end < len(said) else Token("", "")
        exact = next((value for value, _ in ref.column.top if str(value) == following.text), None)
        if role not in ("date",) and exact is not None and following.text.isdigit():
            _add_value(filters, ref, exact, bool({lead, lead2} & _BUT))
        elif role in ("date", "year"):
            when = when or ref
        elif role == "measure" and not (by and ref.column.distinct <= 20 and len(found) > 1 and not (bag & _MOST)):
            measures.append(mention)
        elif role == "flag" and not by:
            measures.append(mention)
        elif (lead, lead2) in (("many", "how"), ("of", "number"), ("of", "count")) or lead in ("distinct", "unique"):
            counted = ref
        elif ref not in groups:
            groups.append(ref)
    grain = next((GRAINS[t.word] for t in said if t.word in GRAINS and not _named_so(t.word, found, said)), None)
    trend = bool(bag & _TREND)
    count_rows = bool(re.search(r"\b(?:how many|number of|count)\b", text, re.IGNORECASE))
    measure = _measure(measures, assumed)
    if counted and not groups and grain is None and measure is None and counted.column.role in ("category", "id", "text"):
        return _finish(Question(text, measure=counted, aggregate="distinct", filters=tuple(filters)), said, assumed)
    if counted and measure is None and counted not in groups:
        measure, aggregate = counted, "distinct"
    if measure is None and not (groups or filters or trend or grain or when or count_rows):
        return None
    if measure is None and count_rows:
        aggregate = "count"
    elif measure is None and before is not None and before.kind == "figure":
        measure, aggregate = before.measure, aggregate or before.aggregate
    elif measure is None and aggregate not in ("count", None):
        aggregate = None
    if aggregate is None or (aggregate == "distinct" and measure is not None and measure.column.role == "measure"):
        aggregate = _natural(measure, bag, assumed)
    return _finish(
        Question(text, "figure", measure, None, aggregate, tuple(groups), when, grain, trend, None, tuple(filters)),
        said,
        assumed,
    )


def _finish(question: Question, said: Sequence[Token], assumed: list[str]) -> Question:
    bag = [token.word for token in said]
    top = None
    for place, word in enumerate(bag):
        if word in _MOST | _LEAST:
            near = [*bag[place + 1 : place + 2], *bag[max(0, place - 1) : place]]
            top = next((int(w) if w.isdigit() else _NUMBERS[w] for w in near if w.isdigit() or w in _NUMBERS), top)
    return replace(
        question,
        top=min(top, 1000) if top else None,
        least=bool(set(bag) & _LEAST) and not (set(bag) & _MOST),
        compare=bool(set(bag) & _COMPARE) or "between" in bag,
        assumed=tuple(dict.fromkeys((*question.assumed, *assumed))),
    )


def _measure(found: Sequence[Mention], assumed: list[str]) -> Ref | None:
    if not found:
        return None
    best = max(found, key=lambda one: (one.sure, -one.start))
    if len({one.ref.name for one in found}) > 1:
        rest = ", ".join(dict.fromkeys(one.ref.name for one in found if one.ref.name != best.ref.name))
        assumed.append(f"the figure asked for was taken to be {best.ref.name}; also named: {rest}")
    return best.ref


def _natural(measure: Ref | None, bag: set[str], assumed: list[str]) -> Aggregate | None:
    if measure is None:
        return None
    if measure.column.role == "flag":
        return "rate"
    if measure.column.role != "measure":
        return "distinct"
    name = words(measure.name)
    if (set(name) & _UNSUMMED and not set(name) & {"total", "sum"}) or measure.column.unit == "%":
        assumed.append(f"{measure.name} was averaged, not added up")
        return "mean"
    return "sum"


def _add_value(filters: list[Filter], ref: Ref, value: JsonValue, but: bool) -> None:
    for place, one in enumerate(filters):
        if one.ref == ref and one.order is None and one.but == but:
            filters[place] = replace(one, values=(*one.values, value))
            return
    filters.append(Filter(ref, (value,), but))


def _compared(ref: Ref, said: Sequence[Token], mention: Mention) -> Filter | None:
    """`quantity > 10`, `age over 40`, `price at least 5`, right behind the column's name."""
    if ref.column.role not in ("measure", "year", "flag"):
        return None
    for length in (1, 2, 3):
        end = mention.end + length
        if end < len(said) + 0 and re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", said[end].word):
            between = [token.word for token in said[mention.end : end]]
            signs = [_ORDER[word] for word in between if word in _ORDER]
            if len(signs) == 1 and all(word in _ORDER or word in STOP for word in between):
                return Filter(ref, order=signs[0], number=said[end].word)
    return None


def _named_so(word: str, found: Sequence[Mention], said: Sequence[Token]) -> bool:
    """Whether a word such as "month" was the name of a column that is no date."""
    return any(
        said[place].word == word and one.value is None and one.ref.column.role not in ("date", "year")
        for one in found
        for place in range(one.start, one.end)
    )
