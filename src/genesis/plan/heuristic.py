"""The heuristic level: what each clause asks for, of whom, and the order that follows."""

from __future__ import annotations

from collections.abc import Sequence

from genesis.objective import Objective
from genesis.plan import intent
from genesis.plan.calibration import calibrated
from genesis.plan.evidence import ENOUGH, Reader, Reading, surest
from genesis.plan.order import edges
from genesis.plan.pieces import chained, pieces_of
from genesis.plan.plan import Plan, Refusal, Task

SURE = 0.9
"""Chance over the whole text that needs no clause to show for it."""
SOMEWHERE = 0.4
"""Least chance in some clause of an agent that is less sure: what nobody can point at is often only in the air."""
FLOOR = 0.2
"""Below this calibrated confidence a question is asked instead of a plan made."""


def plan_by_heuristics(objective: Objective, reader: Reader, files: Sequence[str] = ()) -> Plan:
    """A plan, a question or a refusal. `files`: names of data and documents that came with it. Raises nothing of its
    own."""
    whole = reader.read(objective.text)
    refused = intent.refusal(whole)
    if files and (refused or intent.question(whole, reader)) and intent.names_something(whole, reader):
        # "Which region sells best?" is clear once sales.csv lies beside it. Harm stays harm.
        beside = reader.read(f"{objective.text} ({', '.join(files)})")
        harm = refused is not None and refused.category == "security"
        if not harm and not intent.refusal(beside) and not intent.question(beside, reader):
            whole, refused = beside, None
    if refused is not None:
        return _refuse(objective, refused, whole)
    must_ask = intent.question(whole, reader)
    if must_ask is not None:
        return _ask(objective, must_ask, whole.answers["question"])
    asked = choose(whole, reader)
    confidence = calibrated(raw_confidence(whole, asked))
    if confidence < FLOOR:
        names = ", ".join(sorted(asked))
        return _ask(
            objective, f"I am not sure what is asked. Is it work for {names}? Say it in other words.", confidence
        )
    pieces = chained(pieces_of(whole, asked, reader, len(objective.text)), reader.catalog)
    before = edges(pieces, whole, reader)
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
        objective=objective, level="heuristic", confidence=confidence, tasks=tasks, reason=_reason(whole, asked)
    )


def _refuse(objective: Objective, refusal: Refusal, whole: Reading) -> Plan:
    return Plan(
        objective=objective,
        level="heuristic",
        confidence=round(whole.answers["refusal"], 3),
        refusal=refusal,
        reason=refusal.message,
    )


def _ask(objective: Objective, question: str, confidence: float) -> Plan:
    return Plan(
        objective=objective,
        level="heuristic",
        confidence=round(confidence, 3),
        question=question,
        reason="something must be known before anything is planned",
    )


def choose(whole: Reading, reader: Reader) -> frozenset[str]:
    """The agents whose work is asked for. When none is likely enough by itself, the likeliest, with the votes of the
    nearest examples beside it, for the text as a whole was read as work."""
    found = frozenset(
        agent
        for agent, chance in whole.asked.items()
        if chance >= SURE or (chance >= ENOUGH and surest(whole.reads, agent) >= SOMEWHERE)
    )
    if found:
        return found
    votes = reader.votes(whole.text)
    return frozenset({max(whole.asked, key=lambda agent: whole.asked[agent] + votes.get(agent, 0.0))})


def raw_confidence(whole: Reading, asked: frozenset[str]) -> float:
    """The chance that this is a plan and the set of agents is exactly this one, were the agents independent; what it is
    worth, `calibration.json` says."""
    chance = whole.answers["plan"]
    for agent, one in whole.asked.items():
        chance *= one if agent in asked else 1.0 - one
    return chance


def _reason(whole: Reading, asked: frozenset[str]) -> str:
    said = []
    for agent in sorted(asked):
        best = max(whole.reads, key=lambda one: one.chance.get(agent, 0.0))
        words = best.why.get(agent)
        share = f"{whole.asked[agent]:.2f}"
        if whole.asked[agent] < ENOUGH:
            said.append(f"{agent}: examples of its work are nearest; no words say so ({share})")
        else:
            said.append(f"{agent}: “{words}” ({share})" if words else f"{agent}: the text as a whole ({share})")
    others = [agent for agent in whole.asked if agent not in asked]
    if others:
        next_one = max(others, key=lambda agent: whole.asked[agent])
        if surest(whole.reads, next_one) >= ENOUGH / 2:
            said.append(f"next would have been {next_one} ({whole.asked[next_one]:.2f})")
    return "; ".join(said)
