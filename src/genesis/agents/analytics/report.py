"""The analysis as Markdown and CSV."""

from __future__ import annotations

from collections.abc import Sequence

from genesis.agents.analytics.answer import Answered
from genesis.agents.analytics.overview import describe
from genesis.agents.analytics.wording import label, measured, number
from genesis.finding import Finding, NotDone
from genesis.frozen import JsonValue
from genesis.tools.profile_table import ProfileTableOutput
from genesis.tools.tabular.export import to_csv
from genesis.tools.tabular.markdown import plain, table

SHOWN_ROWS = 20


def markdown(
    goal: str,
    summary: str,
    answers: Sequence[Answered],
    profiles: Sequence[ProfileTableOutput],
    findings: Sequence[Finding],
    assumed: Sequence[str],
    not_done: Sequence[NotDone],
    charts: Sequence[str],
) -> str:
    """The report: the answer first, then what it rests on."""
    lines = ["# Analysis", "", f"Asked: {plain(goal[:500])}", "", f"**{plain(summary)}**", ""]
    for one in answers:
        lines += [f"## {plain(one.question.text[:120]) or 'Overview'}", ""]
        lines += [f"- {plain(fact.text)}" for fact in one.facts]
        lines += [f"- Note: {plain(note)}" for note in one.notes]
        lines.append("")
        if one.rows:
            columns = [measured(one.question) if name == "figure" else name for name in one.columns]
            lines += [*table(columns, [[_cell(cell) for cell in row] for row in one.rows[:SHOWN_ROWS]]), ""]
            if len(one.rows) > SHOWN_ROWS:
                lines += [f"{len(one.rows) - SHOWN_ROWS:,} more rows in the CSV.", ""]
        if one.query:
            lines += ["```sql", one.query.replace("```", "` ` `"), "```", ""]
    if charts:
        lines += ["Charts: " + ", ".join(charts), ""]
    if assumed:
        lines += ["## What was assumed", "", *[f"- {plain(text)}" for text in assumed], ""]
    lines += ["## Problems in the data", ""]
    lines += [f"- **{one.severity}** {plain(one.message)}" for one in findings] or ["None were found."]
    for profile in profiles:
        lines += ["", f"## {plain(profile.file)}", "", f"{profile.rows:,} rows; {plain(profile.how)}.", ""]
        lines += table(
            ("column", "kind", "missing", "different", "what it holds"),
            [
                (
                    column.name,
                    f"{column.kind}, {column.role}",
                    f"{column.missing:,}",
                    f"{column.distinct:,}",
                    describe(column),
                )
                for column in profile.columns
            ],
        )
    if not_done:
        lines += ["", "## Not looked at", "", *[f"- {plain(one.what)}: {plain(one.why)}" for one in not_done]]
    lines += [
        "",
        "The queries are DuckDB's SQL over the files named in quotes; `_line` is a row's line in its file.",
        "",
    ]
    return "\n".join(lines)


def results(answers: Sequence[Answered]) -> str:
    """All answers' rows in one CSV: question, the key's columns and values, figure, rows."""
    rows: list[list[object]] = []
    for place, one in enumerate(answers, start=1):
        for row in one.rows:
            keys = "; ".join(f"{name} = {label(cell)}" for name, cell in zip(one.columns[:-2], row[:-2], strict=True))
            rows.append([place, one.question.text[:200], keys, row[-2], row[-1]])
    return to_csv(("question", "text", "group", "figure", "rows"), rows)


def _cell(value: JsonValue) -> str:
    if isinstance(value, float):
        return number(value, 2)
    return number(value) if isinstance(value, int) and not isinstance(value, bool) else label(value)
