"""Triages the tickets that lie in the workspace: category, priority, duplicates, each with what decided."""

from __future__ import annotations

import asyncio
import math
from collections import Counter, defaultdict

from genesis.finding import NotDone
from genesis.frozen import Frozen
from genesis.security.workspace import Workspace
from genesis.tools.documents.index import stems
from genesis.tools.documents.library import decode, split_lines
from genesis.tools.documents.words import guess_language
from genesis.tools.tickets.reading import MAX_TICKETS, Ticket, may_hold_tickets, read_tickets
from genesis.tools.tickets.rules import Reason, day, judge
from genesis.tools.tool import ToolContext, tool

ALIKE = 0.6
"""Cosine of two tickets' words, weighted by rarity, from which they count as told twice."""


class TriageTicketsInput(Frozen):
    """`files`: where the tickets are; none given: wherever files look like tickets."""

    files: tuple[str, ...] = ()


class TriagedTicket(Frozen):
    """A ticket, judged. `same_as` is the id of the first ticket that tells the same; `excerpt` stands at its line."""

    id: str
    subject: str
    file: str
    line: int
    excerpt: str
    category: str
    category_words: tuple[str, ...]
    priority: str
    points: int
    reasons: tuple[Reason, ...]
    created: str
    stated: str
    same_as: str = ""


class TriageTicketsOutput(Frozen):
    """The tickets by priority, then points, then as they stand. `newest` is the day from which age was counted."""

    tickets: tuple[TriagedTicket, ...]
    files: tuple[str, ...]
    newest: str
    left_out: tuple[NotDone, ...]


@tool(trust="file", timeout_s=60)
async def triage_tickets(given: TriageTicketsInput, context: ToolContext) -> TriageTicketsOutput:
    """Sorts tickets (CSV, JSON, JSON lines, Markdown) by category and priority by shown rules, and finds duplicates.

    Raises `NeedsMissing` without a workspace.
    """
    return await asyncio.to_thread(_triage, given, context.workspace_for("sorting tickets (CSV, JSON or Markdown)"))


def _triage(given: TriageTicketsInput, workspace: Workspace) -> TriageTicketsOutput:
    tickets: list[Ticket] = []
    lines: dict[str, list[str]] = {}
    left_out: list[NotDone] = []
    for file in workspace.files:
        if (given.files and file.name not in given.files) or not may_hold_tickets(file.name):
            continue
        data = workspace.read_bytes(file.name)
        text = decode(data) if data is not None else None
        if text is None:
            left_out.append(
                NotDone(what=file.name, why=f"binary, unreadable or over {workspace.max_file_bytes:,} bytes")
            )
            continue
        found = read_tickets(file.name, text, asked_for=file.name in given.files)
        if found:
            lines[file.name] = split_lines(text)
        if len(tickets) + len(found) > MAX_TICKETS:
            left_out.append(NotDone(what=f"tickets of {file.name}", why=f"over the limit of {MAX_TICKETS:,} tickets"))
            found = found[: MAX_TICKETS - len(tickets)]
        tickets += found
    days = [made for one in tickets if (made := day(one.created)) is not None]
    newest = max(days, default=None)
    same = _duplicates(tickets)
    judged = [(number, judge(one, newest)) for number, one in enumerate(tickets)]
    judged.sort(key=lambda pair: (pair[1].priority, -pair[1].points, pair[0]))
    return TriageTicketsOutput(
        tickets=tuple(
            TriagedTicket(
                id=one.ticket.id,
                subject=one.ticket.subject,
                file=one.ticket.file,
                line=one.ticket.line,
                excerpt=lines[one.ticket.file][one.ticket.line - 1].strip()[:200].strip(),
                category=one.category,
                category_words=one.category_words,
                priority=one.priority,
                points=one.points,
                reasons=one.reasons,
                created=one.ticket.created[:40],
                stated=one.ticket.stated[:40],
                same_as=tickets[same[number]].id if same[number] != number else "",
            )
            for number, one in judged
        ),
        files=tuple(sorted(lines)),
        newest=newest.isoformat() if newest else "",
        left_out=tuple(left_out),
    )


def _duplicates(tickets: list[Ticket]) -> list[int]:
    """For each ticket the place of the first one that tells the same (its own place, if none does).

    Only tickets that share one of their five rarest words are compared, and a word that many have leads to none, so
    that the work grows with the number of tickets.
    """
    bags = [Counter(stems(one.text[:4_000], guess_language(one.text[:4_000]))) for one in tickets]
    having: dict[str, list[int]] = defaultdict(list)
    for number, bag in enumerate(bags):
        for word in bag:
            having[word].append(number)
    weight = {word: math.log(1 + len(tickets) / len(numbers)) for word, numbers in having.items()}
    sizes = [math.sqrt(sum(weight[word] ** 2 for word in bag)) or 1.0 for bag in bags]
    first = list(range(len(tickets)))
    for number, bag in enumerate(bags):
        rare = sorted((word for word in bag if 1 < len(having[word]) <= 60), key=lambda word: (-weight[word], word))[:5]
        for other in sorted({other for word in rare for other in having[word] if other < number}):
            shared = sum(weight[word] ** 2 for word in bag if word in bags[other])
            if shared / (sizes[number] * sizes[other]) >= ALIKE:
                first[number] = first[other]
                break
    return first
