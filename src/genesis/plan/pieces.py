"""From clauses to pieces of work: which words of the objective become the goal of which task."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from genesis.plan.catalog import Catalog, Entry
from genesis.plan.clauses import Clause, is_item
from genesis.plan.evidence import ENOUGH, MAKES, Read, Reader, Reading
from genesis.plan.text import Token, word_set

NEAR = 8
"""Characters between two clauses up to which they are quoted as one: a comma, "and", "then"."""
_JOINS = word_set("and or but only so plus then also as well with und y et , sowie dann oder con avec")


@dataclass(frozen=True, slots=True)
class Piece:
    """A task to be: its kind, its goal, the reads (by number) that it comes from and the one of them that asks most
    clearly, whether it builds something new."""

    entry: Entry
    goal: str
    reads: tuple[int, ...]
    at: int
    builds: bool = True


def pieces_of(whole: Reading, asked: frozenset[str], reader: Reader, end: int | None = None) -> list[Piece]:
    """One piece per agent and thing asked of it, in the order of the text. A piece that is alone gets all the words,
    up to `end`: what was read beyond are names of files."""
    found: list[Piece] = []
    alone = len(asked) == 1
    for agent in asked:
        places = [at for at, one in enumerate(whole.reads) if one.chance.get(agent, 0.0) >= ENOUGH] or [
            max(range(len(whole.reads)), key=lambda at: whole.reads[at].chance.get(agent, 0.0))
        ]
        if _makes(agent, reader.catalog):
            groups = _groups(_with_items(places, whole.reads), whole.reads, reader)
        else:
            groups = [places]
        for group in groups:
            goal = whole.text[:end] if alone and len(groups) == 1 else _goal(agent, group, asked, whole, reader)
            spans = [_place(whole.reads[at].clause) for at in group]
            found.append(
                Piece(
                    entry=reader.entry(agent, goal, whole, spans),
                    goal=goal,
                    reads=tuple(group),
                    at=max(group, key=lambda at: whole.reads[at].chance.get(agent, 0.0)),
                    builds=not _only_checks([whole.reads[at].clause for at in group], reader.lexicon.constructive),
                )
            )
    return sorted(found, key=lambda piece: (piece.at, piece.entry.name))


def _makes(agent: str, catalog: Catalog) -> bool:
    return any(MAKES & set(entry.gives) for entry in catalog.by_agent[agent])


def _with_items(places: Sequence[int], reads: Sequence[Read]) -> list[int]:
    """The places, and the items of a list behind one that nobody is asked for: "... and one to return it" is more for
    the maker of the first."""
    found = list(places)
    for at in range(1, len(reads)):
        read, before = reads[at], reads[at - 1]
        silent = not any(chance >= ENOUGH for chance in read.chance.values())
        follows = at - 1 in found and read.clause.sentence == before.clause.sentence
        if follows and at not in found and silent and is_item(read.clause):
            found.append(at)
    return sorted(found)


def _groups(places: Sequence[int], reads: Sequence[Read], reader: Reader) -> list[list[int]]:
    """For a maker, one group per thing to make: a clause that opens with a verb of making, a new item of a list, or
    "one to ..." begins another thing; what else follows says more of the same."""
    groups: list[list[int]] = []
    for at in places:
        clause = reads[at].clause
        begins = clause.item != reads[groups[-1][-1]].clause.item if groups else True
        if groups and not begins:
            first = next((word for word in clause.words if word.word not in _JOINS), clause.words[0])
            begins = clause.mood == "ask" and (first.stem in reader.lexicon.constructive or is_item(clause))
        if begins:
            groups.append([])
        groups[-1].append(at)
    if len(groups) >= 3 and all(is_item(reads[group[0]].clause) for group in groups[1:]):
        return groups[1:]  # "two forms, one to ..., one to ...": the announcement is no piece of its own
    return groups


def _goal(agent: str, group: Sequence[int], asked: frozenset[str], whole: Reading, reader: Reader) -> str:
    """The words of the clauses, with the clauses of their sentence that nobody else has; of a clause that two agents
    share, the part that is this agent's."""
    parts: list[tuple[int, int] | str] = []
    for at in group:
        read = whole.reads[at]
        others = [other for other in asked if other != agent and read.chance.get(other, 0.0) >= ENOUGH]
        own = _own_part(agent, others, read, whole, reader) if others else None
        if own is not None:
            parts.append(own)
            continue
        start, end = _place(read.clause)
        start = next((word.start for word in read.clause.words if word.word not in _JOINS), start)
        for more in whole.reads[at + 1 :]:
            if more.clause.sentence != read.clause.sentence or any(more.chance.get(a, 0.0) >= ENOUGH for a in asked):
                break
            end = _place(more.clause)[1]
        last = parts[-1] if parts else None
        if isinstance(last, tuple) and start - last[1] <= NEAR and "\n" not in whole.text[last[1] : start]:
            parts[-1] = (last[0], end)
        else:
            parts.append((start, end))
    return "; ".join(one if isinstance(one, str) else whole.text[one[0] : one[1]] for one in parts)


def _own_part(agent: str, others: Sequence[str], read: Read, whole: Reading, reader: Reader) -> str | None:
    """The agent's words of a clause that others share, behind the verb that they share: "write the alert rules and
    the plan" is "write the alert rules" and "write the plan". None when their words cannot be told apart."""
    if whole.sense is None:
        return None
    start, end = _place(read.clause)
    mine = whole.sense.stretch(agent, start, end)
    if mine is None:
        return None
    first, last = start, end
    for other in others:
        theirs = whole.sense.stretch(other, start, end)
        if theirs is None or (theirs[0] < mine[1] and mine[0] < theirs[1]):
            return None
        if theirs[1] <= mine[0]:
            first = max(first, theirs[1])
        else:
            last = min(last, theirs[0])
    words = [word for word in read.clause.words if word.start >= first and word.end <= last]
    while words and words[0].word in _JOINS:
        words.pop(0)
    while words and words[-1].word in _JOINS:
        words.pop()
    if not words:
        return None
    lead = _lead(read.clause.words, reader)
    said = whole.text[words[0].start : words[-1].end]
    if lead is not None and lead.start < words[0].start and words[0].stem not in reader.lexicon.verbs:
        return f"{whole.text[lead.start : lead.end]} {said}"
    return said


def _lead(words: Sequence[Token], reader: Reader) -> Token | None:
    return next((word for word in words[:6] if word.stem in reader.lexicon.verbs), None)


def _place(clause: Clause) -> tuple[int, int]:
    return clause.words[0].start, clause.words[-1].end


_CHECK = re.compile(
    r"\b(?:check|checks|review|audit|validate|valid|verify|assess|inspect|evaluate|test|scan|"
    r"accessibility (?:check|review|audit|report))\b"
)


def _only_checks(clauses: Sequence[Clause], constructive: frozenset[str]) -> bool:
    """Whether the words look at something that is there, instead of making it."""
    return all(
        _CHECK.search(clause.text.lower()) and not any(word.stem in constructive for word in clause.words)
        for clause in clauses
    )


def chained(pieces: Sequence[Piece], catalog: Catalog) -> list[Piece]:
    """The pieces, and in front of them the producers of what they need and nobody gives.

    A workspace comes from outside: whether there is one, vetting says.
    """
    found = list(pieces)
    at = 0
    while at < len(found):
        given = {word for piece in found for word in piece.entry.gives}
        for need in found[at].entry.needs:
            words = need.split("|")
            if "workspace" in words or given & set(words):
                continue
            giver = next((entry for entry in catalog.entries if set(entry.gives) & set(words)), None)
            if giver is not None:
                goal = f"{giver.description} (needed for: {found[at].goal})"
                found.append(Piece(giver, goal, found[at].reads, found[at].at))
                given |= set(giver.gives)
        at += 1
    return found
