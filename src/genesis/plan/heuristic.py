"""The heuristic level: what each clause asks for, who was asked in similar examples, and the order that follows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from genesis.objective import Objective
from genesis.plan import intent
from genesis.plan.calibration import calibrated, table
from genesis.plan.catalog import Catalog, Entry
from genesis.plan.clauses import Clause, is_item
from genesis.plan.evidence import MAKES, Read, Reader
from genesis.plan.order import Piece, edges
from genesis.plan.plan import Plan, Refusal, Task

ENOUGH = 0.6
"""Chance from which on an agent is asked for."""
FLOOR = 0.2
"""Below this calibrated confidence a question is asked instead of a plan made."""


def plan_by_heuristics(objective: Objective, reader: Reader) -> Plan:
    """A plan, a question or a refusal. Raises nothing of its own."""
    reads = taken_up(reader.read(objective.text), reader)
    asked = choose(reads)
    refused = intent.refusal(reads, reader, asked)
    if refused is not None:
        return _refuse(objective, refused)
    must_ask = intent.question(reads, reader, asked)
    if must_ask is not None:
        return _ask(objective, must_ask)
    if not asked:
        return _refuse(objective, intent.nobody(objective.text))
    confidence = calibrated(raw_confidence(reads, asked))
    if confidence < FLOOR:
        return _ask(
            objective, f"I am not sure what is asked. Is it work for {', '.join(sorted(asked))}? Say it in other words."
        )
    pieces = chained(_pieces(reads, asked, reader), reader.catalog)
    before = edges(pieces, reads)
    tasks = tuple(
        Task(
            id=f"t{number + 1}",
            goal=piece.goal[:4000],
            type=piece.entry.type,
            agent=piece.entry.agent,
            depends_on=tuple(f"t{one + 1}" for one in sorted(before[number])),
        )
        for number, piece in enumerate(pieces)
    )
    return Plan(
        objective=objective, level="heuristic", confidence=confidence, tasks=tasks, reason=_reason(reads, asked)
    )


def _refuse(objective: Objective, refusal: Refusal) -> Plan:
    return Plan(
        objective=objective,
        level="heuristic",
        confidence=table()["refusal"],
        refusal=refusal,
        reason=refusal.message,
    )


def _ask(objective: Objective, question: str) -> Plan:
    return Plan(
        objective=objective,
        level="heuristic",
        confidence=table()["question"],
        question=question,
        reason="something must be known before anything is planned",
    )


def taken_up(reads: Sequence[Read], reader: Reader) -> tuple[Read, ...]:
    """Clauses that lean on an earlier one for who is to do them.

    "Implement it" after "an endpoint for refunds" is the work of the endpoint's maker, not of whoever implements; and
    "one to cancel" after "two forms, one to register" is one more piece for the maker of forms.
    """
    makers = {entry.agent for entry in reader.catalog.entries if MAKES & set(entry.gives)}
    found: list[Read] = []
    last: str | None = None
    spoken = 0  # the sentence in which `last` was asked for
    for one in reads:
        here = {agent for agent in makers if one.chance.get(agent, 0.0) >= ENOUGH}
        if here and last is not None and last not in here and not intent.content(one.clause.words, reader):
            chance = dict(one.chance)
            types = dict(one.types)
            for agent in here:
                chance[last] = max(chance.get(last, 0.0), chance.pop(agent))
                types.setdefault(last, types[agent])
            one = replace(one, chance=chance, types=types, sure=one.sure - here | {last}, specific=one.specific - here)
        elif (
            last is not None
            and spoken == one.clause.sentence
            and is_item(one.clause)
            and not any(chance >= ENOUGH for chance in one.chance.values())
        ):
            one = replace(one, chance={**one.chance, last: ENOUGH}, another=True)
        named = [agent for agent in makers if one.full.get(agent, 0.0) >= ENOUGH]
        if named and not here - set(named):
            last = max(named, key=lambda agent: one.full[agent])
            spoken = one.clause.sentence
        elif any(chance >= ENOUGH for chance in one.chance.values()) and not one.another:
            spoken = 0
        found.append(one)
    return tuple(found)


def choose(reads: Sequence[Read]) -> frozenset[str]:
    """The agents whose work is asked for."""
    together = {name.partition(".")[0] for one in reads for name in one.together}
    if together:
        return frozenset(together)
    best: dict[str, float] = {}
    for one in reads:
        for agent, chance in one.chance.items():
            best[agent] = max(best.get(agent, 0.0), chance)
    forbidden = {agent for one in reads for agent in one.forbidden}
    asked_surely = {agent for one in reads for agent in one.sure}
    kept = {agent: chance for agent, chance in best.items() if agent not in forbidden or agent in asked_surely}
    found = frozenset(agent for agent, chance in kept.items() if chance >= ENOUGH)
    if found or not kept:
        return found
    # Nobody is asked for in so many words ("... have a look"): then what is told counts, and what the clauses hint at
    # together may point to one agent.
    whole: dict[str, float] = {}
    for one in reads:
        for agent in kept:
            whole[agent] = 1.0 - (1.0 - whole.get(agent, 0.0)) * (1.0 - one.full.get(agent, 0.0))
    top = max(kept, key=lambda agent: whole[agent])
    return frozenset({top}) if whole[top] >= ENOUGH else frozenset()


def _pieces(reads: Sequence[Read], asked: frozenset[str], reader: Reader) -> list[Piece]:
    """One piece per agent and thing asked of it, in the order of the text."""
    places: dict[str, list[int]] = {}
    for number, one in enumerate(reads):
        for agent in asked:
            if one.chance.get(agent, 0.0) >= ENOUGH:
                places.setdefault(agent, []).append(number)
    for agent in asked:
        if agent not in places:
            best = max(range(len(reads)), key=lambda at: reads[at].chance.get(agent, 0.0))
            places[agent] = [best]
    found: list[Piece] = []
    for agent, numbers in places.items():
        entry = _entry(agent, [reads[at] for at in numbers], reader.catalog)
        if MAKES & set(entry.gives):
            more = [at for at in numbers if reads[at].another]
            if len(more) >= 2:  # "two forms, one to ..., one to ...": the announcement is no piece of its own
                numbers = [at for at in numbers if at + 1 not in more or reads[at].another]
            groups = [[at] for at in numbers]
        else:
            groups = [numbers]
        for group in groups:
            entry = _entry(agent, [reads[at] for at in group], reader.catalog)
            goal = "; ".join(reads[at].clause.text for at in group)
            builds = not _only_checks([reads[at].clause for at in group], reader.lexicon.constructive)
            clearest = max(group, key=lambda at: reads[at].chance.get(agent, 0.0))
            found.append(Piece(entry, goal, tuple(group), clearest, builds))
    return sorted(found, key=lambda piece: (piece.at, piece.entry.name))


def _entry(agent: str, reads: Sequence[Read], catalog: Catalog) -> Entry:
    def chance(entry: Entry) -> float:
        return sum(one.types.get(agent, {}).get(entry.name, 0.0) for one in reads)

    return max(catalog.by_agent[agent], key=chance)


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


def raw_confidence(reads: Sequence[Read], asked: frozenset[str]) -> float:
    """A score in [0, 1] that rises with how clearly each agent is asked for and falls with how nearly others are; what
    it is worth, `calibration.json` says."""
    best: dict[str, float] = {}
    for one in reads:
        for agent, chance in one.chance.items():
            best[agent] = max(best.get(agent, 0.0), chance)
    weakest = min(max(best.get(agent, 0.0), ENOUGH) for agent in asked)
    next_one = max((chance for agent, chance in best.items() if agent not in asked), default=0.0)
    silent = sum(one.clause.mood == "ask" and not any(c >= ENOUGH for c in one.chance.values()) for one in reads)
    return weakest * (1.0 - 0.5 * next_one) * 0.92 ** (len(asked) - 1) * 0.95**silent


def _reason(reads: Sequence[Read], asked: frozenset[str]) -> str:
    said = []
    for agent in sorted(asked):
        best = max(reads, key=lambda one: one.chance.get(agent, 0.0))
        words = best.why.get(agent)
        said.append(f"{agent}: “{words}”" if words else f"{agent}: similar examples")
    return "; ".join(said)
