"""How a plan is judged against a row of the corpus (README.md, "How a row is judged")."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from genesis.plan.plan import Plan

Row = Mapping[str, Any]


def answer(plan: Plan) -> str:
    """What the planner answered: plan, question or refusal."""
    return "plan" if plan.tasks else "question" if plan.question is not None else "refusal"


def right(row: Row, plan: Plan) -> bool:
    """Whether the answer is one that the row accepts."""
    given = answer(plan)
    if row["expect"] != "plan":
        return given in (row["expect"], row.get("also"))
    return given == "plan" and any(_holds(gold, plan) for gold in row["acceptable"])


def _holds(gold: Mapping[str, Any], plan: Plan) -> bool:
    of: dict[str, list[str]] = {}
    for task in plan.tasks:
        if task.agent is not None:
            of.setdefault(task.agent, []).append(task.id)
    if set(of) != set(gold["agents"]):
        return False
    earlier = ancestors(plan)
    return (
        all(a in earlier[b] for first, last in gold.get("before", ()) for a in of[first] for b in of[last])
        and not any(
            a in earlier[b] or b in earlier[a]
            for one, two in gold.get("independent", ())
            for a in of[one]
            for b in of[two]
        )
        and all(len(of[agent]) >= least for agent, least in gold.get("at_least", {}).items())
    )


def set_right(row: Row, plan: Plan) -> bool:
    """Whether at least the set of agents is one that the row accepts, whatever the order."""
    made = {task.agent for task in plan.tasks}
    return any(set(gold["agents"]) == made for gold in row["acceptable"])


def ancestors(plan: Plan) -> dict[str, set[str]]:
    """For each task, all tasks before it: the transitive closure."""
    found: dict[str, set[str]] = {}
    waiting = list(plan.tasks)
    while waiting:
        rest = []
        for task in waiting:
            if all(before in found for before in task.depends_on):
                found[task.id] = set(task.depends_on).union(*(found[before] for before in task.depends_on))
            else:
                rest.append(task)
        waiting = rest
    return found


def wilson(hits: int, of: int, z: float = 1.959964) -> tuple[float, float]:
    """The Wilson score interval of a share, 95 % by default.

    >>> [round(x, 3) for x in wilson(90, 100)]
    [0.826, 0.945]
    """
    if of == 0:
        return (0.0, 1.0)
    share = hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (max(0.0, middle - half), min(1.0, middle + half))


def summary(hits: Sequence[bool]) -> dict[str, float | int]:
    """Count, hits, share and its interval."""
    low, high = wilson(sum(hits), len(hits))
    share = sum(hits) / len(hits) if hits else 0.0
    return {"right": sum(hits), "of": len(hits), "share": round(share, 3), "low": round(low, 3), "high": round(high, 3)}
