"""`vet(routed, registry)`: is the plan sound, complete and affordable, and if not, which edit would mend it."""

from __future__ import annotations

from genesis.agents.registry import Registry
from genesis.finding import Finding
from genesis.route.routed import RoutedPlan
from genesis.vet.vetting import Vetting


def vet(routed: RoutedPlan, registry: Registry) -> Vetting:
    """Findings about a plan; those that block are sure, doubts are medium or lower."""
    findings = [
        Finding(kind="unsolvable", severity="high", task=task, message=f"task {task}: {reason}", edit=f"drop {task}")
        for task, reason in routed.unassigned.items()
    ]
    for choice in routed.choices:
        task_type = registry.get(choice.agent).card.task_type(choice.type)
        if task_type and task_type.effects:
            message = f"task {choice.task} ({choice.agent}) changes something outside; it will wait for approval"
            findings.append(Finding(kind="approval", severity="info", task=choice.task, message=message))
    return Vetting(findings=tuple(findings))
