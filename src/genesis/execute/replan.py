"""Replanning after a task has failed for good: somebody else who takes that kind of task tries it, or nobody.

What nobody else can do stays in the plan as failed, and what depends on it as not begun: dropped, it would be missing
when a person has mended the cause and resumes the run.
"""

from __future__ import annotations

from collections.abc import Collection

from genesis.agents.registry import Registry
from genesis.execute.log import Ended
from genesis.plan.plan import Edit
from genesis.route.routed import RoutedPlan

OURS = frozenset({"BUDGET_EXCEEDED", "HOME_IN_USE", "PORT_IN_USE", "STORAGE_FAILED"})
"""Codes of what stands in everybody's way."""


def instead(routed: RoutedPlan, entry: Ended, tried: Collection[str], registry: Registry) -> Edit | None:
    """The edit that gives a failed task to another agent, or None. `tried`: who has failed at it before.

    The runner-up comes first, then others, by name; each must take the task's own type: the nearest kind of work is no
    substitute. A refusal is everybody's, and who asked one agent did not ask another.
    """
    task, choice, error = routed.plan.by_id[entry.task], routed.by_task[entry.task], entry.error
    if error is None or error.category == "security" or error.code in OURS or routed.plan.objective.agent is not None:
        return None
    takers = registry.task_types.get(task.type or "", {})
    out = {entry.agent, *tried}
    order = sorted(takers, key=lambda name: (name != choice.runner_up, name))
    other = next((name for name in order if name not in out and not takers[name].effects), None)
    if other is None:
        return None
    place = "was the runner-up" if other == choice.runner_up else "is the next who is left"
    return Edit(
        reason=f"{entry.agent} failed ({error.message.rstrip('. ')}); {other} tries instead, because it takes "
        f"{task.type} tasks too and {place}",
        replace=(task.model_copy(update={"agent": other}),),
    )
