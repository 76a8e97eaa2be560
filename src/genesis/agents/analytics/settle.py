"""What a question leaves open, settled by what the tables hold; every choice is said."""
# ruff: noqa: S608  (names go through database.identifier, texts through database.text_literal)

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from genesis.agents.analytics.periods import Grain, natural
from genesis.agents.analytics.question import Question, natural_aggregate
from genesis.agents.analytics.sql import Join
from genesis.agents.analytics.vocabulary import MONEY, WEAK, Ref
from genesis.tools.profile_table import ColumnProfile, ProfileTableOutput
from genesis.tools.tabular.database import identifier
from genesis.tools.tabular.words import words


@dataclass(frozen=True)
class Settled:
    """A question that can be asked: `files` it reads (two when joined)."""

    question: Question
    files: tuple[str, ...]
    join: Join | None = None


def home(question: Question, profiles: Sequence[ProfileTableOutput]) -> tuple[Question, tuple[str, ...]]:
    """The question with all its columns in one file if one file has them all, by name; and the files it then needs."""
    timed = bool(question.grain or question.trend or question.span)

    def order(profile: ProfileTableOutput) -> tuple[bool, int]:
        lacks_time = timed and not any(column.role in ("date", "year") for column in profile.columns)
        return lacks_time, question.files.index(profile.file) if profile.file in question.files else len(profiles)

    for profile in sorted(profiles, key=order):
        moved = _move(question, profile)
        if moved is not None:
            return moved, (profile.file,)
    return question, question.files


def _move(question: Question, profile: ProfileTableOutput) -> Question | None:
    here = {column.name.casefold(): column for column in profile.columns}

    def move(ref: Ref | None) -> Ref | None:
        return None if ref is None else Ref(profile.file, here[ref.name.casefold()])

    try:
        return replace(
            question,
            measure=move(question.measure),
            other=move(question.other),
            when=move(question.when),
            groups=tuple(Ref(profile.file, here[ref.name.casefold()]) for ref in question.groups),
            filters=tuple(
                replace(one, ref=Ref(profile.file, here[one.ref.name.casefold()])) for one in question.filters
            ),
        )
    except KeyError:
        return None


def possible_joins(files: Sequence[str], profiles: Sequence[ProfileTableOutput]) -> list[Join]:
    """Joins of two files by a column that both name alike and that is a key of one of them. Whether the values meet is
    for `coverage_query` to say."""
    if len(files) != 2:
        return []
    left, right = (next(one for one in profiles if one.file == file) for file in files)
    found = []
    for a in left.columns:
        for b in right.columns:
            if (
                words(a.name) == words(b.name)
                and a.kind == b.kind
                and a.role not in ("measure", "flag", "date", "year")
            ):
                if _is_key(b):
                    found.append(Join(left.file, right.file, a.name, b.name))
                elif _is_key(a):
                    found.append(Join(right.file, left.file, b.name, a.name))
    return found


def _is_key(column: ColumnProfile) -> bool:
    return column.distinct == column.filled > 0


def coverage_query(join: Join) -> str:
    """The share of the many side's rows that find their partner."""
    many, one = identifier(join.many), identifier(join.one)
    return (
        f"SELECT avg(({identifier(join.many_key)} IN (SELECT {identifier(join.one_key)} FROM {one}))::INT) "
        f"FROM {many} WHERE {identifier(join.many_key)} IS NOT NULL"
    )


def complete(question: Question, profile: ProfileTableOutput) -> Question:
    """The question with figure, date column and grain chosen where the words chose none."""
    assumed: list[str] = []
    if question.aggregate is None and question.measure is None and question.kind == "figure":
        measure = main_measure(profile)
        if measure is None:
            question = replace(question, aggregate="count")
        else:
            question = replace(question, measure=Ref(profile.file, measure))
            assumed.append(f"no figure was named; {measure.name} was taken")
    if question.aggregate is None and question.measure is not None:
        question = replace(question, aggregate=natural_aggregate(question.measure, assumed))
    if question.top and not question.groups and question.grain is None and question.kind == "figure":
        group = best_group(profile, most=True)
        if group:
            question = replace(question, groups=(Ref(profile.file, group),))
            assumed.append(f"what to rank was not named; {group.name} was taken")
    if (question.grain or question.trend or question.span) and question.when is None:
        dates = [column for column in profile.columns if column.role == "date"] or [
            column for column in profile.columns if column.role == "year"
        ]
        if dates:
            best = max(dates, key=lambda one: (one.filled, one.distinct, -profile.columns.index(one)))
            question = replace(question, when=Ref(profile.file, best))
            if len(dates) > 1:
                others = ", ".join(one.name for one in dates if one != best)
                assumed.append(f"time was taken from {best.name}; there is also {others}")
    asked_for_time = question.trend or (question.when is not None and question.grain is None and not question.groups)
    if question.when and question.grain is None and asked_for_time and not (question.span and not question.trend):
        question = replace(question, grain=_grain(question))
    if question.when and question.grain and question.when.column.role == "year":
        question = replace(question, grain="year")
    if question.when is None and (question.grain or question.trend or question.span):
        assumed.append("there is no column of dates, so nothing could be said over time")
        question = replace(question, grain=None, trend=False, span=None)
    return replace(question, assumed=(*question.assumed, *assumed))


def _grain(question: Question) -> Grain | None:
    assert question.when is not None
    if question.when.column.role == "year":
        return "year"
    first, last = date_range(question.when.column)
    return natural(first, last) if first and last else None


def date_range(column: ColumnProfile) -> tuple[date | None, date | None]:
    """First and last day of a column of dates."""
    first, last = column.figures.get("first"), column.figures.get("last")
    if isinstance(first, str) and isinstance(last, str):
        return date.fromisoformat(first[:10]), date.fromisoformat(last[:10])
    return None, None


def newest(profiles: Sequence[ProfileTableOutput]) -> date | None:
    """The last date in the data, from which "last month" is counted: the clock's date says nothing about a file."""
    days = [date_range(column)[1] for profile in profiles for column in profile.columns if column.role == "date"]
    years = [
        date(int(str(column.figures["max"])), 12, 31)
        for profile in profiles
        for column in profile.columns
        if column.role == "year"
    ]
    known = [day for day in days if day] or years
    return max(known) if known else None


def main_measure(profile: ProfileTableOutput) -> ColumnProfile | None:
    """The column of money if there is one, else the first that can be added up, else the first of numbers."""
    measures = [column for column in profile.columns if column.role == "measure"]
    ranks: tuple[Callable[[ColumnProfile], bool], ...] = (
        lambda one: bool(set(words(one.name)) & MONEY),
        lambda one: bool(set(words(one.name)) & (WEAK - {"price"})) or (one.unit or "%") != "%",
        lambda one: True,
    )
    return next((one for rank in ranks for one in measures if rank(one)), None)


def best_group(profile: ProfileTableOutput, most: bool = False) -> ColumnProfile | None:
    """A category worth grouping by: 2 to 20 values (with `most`: the one with the most values)."""
    groups = [column for column in profile.columns if column.role in ("category", "flag") and column.distinct >= 2]
    if most:
        return max(groups, key=lambda one: one.distinct, default=None)
    few = [column for column in groups if column.distinct <= 20 and column.filled >= 2 * column.distinct]
    return next(iter(few), None)
