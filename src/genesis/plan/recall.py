"""Planning by examples alone, for catalogs that the lexicon does not speak of: what did requests like this one need?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from genesis.agents.card import Example
from genesis.objective import Objective
from genesis.plan.evidence import Reader
from genesis.plan.plan import Plan, Task

NEAREST = 12
SHARP = 14.0
ENOUGH = 0.4
"""Share of the neighbours' weight from which on a kind of task is taken."""
DEMANDED = 0.5
"""Share of the plans with both in which one comes before the other, from which on there is an edge."""


def plan_by_examples(objective: Objective, reader: Reader) -> Plan:
    """The kinds of task that most of the nearest examples needed, joined where their plans joined them."""
    scores = reader.memory.similar(objective.text)
    count = min(NEAREST, len(scores))
    best = np.argpartition(scores, -count)[-count:]
    weights = np.exp(SHARP * (scores[best] - 1.0))
    near = [(reader.catalog.examples[i], float(w)) for i, w in zip(best.tolist(), weights.tolist(), strict=True)]
    total = sum(weight for _, weight in near)
    shares: dict[str, float] = {}
    for example, weight in near:
        for name in dict.fromkeys(step.partition("#")[0] for step in example.plan):
            shares[name] = shares.get(name, 0.0) + weight / total
    chosen = [name for name, share in shares.items() if share >= ENOUGH] or [max(shares, key=lambda n: shares[n])]
    before = _before(near, chosen)
    chosen = _ordered(chosen, before)
    edges = _edges(chosen, before)
    by_name = reader.catalog.by_name
    tasks = tuple(
        Task(
            id=f"t{number + 1}",
            goal=f"{by_name[name].description or name}: {objective.text}"[:4000],
            type=by_name[name].type,
            agent=by_name[name].agent,
            depends_on=tuple(f"t{chosen.index(one) + 1}" for one in edges[name]),
        )
        for number, name in enumerate(chosen)
    )
    return Plan(
        objective=objective,
        level="heuristic",
        confidence=round(min(shares[name] for name in chosen) * float(scores.max()), 3),
        tasks=tasks,
        reason=f"{count} similar examples, the nearest with cosine {float(scores.max()):.2f}",
    )


def _before(near: Sequence[tuple[Example, float]], chosen: Sequence[str]) -> Mapping[tuple[str, str], float]:
    """For each pair, the weight of the plans in which the first comes somewhere before the second, less the reverse."""
    wanted = set(chosen)
    found: dict[tuple[str, str], float] = {}
    for example, weight in near:
        for step in example.plan:
            waiting, seen = list(example.plan[step]), set(example.plan[step])
            while waiting:
                other = waiting.pop()
                first, last = other.partition("#")[0], step.partition("#")[0]
                if first != last and first in wanted and last in wanted:
                    found[first, last] = found.get((first, last), 0.0) + weight
                for more in example.plan[other]:
                    if more not in seen:
                        seen.add(more)
                        waiting.append(more)
    return found


def _ordered(chosen: Sequence[str], before: Mapping[tuple[str, str], float]) -> list[str]:
    """By how often each came before the others."""

    def lead(name: str) -> float:
        ahead = 0.0
        for other in chosen:
            first, last = before.get((name, other), 0.0), before.get((other, name), 0.0)
            if first + last > 0:
                ahead += (first - last) / (first + last)
        return -ahead

    return sorted(chosen, key=lead)


def _edges(chosen: Sequence[str], before: Mapping[tuple[str, str], float]) -> dict[str, list[str]]:
    """Edges along the order, where the examples demand them; what follows from others is left out."""
    edges: dict[str, list[str]] = {}
    reach: dict[str, set[str]] = {}
    for at, name in enumerate(chosen):
        edges[name], reach[name] = [], set()
        for other in reversed(chosen[:at]):
            first, last = before.get((other, name), 0.0), before.get((name, other), 0.0)
            if other not in reach[name] and first > 0 and first / (first + last) > DEMANDED:
                edges[name].append(other)
                reach[name] |= {other, *reach[other]}
    return edges
