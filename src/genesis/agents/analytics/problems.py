"""What is wrong with the data, as far as it touches what was asked."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from genesis.agents.analytics.question import Question
from genesis.agents.analytics.wording import number, plural
from genesis.finding import Finding, Severity, Source, by_severity
from genesis.tools.profile_table import OUTLIER_Z, ColumnProfile, OddRow, ProfileTableOutput

MISSING_SHARE = 0.05
"""Fewer gaps than this are a fact in the column's line, not a finding."""
NAMED = 4


def findings(profile: ProfileTableOutput, columns: Collection[str] | None = None) -> list[Finding]:
    """What somebody should look at before the figures are relied on; of single columns only `columns` (None: all)."""
    looked = [one for one in profile.columns if columns is None or one.name in columns]
    found = [_odd(odd) for odd in profile.odd[:5]]
    if profile.odd_count > 5:
        message = f"{profile.file} has {plural(profile.odd_count, 'row')} of another form in all."
        found.append(_finding("ragged_table", "medium", message, profile.odd[5].source, "Export the table again."))
    if profile.duplicates:
        first = profile.duplicate_rows[0]
        where = f", the first on line {first.line}" if first.line else ""
        repeat = "row repeats" if profile.duplicates == 1 else "rows repeat"
        level: Severity = "medium" if profile.duplicates > 0.01 * profile.rows else "low"
        message = f"{profile.file}: {profile.duplicates:,} {repeat} another row in every column{where}."
        remedy = "If they are the same event twice, remove them: they are counted in every figure here."
        found.append(_finding("duplicate_rows", level, message, first, remedy))
    found += _missing(profile, looked)
    for column in looked:
        found += _of_column(profile, column)
    return found


def touching(questions: Sequence[Question], profiles: Sequence[ProfileTableOutput]) -> list[Finding]:
    """What is wrong with the tables and columns that the questions are about; with all of them for an overview."""
    if any(one.kind in ("overview", "quality") or not one.files for one in questions):
        return by_severity([finding for profile in profiles for finding in findings(profile)])
    refs = [
        ref
        for one in questions
        for ref in (one.measure, one.other, one.when, *one.groups, *(each.ref for each in one.filters))
        if ref
    ]
    return by_severity(
        [
            finding
            for profile in profiles
            if profile.file in {ref.file for ref in refs}
            for finding in findings(profile, {ref.name for ref in refs if ref.file == profile.file})
        ]
    )


def _odd(odd: OddRow) -> Finding:
    if odd.kind == "total_row":
        return _finding(odd.kind, "info", f"{odd.source} {odd.text}.", odd.source, "")
    remedy = "Mend the row (often a delimiter inside a cell that is not quoted)."
    return _finding(odd.kind, "medium", f"{odd.source} {odd.text}.", odd.source, remedy)


def _missing(profile: ProfileTableOutput, columns: list[ColumnProfile]) -> list[Finding]:
    """One finding for all gaps of a table: a finding each would bury the rest."""
    gaps = [one for one in columns if one.role != "empty" and one.missing >= MISSING_SHARE * profile.rows > 0]
    gaps = [one for one in gaps if one.missing]
    if not gaps or profile.rows < 10:
        return []
    gaps.sort(key=lambda one: -one.missing)
    named = ", ".join(f"{one.name} in {one.missing:,} ({one.missing / profile.rows:.1%})" for one in gaps[:NAMED])
    more = f" and {plural(len(gaps) - NAMED, 'more column')}" if len(gaps) > NAMED else ""
    grave = any(one.missing >= 0.3 * profile.rows and one.role in ("measure", "date", "id") for one in gaps)
    message = f"{profile.file}: of {plural(profile.rows, 'row')} values are missing: {named}{more}."
    place = Source(file=profile.file, query=gaps[0].query)
    remedy = "Find out why they are missing: sums and averages leave those rows out."
    return [_finding("missing_values", "medium" if grave else "low", message, place, remedy)]


def _of_column(profile: ProfileTableOutput, column: ColumnProfile) -> list[Finding]:
    found = []
    place = Source(file=profile.file, query=column.query)
    if column.unreadable:
        text, source = column.unreadable[0]
        kind = "date" if column.kind in ("date", "time") else "number"
        where = f" on line {source.line}" if source.line else ""
        message = (
            f"{profile.file}: {plural(column.unreadable_count, 'cell')} of {column.name} cannot be read as a {kind} "
            f'(the first is "{text}"{where}) and count as missing.'
        )
        found.append(_finding("unreadable_cells", "medium", message, source, f"Correct the cells of {column.name}."))
    if column.role == "id" and 0.9 * column.filled < column.distinct < column.filled:
        twice = plural(column.filled - column.distinct, "value")
        message = f"{profile.file}: {column.name} looks like a key, but {twice} of {column.filled:,} are repeats."
        found.append(_finding("repeated_key", "medium", message, place, f"Check the rows that share a {column.name}."))
    if column.split:
        message = f"{profile.file}: {column.name} holds several currencies; figures are given for each of them."
        found.append(_finding("several_currencies", "info", message, place, "Convert them if one figure is wanted."))
    if column.outliers:
        found.append(_outliers(profile, column))
    return found


def _outliers(profile: ProfileTableOutput, column: ColumnProfile) -> Finding:
    rows = [
        number(one.value, column.scale, column.unit) + (f" on line {one.source.line}" if one.source.line else "")
        for one in column.outliers[:3]
    ]
    more = f" and {column.outlier_count - len(rows):,} more" if column.outlier_count > len(rows) else ""
    middle = number(column.figures.get("median"), max(column.scale, 1), column.unit)
    far = f"{plural(column.outlier_count, 'value')} far from the rest"
    message = (
        f"{profile.file}: {column.name} has {far}: {', '.join(rows)}"
        f"{more} (median {middle}; 0.6745 * |x - median| / MAD > {OUTLIER_Z})."
    )
    return _finding("outliers", "low", message, column.outliers[0].source, "Check whether they are real.")


def _finding(kind: str, severity: Severity, message: str, source: Source, remedy: str) -> Finding:
    return Finding(kind=kind, severity=severity, message=message, source=source, remedy=remedy or None)
