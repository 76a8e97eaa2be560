"""What is doubtful about a plan: uncovered clauses, tasks twice, tasks at the wrong agent. Doubts never block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from genesis.finding import Finding
from genesis.plan.evidence import Read, Reader
from genesis.plan.text import SKIPPED, tokens
from genesis.route.routed import Choice, RoutedPlan

KEEP = 0.5
"""Score from which on a task stays as it is. (The source of the five actions, arXiv 2410.02189, keeps from 0.625 of a
learned score; ours is a chance read from words, and half is where it begins to say something.)"""
REALLOCATE = 0.625
UNSOLVABLE = 0.125
SAME = 0.9
"""Share of common words and pairs of words from which on two goals of one agent are the same."""
SCORED_TASKS = 100
"""Plans with more tasks are checked for structure and repetition only."""


def scores(routed: RoutedPlan, reader: Reader) -> dict[str, float]:
    """For each task, the chance that its words ask for the agent that has it, in [0, 1]."""
    if len(routed.choices) > SCORED_TASKS:
        return {}
    goals = routed.plan.by_id
    return {
        choice.task: round(_chances(reader.read(goals[choice.task].goal)).get(choice.agent, 0.0), 3)
        for choice in routed.choices
    }


def doubts(routed: RoutedPlan, reader: Reader, scored: Mapping[str, float]) -> Iterator[Finding]:
    """Findings with the action that each proposes: reallocate, re-describe, split, replan. (Keep needs no finding.)"""
    goals = routed.plan.by_id
    for choice in routed.choices:
        if choice.task in scored and scored[choice.task] < KEEP:
            yield _doubt(choice, goals[choice.task].goal, scored[choice.task], reader)
        elif choice.task in scored:
            split = _split(choice, goals[choice.task].goal, routed, reader)
            if split is not None:
                yield split
    if scored or not routed.choices:
        yield from _uncovered(routed, reader)


def _doubt(choice: Choice, goal: str, score: float, reader: Reader) -> Finding:
    chances = _chances(reader.read(goal))
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


def _split(choice: Choice, goal: str, routed: RoutedPlan, reader: Reader) -> Finding | None:
    """A goal that surely asks for another agent too, which no task of the plan has."""
    there = {one.agent for one in routed.choices}
    others = {agent for read in reader.read(goal) for agent in read.sure - read.forbidden} - there
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
    reads = reader.read(routed.plan.objective.text)
    forbidden = {agent for read in reads for agent in read.forbidden}
    goals = " ".join(task.goal for task in routed.plan.tasks)
    for read in reads:
        missing = read.sure - there - forbidden
        if missing and not read.sure & there and not read.together and read.clause.text not in goals:
            agent = max(missing, key=lambda name: read.chance[name])
            yield Finding(
                kind="incomplete",
                severity="medium",
                agent=agent,
                message=f"no task covers “{read.clause.text}”, which reads like work of {agent}",
                edit=f"add a task for {agent}: {read.clause.text}",
            )


def _chances(reads: tuple[Read, ...]) -> dict[str, float]:
    best: dict[str, float] = {}
    for read in reads:
        for agent, chance in read.chance.items():
            best[agent] = max(best.get(agent, 0.0), chance)
    return best


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
