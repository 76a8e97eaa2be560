"""The structure check of plans: 1,000 tasks and 3,000 edges, against graphlib's sorter in the same run.

`python -m benchmarks.plan_check`. The goal is 1 ms for the first line; hostile plans must not cost more per edge.
"""

from __future__ import annotations

import contextlib
import graphlib
import random
import statistics
import time
from collections.abc import Callable

from genesis.errors import PlanInvalid
from genesis.objective import Limits
from genesis.plan.plan import Task, check_structure

ROUNDS = 60


def task(at: int, before: list[int]) -> Task:
    return Task(id=f"t{at}", goal="g", type="x", depends_on=tuple(f"t{one}" for one in before))


def acyclic(count: int, edges: int) -> tuple[Task, ...]:
    dice = random.Random(1)
    before: list[set[int]] = [set() for _ in range(count)]
    while sum(map(len, before)) < edges:
        late = dice.randrange(1, count)
        before[late].update(dice.sample(range(late), min(late, 1)))
    return tuple(task(at, sorted(one)) for at, one in enumerate(before))


def milliseconds(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1e3


def main() -> None:
    limits = Limits()
    shapes = {
        "1,000 tasks, 3,000 edges": acyclic(1000, 3000),
        "a chain of 1,000": tuple(task(at, [at - 1] if at else []) for at in range(1000)),
        "a ring of 1,000 (refused)": tuple(task(at, [(at - 1) % 1000]) for at in range(1000)),
        "999 into one": tuple(task(at, list(range(999)) if at == 999 else []) for at in range(1000)),
        "every one after all before (refused)": tuple(task(at, list(range(at))) for at in range(1000)),
    }
    for name, tasks in shapes.items():

        def ours(tasks: tuple[Task, ...] = tasks) -> None:
            with contextlib.suppress(PlanInvalid):
                check_structure(tasks, limits)

        def peer(tasks: tuple[Task, ...] = tasks) -> None:
            with contextlib.suppress(graphlib.CycleError):
                tuple(graphlib.TopologicalSorter({one.id: one.depends_on for one in tasks}).static_order())

        own, other = milliseconds(ours), milliseconds(peer)
        edges = sum(len(one.depends_on) for one in tasks)
        print(f"{name:38} {edges:7,} edges {own:8.2f} ms   graphlib {other:8.2f} ms   {own / other:5.2f} x")


if __name__ == "__main__":
    main()
