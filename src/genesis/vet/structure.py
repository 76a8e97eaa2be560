"""What is surely wrong with a plan: unknown agents, missing needs, no money, no permission. Linear, no recursion."""

from __future__ import annotations

from collections.abc import Iterator

from genesis.agents.registry import Registry
from genesis.finding import Finding
from genesis.plan.plan import Plan
from genesis.route.routed import RoutedPlan

WORKSPACE = "workspace"


def structural(routed: RoutedPlan, registry: Registry) -> Iterator[Finding]:
    """Every structural fault; each blocks, save the notes on approval. (That tasks and edges are sound and within
    limits, `Plan` itself sees to.)"""
    yield from _nobody(routed, registry)
    yield from _needs(routed, registry)
    yield from _budget(routed)
    for choice in routed.choices:
        objective = routed.plan.objective
        if choice.agent in registry and registry.effects(choice.agent, choice.type, objective.asks_for):
            waits = "" if registry.granted(choice.agent, choice.type, objective) else "; it will wait for approval"
            yield Finding(
                kind="approval",
                severity="info",
                task=choice.task,
                agent=choice.agent,
                message=f"task {choice.task} ({choice.agent}.{choice.type}) changes something outside{waits}",
            )


def _nobody(routed: RoutedPlan, registry: Registry) -> Iterator[Finding]:
    for task, reason in routed.unassigned.items():
        yield Finding(
            kind="unsolvable",
            severity="high",
            task=task,
            message=f"task {task}: {reason}",
            edit=f"replan: drop {task}, or give it a type that an agent takes",
        )
    for one in routed.plan.tasks:
        if one.agent is not None and one.agent not in registry:
            choice = routed.by_task.get(one.id)
            instead = f"replace {one.id}: agent {choice.agent}" if choice else f"drop {one.id}"
            yield Finding(
                kind="unknown_agent",
                severity="high",
                task=one.id,
                message=f"task {one.id} names agent {one.agent!r}, which is not here; "
                f"there are {', '.join(registry.agents)}",
                edit=instead,
            )


def _needs(routed: RoutedPlan, registry: Registry) -> Iterator[Finding]:
    """A task's needs come from the workspace or from tasks before it, directly or not."""
    plan = routed.plan
    has = frozenset({WORKSPACE}) if plan.objective.workspace is not None else frozenset()
    carried: dict[str, frozenset[str]] = {}
    for name in in_order(plan):
        task = plan.by_id[name]
        before = has
        for other in task.depends_on:
            before |= carried[other]
        if task.parent is not None:
            before |= carried[task.parent]
        choice = routed.by_task.get(name)
        kind = registry.get(choice.agent).card.task_type(choice.type) if choice else None
        if kind is not None and choice is not None:
            missing = [need for need in kind.needs if before.isdisjoint(need.split("|"))]
            if missing:
                yield _missing(name, f"{choice.agent}.{choice.type}", missing, registry)
            before |= frozenset(kind.gives)
        carried[name] = before


def _missing(task: str, kind: str, missing: list[str], registry: Registry) -> Finding:
    wanted = [word for need in missing for word in need.split("|")]
    givers = sorted({card.name for card in registry for one in card.task_types if set(one.gives) & set(wanted)})
    ways = ["give a workspace"] if WORKSPACE in wanted else []
    if givers:
        ways.append(f"add before {task} a task of {' or '.join(givers)}")
    return Finding(
        kind="needs_missing",
        severity="high",
        task=task,
        message=f"task {task} ({kind}) needs {' and '.join(need.replace('|', ' or ') for need in missing)}; "
        "neither the objective nor a task before it gives that",
        edit="; or ".join(ways) or f"drop {task}",
    )


def _budget(routed: RoutedPlan) -> Iterator[Finding]:
    budget = routed.plan.objective.budget_usd
    total = sum(choice.cost_usd for choice in routed.choices)
    if budget is not None and total > budget:
        dear = max(routed.choices, key=lambda choice: choice.cost_usd)
        yield Finding(
            kind="over_budget",
            severity="high",
            message=f"the plan costs {total:.2f} USD; the budget is {budget:.2f} USD",
            edit=f"raise the budget to {total:.2f} USD, or drop {dear.task} ({dear.agent}, {dear.cost_usd:.2f} USD)",
        )


def in_order(plan: Plan) -> Iterator[str]:
    """Task ids such that predecessors and parents come before; linear, without recursion."""
    waiting: dict[str, int] = {}
    after: dict[str, list[str]] = {}
    for task in plan.tasks:
        before = task.depends_on if task.parent is None else (*task.depends_on, task.parent)
        waiting[task.id] = len(before)
        for other in before:
            after.setdefault(other, []).append(task.id)
    ready = [name for name, count in waiting.items() if count == 0]
    while ready:
        name = ready.pop()
        yield name
        for other in after.get(name, ()):
            waiting[other] -= 1
            if waiting[other] == 0:
                ready.append(other)
