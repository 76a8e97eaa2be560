"""Ticket triage as a result: the worst first, a table, and for each ticket the words that decided."""

from __future__ import annotations

from collections import Counter

from genesis.agents.result import Assignment, Result
from genesis.agents.toolbox import Toolbox
from genesis.errors import NeedsMissing
from genesis.finding import Fact, Finding, NotDone, Severity, Source
from genesis.frozen import JsonValue
from genesis.tools.tabular.export import to_csv
from genesis.tools.tickets.rules import rules
from genesis.tools.triage_tickets import TriagedTicket, TriageTicketsInput, TriageTicketsOutput, triage_tickets

MAX_FINDINGS = 20


async def triage(task: Assignment, tools: Toolbox) -> Result:
    """Sorts the tickets of the files that the task names, or of all that look like tickets."""
    text = f"{task.goal}\n{task.objective}"
    files = tools.workspace.files if tools.workspace else ()
    named = tuple(
        file.name for file in files if "." in file.name and (file.name in text or file.name.rpartition("/")[2] in text)
    )
    done = await tools.call(triage_tickets, TriageTicketsInput(files=named))
    if not done.tickets:
        where = ", ".join(named) or "the workspace"
        raise NeedsMissing(
            f"triage needs tickets, and {where} holds none: give CSV or JSON with a subject or description, or "
            f"Markdown with "
            "a heading for each ticket"
        )
    return _result(done, tools)


def _result(done: TriageTicketsOutput, tools: Toolbox) -> Result:
    priorities = Counter(one.priority for one in done.tickets)
    categories = Counter(one.category for one in done.tickets)
    repeated = [one for one in done.tickets if one.same_as]
    urgent = [one for one in done.tickets if one.priority == "P1" and not one.same_as]
    by_priority = ", ".join(f"{count} {name}" for name, count in sorted(priorities.items()))
    summary = (
        f"{len(done.tickets)} tickets from {', '.join(done.files)}: {by_priority}; {len(repeated)} tell what "
        f"another one tells"
        + (f"; first: {urgent[0].id} “{urgent[0].subject[:100]}”." if urgent else "; none is of priority P1.")
    )
    tickets: list[JsonValue] = [
        {
            "id": one.id,
            "category": one.category,
            "priority": one.priority,
            "points": one.points,
            "duplicate_of": one.same_as,
        }
        for one in done.tickets
    ]
    not_done = list(done.left_out)
    if not done.newest:
        not_done.append(NotDone(what="age of the tickets", why="no ticket has a date written as 2025-01-31"))
    return Result(
        summary=summary,
        facts=tuple(Fact(text=_told(one), sources=(_source(one),)) for one in done.tickets[:50]),
        findings=tuple(_finding(one) for one in urgent[:MAX_FINDINGS])
        + tuple(_underrated(done.tickets))[:MAX_FINDINGS],
        not_done=tuple(not_done),
        next_steps=(f"Answer {', '.join(one.id for one in urgent[:5])} first.",) if urgent else (),
        artifacts=(
            tools.artifact("triage.csv", "text/csv", _table(done.tickets)),
            tools.artifact("triage.md", "text/markdown", _page(done, summary)),
        ),
        outputs={
            "answer": {
                "tickets": tickets,
                "by_priority": dict(sorted(priorities.items())),
                "by_category": dict(sorted(categories.items())),
            }
        },
    )


def _source(one: TriagedTicket) -> Source:
    return Source(file=one.file, line=one.line, excerpt=one.excerpt or None)


def _why(one: TriagedTicket) -> str:
    return (
        "; ".join(f"{reason.rule} {reason.points:+d} ({', '.join(reason.words)})" for reason in one.reasons)
        or "no rule saw anything"
    )


def _told(one: TriagedTicket) -> str:
    same = f"; tells the same as {one.same_as}" if one.same_as else ""
    words = f" ({', '.join(one.category_words)})" if one.category_words else ""
    judged = f"{one.priority}, {one.category}{words}: {_why(one)} = {one.points} points{same}."
    return f"{one.id} “{one.subject[:120]}” is {judged}"


def _finding(one: TriagedTicket) -> Finding:
    severity: Severity = "critical" if {"security", "data loss"} & {reason.rule for reason in one.reasons} else "high"
    return Finding(
        kind="urgent_ticket",
        severity=severity,
        message=f"{one.id} “{one.subject[:150]}”: {_why(one)}",
        source=_source(one),
        remedy="Answer it first; the words that decided are named.",
    )


def _underrated(tickets: tuple[TriagedTicket, ...]) -> list[Finding]:
    """Tickets whose file calls them low, while the rules see P1 or P2."""
    return [
        Finding(
            kind="underrated_ticket",
            severity="medium",
            message=f"{one.id} is marked {one.stated!r}, but is {one.priority} by the rules: {_why(one)}",
            source=_source(one),
            remedy="Look at it again before it waits.",
        )
        for one in tickets
        if one.priority in {"P1", "P2"}
        and one.stated.lower() in {"low", "minor", "p4", "4", "trivial", "niedrig", "basse", "baja"}
    ]


def _table(tickets: tuple[TriagedTicket, ...]) -> str:
    names = ("id", "priority", "points", "category", "subject", "duplicate_of", "why", "category_words", "file", "line")
    rows = [
        (
            *(one.id, one.priority, one.points, one.category, one.subject, one.same_as, _why(one)),
            *(", ".join(one.category_words), one.file, one.line),
        )
        for one in tickets
    ]
    return to_csv(names, rows)


def _page(done: TriageTicketsOutput, summary: str) -> str:
    out = [
        "# Triage",
        "",
        summary,
        "",
        "| id | priority | category | subject | why | where |",
        "|---|---|---|---|---|---|",
    ]
    for one in done.tickets[:500]:
        cells = (one.id, one.priority, one.category, one.subject[:120], _why(one), f"{one.file}:{one.line}")
        out.append("| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |")
    groups: dict[str, list[str]] = {}
    for one in done.tickets:
        if one.same_as:
            groups.setdefault(one.same_as, []).append(one.id)
    if groups:
        out += ["", "## Told more than once", ""] + [
            f"- {first}: also {', '.join(others)}" for first, others in groups.items()
        ]
    out += ["", "## The rules", ""]
    *steps, rest = rules().priorities
    out += [*(f"- {one.name}: at least {one.least} points" for one in steps), f"- {rest.name}: the others"]
    out += [f"- {one.name}: {one.points:+d}" for one in rules().urgency]
    out += ["- number affected: 2 or more +1, 10 or more +2, 100 or more +3"]
    out += [f"- age: 7 days +1, 14 days +2, counted back from {done.newest or 'the newest ticket (none has a date)'}"]
    out += ["- category: " + ", ".join(f"{one.name} (weight {one.weight})" for one in rules().categories)]
    return "\n".join(out) + "\n"
