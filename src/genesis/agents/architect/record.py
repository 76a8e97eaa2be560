"""Writes decision records in Markdown: from facts and findings alone, each with its place."""

from __future__ import annotations

from collections.abc import Sequence

from genesis.finding import Fact, Finding, NotDone, Source


def plain(text: str) -> str:
    """Text of others as Markdown text: no markup of theirs takes effect."""
    for character in "\\`*_[]<>|#!":
        text = text.replace(character, f"\\{character}")
    return " ".join(text.split())


def place(source: Source) -> str:
    """Where it can be checked."""
    said = f"`{str(source).replace('`', chr(39))}`"
    return f"{said} ({plain(source.formula)})" if source.formula and source.file else said


def record(
    title: str,
    *,
    asked: str,
    facts: Sequence[Fact],
    findings: Sequence[Finding],
    decisions: Sequence[str],
    open_questions: Sequence[str],
    not_done: Sequence[NotDone],
    drawing: str | None,
) -> str:
    """A decision record: what was asked, what is so, what was decided, what follows, what is open."""
    lines = [f"# {plain(title)}", "", "## Asked", "", plain(asked), ""]
    if drawing:
        lines += [f"![module diagram]({drawing})", ""]
    lines += ["## What is so", ""]
    lines += [f"- {plain(fact.text)} — {', '.join(place(source) for source in fact.sources[:3])}" for fact in facts]
    if decisions:
        lines += ["", "## Decisions that are visible", "", *(f"- {plain(one)}" for one in decisions)]
    lines += ["", "## What follows from it", ""]
    if findings:
        lines += ["| severity | what | where | remedy |", "|---|---|---|---|"]
        lines += [
            f"| {one.severity} | {plain(one.message)} "
            f"| {place(one.source) if one.source else ''} | {plain(one.remedy or '')} |"
            for one in findings
        ]
    else:
        lines.append("Nothing that somebody should act on was found.")
    if open_questions:
        lines += ["", "## Open", "", *(f"- {plain(one)}" for one in open_questions)]
    if not_done:
        lines += ["", "## Not looked at", "", *(f"- {plain(one.what)}: {plain(one.why)}" for one in not_done)]
    return "\n".join([*lines, ""])
