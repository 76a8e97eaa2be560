"""What is doubtful about a plan: uncovered clauses, tasks twice, tasks at the wrong agent. Doubts never block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from itertools import pairwise

from genesis.finding import Finding
from genesis.plan.evidence import Reader
from genesis.plan.text import SKIPPED, tokens
from genesis.route.routed import Choice, RoutedPlan

KEEP = 0.5
"""Score from which on a task stays as it is. (The source of the five actions, arXiv 2410.02189, keeps from 0.625 of a
learned score; ours is a chance read from words, and half is where it begins to say something.)"""
REALLOCATE = 0.625
UNSOLVABLE = 0.125
SURE = 0.85
"""Chance from which on a clause that no task covers is told of."""
SAME = 0.9
"""Share of common words and pairs of words from which on two goals of one agent are the same."""
SCORED_TASKS = 100
"""Plans with more tasks are checked for structure and repetition only."""


Chances = Mapping[str, Mapping[str, float]]


def read_goals(routed: RoutedPlan, reader: Reader) -> Chances:
    """For each task, by agent, the chance that its words ask for that agent."""
    if len(routed.choices) > SCORED_TASKS:
        return {}
    goals = routed.plan.by_id
    text = routed.plan.objective.text
    return {choice.task: reader.chances(goals[choice.task].goal, text) for choice in routed.choices}


def scores(routed: RoutedPlan, chances: Chances) -> dict[str, float]:
    """For each task, the chance that its words ask for the agent that has it, in [0, 1]."""
    return {
        choice.task: round(chances[choice.task].get(choice.agent, 0.0), 3)
        for choice in routed.choices
        if choice.task in chances
    }


def doubts(routed: RoutedPlan, reader: Reader, chances: Chances) -> Iterator[Finding]:
    """Findings with the action that each proposes: reallocate, re-describe, split, replan. (Keep needs no finding.)"""
    there = {choice.agent for choice in routed.choices}
    for choice in routed.choices:
        if choice.task in chances:
            mine = chances[choice.task]
            score = mine.get(choice.agent, 0.0)
            found = _doubt(choice, mine, score) if score < KEEP else _split(choice, mine, there)
            if found is not None:
                yield found
    if chances or not routed.choices:
        yield from _uncovered(routed, reader)


def _doubt(choice: Choice, chances: Mapping[str, float], score: float) -> Finding:
    best = max(chances, key=lambda agent: chances[agent], default=choice.agent)
    top = chances.get(best, 0.0)
    if best != choice.agent and top >= REALLOCATE:
        return Finding(
            kind="reallocate",
            severity="medium",
            task=choice.task,
            agent=choice.agent,
            message=f"task {choice.task} reads like work of {best} ({top:.2f}), not of {choice.agent} ({score:.2f})",
            edit=f"replace {choice.task}: agent {best}",
        )
    if top < UNSOLVABLE:
        return Finding(
            kind="doubtful",
            severity="low",
            task=choice.task,
            agent=choice.agent,
            message=f"the words of task {choice.task} point to no agent (best: {top:.2f})",
            edit=f"replan: say what {choice.task} is to bring, or drop it",
        )
    return Finding(
        kind="vague",
        severity="low",
        task=choice.task,
        agent=choice.agent,
        message=f"task {choice.task} says little that {choice.agent} acts on ({score:.2f})",
        edit=f"re-describe {choice.task}: name what is to be made or looked at, by name or file",
    )


def _split(choice: Choice, chances: Mapping[str, float], there: Set[str]) -> Finding | None:
    """A goal that surely asks for another agent too, which no task of the plan has."""
    others = {agent for agent, chance in chances.items() if chance >= SURE} - there
    if not others:
        return None
    return Finding(
        kind="mixed",
        severity="medium",
        task=choice.task,
        agent=choice.agent,
        message=f"task {choice.task} also asks for work of {', '.join(sorted(others))}",
        edit=f"split {choice.task}: add a task for {' and for '.join(sorted(others))}",
    )


def _uncovered(routed: RoutedPlan, reader: Reader) -> Iterator[Finding]:
    there = {choice.agent for choice in routed.choices}
    whole = reader.read(routed.plan.objective.text)
    goals = " ".join(task.goal for task in routed.plan.tasks)
    for read in whole.reads:
        missing = {agent for agent, chance in read.chance.items() if chance >= SURE} - there
        covered = any(read.chance.get(agent, 0.0) >= KEEP for agent in there)
        if missing and not covered and read.clause.text not in goals:
            agent = max(missing, key=lambda name: read.chance[name])
            yield Finding(
                kind="incomplete",
                severity="medium",
                agent=agent,
                message=f"no task covers “{read.clause.text}”, which reads like work of {agent}",
                edit=f"add a task for {agent}: {read.clause.text}",
            )


def repeated(routed: RoutedPlan) -> Iterator[Finding]:
    """Tasks of one agent whose goals say the same. Equal words are found in any plan; nearly equal ones among the first
    tasks of each agent, so that the whole stays linear."""
    seen: dict[tuple[str, tuple[str, ...]], str] = {}
    near: dict[str, list[tuple[frozenset[str], str]]] = {}
    goals = routed.plan.by_id
    for choice in routed.choices:
        row = tuple(one.stem for one in tokens(goals[choice.task].goal) if one.word not in SKIPPED)
        words = frozenset((*row, *(f"{a} {b}" for a, b in pairwise(row))))  # pairs: "1 to 2" is not "2 to 1"
        twin = seen.setdefault((choice.agent, row), choice.task)
        if twin == choice.task:
            others = near.setdefault(choice.agent, [])
            twin = next((task for said, task in others if _share(said, words) >= SAME), choice.task)
            if len(others) < 50:
                others.append((words, choice.task))
        if twin != choice.task:
            yield Finding(
                kind="redundant",
                severity="medium",
                task=choice.task,
                agent=choice.agent,
                message=f"task {choice.task} asks {choice.agent} for the same as {twin}",
                edit=f"drop {choice.task}",
            )


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, len(one | other))
