"""The order that a plan asks for, as tests compare it."""

from __future__ import annotations

from genesis.plan.plan import Plan


def before(made: Plan) -> set[tuple[str | None, str | None]]:
    """Pairs of agents of which the first comes somewhere before the second."""
    closure: set[tuple[str | None, str | None]] = set()
    for task in made.tasks:
        waiting = list(task.depends_on)
        while waiting:
            other = made.by_id[waiting.pop()]
            closure.add((other.agent, task.agent))
            waiting.extend(other.depends_on)
    return closure
