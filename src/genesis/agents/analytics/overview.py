"""What the profile of a table says by itself: its shape and figures, and what is wrong with the data."""
# ruff: noqa: S608  (names go through database.identifier, texts through database.text_literal)

from __future__ import annotations

from collections.abc import Sequence

from genesis.agents.analytics.wording import chance, label, listed, number, percent
from genesis.finding import Fact, Finding, Severity, Source
from genesis.tools.profile_table import OUTLIER_Z, ColumnProfile, ProfileTableOutput
from genesis.tools.tabular.database import identifier

MISSING_SHARE = 0.05
"""Fewer gaps than this are a fact of the column's line, not a finding."""


def facts(profile: ProfileTableOutput) -> list[Fact]:
    """The shape of a table, then one sentence per column, then what moves together."""
    table = identifier(profile.file)
    count = Source(file=profile.file, query=f"SELECT count(*) FROM {table}")
    shape = f"{profile.file} has {profile.rows:,} rows and {len(profile.columns)} columns ({profile.how})."
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


def findings(profile: ProfileTableOutput) -> list[Finding]:
    """What somebody should look at before the figures are relied on."""
    found = []
    for odd in profile.odd[:5]:
        severity: Severity = "info" if odd.kind == "total_row" else "medium"
        remedy = "" if odd.kind == "total_row" else "Mend the row (often a delimiter inside a cell that is not quoted)."
        found.append(_finding(odd.kind, severity, f"{odd.source} {odd.text}.", odd.source, remedy))
    if profile.odd_count > 5:
        message = f"{profile.file} has {profile.odd_count:,} rows of the wrong width in all."
        found.append(_finding("ragged_table", "medium", message, profile.odd[5].source, "Export the table again."))
    if profile.duplicates:
        message = f"{profile.file}: {profile.duplicates:,} rows repeat another row in every column"
        first = f", the first on line {profile.duplicate_rows[0].line}" if profile.duplicate_rows[0].line else ""
        level: Severity = "medium" if profile.duplicates > 0.01 * profile.rows else "low"
        remedy = "If they are the same event twice, remove them: they are counted in every figure here."
        found.append(_finding("duplicate_rows", level, f"{message}{first}.", profile.duplicate_rows[0], remedy))
    for column in profile.columns:
        found += _of_column(profile, column)
    return found


def _of_column(profile: ProfileTableOutput, column: ColumnProfile) -> list[Finding]:
    found = []
    place = Source(file=profile.file, query=column.query)
    if column.unreadable:
        text, source = column.unreadable[0]
        message = (
            f"{profile.file}: {column.unreadable_count:,} cells of {column.name} are no {_noun(column)} "
            f'(the first is "{text}"{f" on line {source.line}" if source.line else ""}) and count as missing.'
        )
        found.append(_finding("unreadable_cells", "medium", message, source, f"Correct the cells of {column.name}."))
    share = column.missing / profile.rows if profile.rows else 0.0
    if share >= MISSING_SHARE and column.role != "empty":
        message = (
            f"{profile.file}: {column.name} is missing in {column.missing:,} of {profile.rows:,} rows ({share:.1%})."
        )
        severity: Severity = "medium" if share >= 0.3 and column.role in ("measure", "date", "id") else "low"
        found.append(
            _finding("missing_values", severity, message, place, f"Find out why {column.name} is missing there.")
        )
    if column.role == "id" and 0.9 * column.filled < column.distinct < column.filled:
        twice = column.filled - column.distinct
        message = (
            f"{profile.file}: {column.name} looks like a key, but {twice:,} of {column.filled:,} values are repeats."
        )
        found.append(_finding("repeated_key", "medium", message, place, f"Check the rows that share a {column.name}."))
    if column.split:
        message = f"{profile.file}: {column.name} holds several currencies; figures are given for each of them."
        found.append(_finding("several_currencies", "info", message, place, "Convert them if one figure is wanted."))
    if column.outliers:
        rows = [
            f"{number(one.value, column.scale, column.unit)}"
            + (f" on line {one.source.line}" if one.source.line else "")
            for one in column.outliers[:3]
        ]
        more = f" and {column.outlier_count - len(rows):,} more" if column.outlier_count > len(rows) else ""
        middle = number(column.figures.get("median"), max(column.scale, 1), column.unit)
        message = (
            f"{profile.file}: {column.name} has {column.outlier_count:,} values far from the rest: "
            f"{', '.join(rows)}{more} (median {middle}; "
            f"0.6745 * |x - median| / MAD > {OUTLIER_Z})."
        )
        found.append(_finding("outliers", "low", message, column.outliers[0].source, "Check whether they are real."))
    return found


def _noun(column: ColumnProfile) -> str:
    return "dates" if column.kind in ("date", "time") else "numbers"


def _finding(kind: str, severity: Severity, message: str, source: Source, remedy: str) -> Finding:
    return Finding(kind=kind, severity=severity, message=message, source=source, remedy=remedy or None)


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
    text = (
        f"In {rows:,} rows of {listed([profile.file for profile in profiles])}, {missing:,} of {cells:,} cells are "
        f"missing ({percent(missing, cells)}), {twice:,} rows are repeats, {unreadable:,} cells do not read as their "
        f"column does and {odd:,} rows have another form: {len(problems)} findings."
    )
    sources = [Source(file=profile.file, query=profile.duplicate_query) for profile in profiles]
    sources += [Source(file=profile.file, query=column.query) for profile in profiles for column in profile.columns][
        :40
    ]
    return text, tuple(sources)
