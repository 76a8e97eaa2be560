"""What the profile of a table says by itself: its shape and figures, and what is wrong with the data."""
# ruff: noqa: S608  (names go through database.identifier, texts through database.text_literal)

from __future__ import annotations

from collections.abc import Sequence

from genesis.agents.analytics.wording import chance, label, listed, number, percent, plural
from genesis.finding import Fact, Finding, Source
from genesis.tools.profile_table import ColumnProfile, ProfileTableOutput
from genesis.tools.tabular.database import identifier


def facts(profile: ProfileTableOutput) -> list[Fact]:
    """The shape of a table, then one sentence per column, then what moves together."""
    table = identifier(profile.file)
    count = Source(file=profile.file, query=f"SELECT count(*) FROM {table}")
    size = f"{plural(profile.rows, 'row')} and {plural(len(profile.columns), 'column')}"
    shape = f"{profile.file} has {size} ({profile.how})."
    found = [Fact(text=shape, sources=(count,))]
    for column in profile.columns:
        text = describe(column)
        if text:
            found.append(Fact(text=text, sources=(Source(file=profile.file, query=column.query),)))
    return found + correlated(profile)


def describe(column: ColumnProfile) -> str:
    """A column in a sentence; empty for what is only text."""
    gaps = f"; {column.missing:,} missing" if column.missing else ""
    if column.role == "empty":
        return f"{column.name} is empty."
    if column.role == "measure":
        digits = 0 if column.kind == "integer" else min(max(column.scale, 2), 4)

        def shown(name: str, places: int = digits) -> str:
            return number(column.figures.get(name), places, column.unit)

        total = "" if column.split or column.unit == "%" else f", sum {shown('sum')}"
        return (
            f"{column.name} runs from {shown('min')} to {shown('max')}, median {shown('median', max(digits, 1))}, "
            f"mean {shown('mean', max(digits, 2))}{total}, over {column.filled:,} values{gaps}."
        )
    if column.role in ("date", "year"):
        first, last = ("first", "last") if column.role == "date" else ("min", "max")
        return f"{column.name} runs from {column.figures[first]} to {column.figures[last]}{gaps}."
    if column.role in ("category", "flag") and column.top:
        shown_values = [f"{label(value)} ({percent(count, column.filled)})" for value, count in column.top[:3]]
        if column.distinct == column.filled:
            return f"{column.name} has {column.distinct:,} values, all different{gaps}."
        rest = f", {column.distinct - 3:,} more" if column.distinct > 3 else ""
        return f"{column.name} has {column.distinct:,} different values: {', '.join(shown_values)}{rest}{gaps}."
    return ""


def correlated(profile: ProfileTableOutput) -> list[Fact]:
    """Pairs of columns that move together more than chance explains, given how many pairs were looked at."""
    found = []
    for one in profile.correlations:
        if abs(one.rho) >= 0.4 and one.n >= 20 and one.p * len(profile.correlations) < 0.01:
            way = "together" if one.rho > 0 else "against each other"
            shown = f"Spearman's rho = {one.rho:.2f}, n = {one.n:,}, {chance(one.p)}"
            text = f"{one.first} and {one.second} move {way} ({shown})."
            found.append(Fact(text=text, sources=(Source(file=profile.file, query=one.query),)))
    return found[:5]


def outlier_sentence(profiles: Sequence[ProfileTableOutput], name: str | None) -> tuple[str, tuple[Source, ...]]:
    """What stands out in one column, or in all."""
    parts, sources = [], []
    looked = 0
    for profile in profiles:
        for column in profile.columns:
            if column.role != "measure" or (name is not None and column.name != name):
                continue
            looked += 1
            if column.outlier_query:
                sources.append(Source(file=profile.file, query=column.outlier_query))
            if column.outliers:
                worst = [
                    number(one.value, column.scale, column.unit)
                    + (f" on line {one.source.line}" if one.source.line else "")
                    for one in column.outliers[:3]
                ]
                parts.append(f"{column.outlier_count:,} in {column.name} of {profile.file} ({listed(worst)})")
                sources += [one.source for one in column.outliers[:3]]
            elif column.outlier_count:
                parts.append(
                    f"{column.name} of {profile.file} has a long tail: {column.outlier_count:,} of {column.filled:,} "
                    "values are far from the median, too many to be errors"
                )
    if not sources:
        sources = [
            Source(file=profile.file, query=f"SELECT count(*) FROM {identifier(profile.file)}") for profile in profiles
        ]
    if not looked:
        return "There is no column of numbers in which a value could stand out.", tuple(sources)
    if not parts:
        return f"No value stands out in {looked} columns of numbers by median and MAD.", tuple(sources)
    return f"Values far from the rest by median and MAD: {'; '.join(parts)}.", tuple(sources[:20])


def quality_sentence(
    profiles: Sequence[ProfileTableOutput], problems: Sequence[Finding]
) -> tuple[str, tuple[Source, ...]]:
    """How sound the data are."""
    rows = sum(profile.rows for profile in profiles)
    missing = sum(column.missing for profile in profiles for column in profile.columns)
    cells = sum(profile.rows * len(profile.columns) for profile in profiles)
    twice = sum(profile.duplicates for profile in profiles)
    unreadable = sum(column.unreadable_count for profile in profiles for column in profile.columns)
    odd = sum(profile.odd_count for profile in profiles)
    gaps = f"{plural(missing, 'cell')} of {cells:,} ({percent(missing, cells)})"
    text = (
        f"In {plural(rows, 'row')} of {listed([profile.file for profile in profiles])}, {gaps} are missing, "
        f"{plural(twice, 'row')} repeat another, {plural(unreadable, 'cell')} do not read as their column does and "
        f"{plural(odd, 'row')} have another form: {plural(len(problems), 'finding')}."
    )
    sources = [Source(file=profile.file, query=profile.duplicate_query) for profile in profiles]
    sources += [Source(file=profile.file, query=column.query) for profile in profiles for column in profile.columns][
        :40
    ]
    return text, tuple(sources)
