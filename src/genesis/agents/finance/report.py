"""The model as Markdown and CSV."""

from __future__ import annotations

from collections.abc import Sequence

from genesis.agents.finance.section import Section
from genesis.finding import NotDone
from genesis.tools.money.figure import Figure, shown
from genesis.tools.money.phrases import called
from genesis.tools.tabular.export import to_csv
from genesis.tools.tabular.markdown import plain, table


def markdown(
    goal: str,
    summary: str,
    figures: Sequence[Figure],
    sections: Sequence[Section],
    assumed: Sequence[str],
    not_done: Sequence[NotDone],
) -> str:
    """The report: the answer, the inputs with their places, every line with its formula."""
    lines = ["# Financial model", "", f"Asked: {plain(goal[:500])}", "", f"**{plain(summary)}**", ""]
    if figures:
        rows = [
            (called(one.name), shown(one.value, one.unit), one.period or "", one.text, str(one.source))
            for one in figures
        ]
        lines += ["## Inputs", "", *table(("input", "value", "per", "as stated", "where"), rows), ""]
    for section in sections:
        lines += [f"## {plain(section.title)}", ""]
        if section.lines:
            computed = [
                (
                    one.name,
                    f"none: {one.why}" if one.value is None else shown(one.value, one.unit),
                    one.formula,
                    one.filled,
                )
                for one in section.lines
            ]
            lines += [*table(("figure", "value", "formula", "with the inputs"), computed), ""]
        for title, columns, cells in section.tables:
            lines += [f"### {plain(title)}", "", *table(columns, cells), ""]
        lines += [f"- **{one.severity}** {plain(one.message)} {plain(one.remedy or '')}" for one in section.findings]
        lines.append("")
    if assumed:
        lines += ["## What was assumed", "", *[f"- {plain(text)}" for text in assumed], ""]
    if not_done:
        lines += ["## Missing", "", *[f"- {plain(one.what)}: {plain(one.why)}" for one in not_done], ""]
    return "\n".join(lines)


def results(sections: Sequence[Section]) -> str:
    """Every computed line as CSV, exact."""
    rows = [
        (
            section.title,
            one.name,
            "" if one.value is None else f"{one.value:f}",
            one.unit or "",
            one.formula,
            one.filled,
        )
        for section in sections
        for one in section.lines
    ]
    return to_csv(("part", "figure", "value", "unit", "formula", "with the inputs"), rows)
