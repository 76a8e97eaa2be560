"""What a goal asks of the data: which figure, of which rows, by what, over what time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from genesis.agents.analytics import cues
from genesis.agents.analytics.cues import Aggregate
from genesis.agents.analytics.periods import GRAINS, Grain, Span, span_of
from genesis.agents.analytics.vocabulary import MONEY, STOP, WEAK, Mention, Ref, Token, best_mentions, tokens
from genesis.frozen import JsonValue
from genesis.tools.profile_table import ProfileTableOutput
from genesis.tools.tabular.words import words

Kind = Literal["figure", "correlation", "distribution", "outliers", "quality", "overview"]


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
    """One thing asked. `aggregate` None: not said which figure is meant (`settle` decides). `top`: only so many groups;
    `least`: the lowest first. `assumed`: what the words left open, and what was taken."""

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
    found = best_mentions(kept, profiles)
    numbers = [one for one in found if one.value is None and one.ref.column.role == "measure"]
    if bag & cues.QUALITY and not (bag & cues.MOST):
        return Question(text, kind="quality")
    if bag & cues.SPREAD and numbers:
        return Question(text, kind="distribution", measure=numbers[0].ref)
    if bag & cues.ODD:
        return Question(text, kind="outliers", measure=numbers[0].ref if numbers else None)
    if bag & cues.RELATE and len(numbers) >= 2 and numbers[0].ref != numbers[1].ref:
        return Question(text, kind="correlation", measure=numbers[0].ref, other=numbers[1].ref)
    question = _figure(text, kept, found, before)
    if question and question.aggregate is None and question.measure is None and _names_rows(kept, question, profiles):
        question = replace(question, aggregate="count")
    if question is None and span is None:
        return None
    question = question or (replace(before, text=text) if before else Question(text, aggregate="count"))
    return replace(question, span=span or question.span)


def _names_rows(said: Sequence[Token], question: Question, profiles: Sequence[ProfileTableOutput]) -> bool:
    """Whether "airports" is said and the file is airports.csv: then its rows are what is counted."""
    file = question.files[0] if question.files else profiles[0].file
    name = set(words(file.rsplit("/", 1)[-1].rsplit(".", 1)[0])) - STOP
    return bool(name & {token.word for token in said})


def _figure(text: str, said: Sequence[Token], found: Sequence[Mention], before: Question | None) -> Question | None:
    bag = {token.word for token in said}
    assumed: list[str] = []
    filters: list[Filter] = []
    measures: list[Mention] = []
    groups: list[Ref] = []
    when: Ref | None = None
    aggregate = next((cues.AGGREGATES[token.word] for token in said if token.word in cues.AGGREGATES), None)
    counted: Ref | None = None
    count_rows = bool(re.search(r"\b(?:how many|number of|count)\b", text, re.IGNORECASE))
    for mention in found:
        ref, role = mention.ref, mention.ref.column.role
        lead = said[mention.start - 1].word if mention.start else ""
        lead2 = said[mention.start - 2].word if mention.start > 1 else ""
        by = lead in cues.BY or (lead in ("the", "and") and lead2 in cues.BY)
        if mention.value is not None:
            _add_value(filters, ref, mention.value, bool({lead, lead2} & cues.BUT))
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
        if role != "date" and exact is not None and following.text.isdigit():
            _add_value(filters, ref, exact, bool({lead, lead2} & cues.BUT))
        elif role in ("date", "year"):
            when = when or ref
        elif role == "measure" and not (by and ref.column.distinct <= 20 and len(found) > 1 and not bag & cues.RANKED):
            measures.append(mention)
        elif role == "flag" and not by and count_rows and not bag & cues.RATES:
            filters.append(Filter(ref, (True if ref.column.kind == "boolean" else 1,), bool({lead, lead2} & cues.BUT)))
        elif role == "flag" and not by:
            measures.append(mention)
        elif lead in cues.DIFFERENT:
            counted = ref
        elif role == "id" and ref.column.distinct == ref.column.filled and not (by or bag & cues.RANKED):
            count_rows = True  # "orders over 5 units": a key names the rows themselves
        elif (lead, lead2) in (("many", "how"), ("of", "number"), ("of", "count")):
            counted = ref
        elif ref not in groups:
            groups.append(ref)
    grain = next((GRAINS[t.word] for t in said if t.word in GRAINS and not _named_so(t.word, found, said)), None)
    named = {place for one in found for place in range(one.start, one.end)}
    trend = any(
        token.word in cues.TREND and (place not in named or (place and said[place - 1].word == "over"))
        for place, token in enumerate(said)
    )
    measure = _measure(measures, assumed)
    if (
        counted
        and not groups
        and grain is None
        and measure is None
        and counted.column.role in ("category", "id", "text")
    ):
        return _finish(Question(text, measure=counted, aggregate="distinct", filters=tuple(filters)), said, assumed)
    if counted and measure is None and counted not in groups:
        measure, aggregate = counted, "distinct"
    if measure is None and not (groups or filters or trend or grain or when or count_rows):
        return None
    if measure is None and count_rows:
        aggregate = "count"
    elif measure is None and before is not None and before.kind == "figure":
        measure, aggregate = before.measure, aggregate or before.aggregate
    elif measure is None:
        aggregate = None
    if aggregate is None and measure is not None and bag & {"differ", "difference"}:
        aggregate = "mean" if measure.column.role == "measure" else None
    if aggregate is None or (aggregate == "distinct" and measure is not None and measure.column.role == "measure"):
        aggregate = natural_aggregate(measure, assumed) if measure else None
    return _finish(
        Question(text, "figure", measure, None, aggregate, tuple(groups), when, grain, trend, None, tuple(filters)),
        said,
        assumed,
    )


def _finish(question: Question, said: Sequence[Token], assumed: list[str]) -> Question:
    bag = [token.word for token in said]
    top = None
    ranked = [(place, word) for place, word in enumerate(bag) if word in cues.RANKED]
    ranked = [
        (place, word) for place, word in ranked if not (word in ("least", "most") and bag[place - 1 :][:1] == ["at"])
    ]
    for place, _ in ranked:
        near = [*bag[place + 1 : place + 2], *bag[max(0, place - 1) : place]]
        top = next((int(w) if w.isdigit() else cues.NUMBERS[w] for w in near if w.isdigit() or w in cues.NUMBERS), top)
    compare = bool(set(bag) & cues.COMPARE) or "between" in bag
    several = [one.ref for one in question.filters if len(one.values) > 1 and not one.but]
    if several and not question.groups and (compare or {"or", "than"} & set(bag)):
        question = replace(question, groups=(several[0],))
    return replace(
        question,
        top=min(top, 1000) if top else None,
        least=bool(ranked) and all(word in cues.LEAST for _, word in ranked),
        compare=compare,
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


def natural_aggregate(measure: Ref, assumed: list[str]) -> Aggregate:
    """How a column is made one figure when nobody says: money is added up, prices and rates are averaged."""
    if measure.column.role == "flag":
        return "rate"
    if measure.column.role != "measure":
        return "distinct"
    name = words(measure.name)
    if (set(name) & cues.UNSUMMED and not set(name) & {"total", "sum"}) or measure.column.unit == "%":
        assumed.append(f"{measure.name} was averaged, not added up")
        return "mean"
    if not set(name) & (MONEY | WEAK | cues.COUNTED) and measure.column.unit is None:
        assumed.append(f"{measure.name} was added up; ask for the average if it is a level")
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
        if end < len(said) and re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", said[end].word):
            between = [token.word for token in said[mention.end : end]]
            signs = [cues.ORDER[word] for word in between if word in cues.ORDER]
            if len(signs) == 1 and all(word in cues.ORDER or word in STOP for word in between):
                return Filter(ref, order=signs[0], number=said[end].word)
    return None


def _named_so(word: str, found: Sequence[Mention], said: Sequence[Token]) -> bool:
    """Whether a word such as "month" was the name of a column that is no date."""
    return any(
        said[place].word == word and one.value is None and one.ref.column.role not in ("date", "year")
        for one in found
        for place in range(one.start, one.end)
    )
