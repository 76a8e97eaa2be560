"""`route(plan, registry)`: who does each task, why, and who would have been next."""

from __future__ import annotations

from genesis.agents.registry import Registry
from genesis.plan.plan import Plan
from genesis.route.routed import Choice, RoutedPlan


def route(plan: Plan, registry: Registry) -> RoutedPlan:
    """Every atomic task to the agent that was proposed, else to one that takes its type."""
    choices: list[Choice] = []
    unassigned: dict[str, str] = {}
    for task in plan.tasks:
        if task.type is None:
            continue
        takers = list(registry.task_types.get(task.type, {}))
        if not takers:
            unassigned[task.id] = f"no agent takes tasks of type {task.type!r}"
            continue
        agent = task.agent if task.agent in takers else takers[0]
        others = [name for name in takers if name != agent]
        choices.append(
            Choice(
                task=task.id,
                agent=agent,
                type=task.type,
                reason=f"{agent} takes tasks of type {task.type}",
                score=1.0,
                terms={"type": 1.0},
                runner_up=others[0] if others else None,
                cost_usd=registry.get(agent).card.cost_usd,
            )
        )
    return RoutedPlan(plan=plan, choices=tuple(choices), unassigned=unassigned)
