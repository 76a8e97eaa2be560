"""`vet(routed, registry)`: is the plan sound, complete and affordable, and if not, which edit would mend it."""

from __future__ import annotations

from genesis.agents.registry import Registry
from genesis.plan.evidence import Reader
from genesis.route.routed import RoutedPlan
from genesis.vet.sense import doubts, read_goals, repeated, scores
from genesis.vet.structure import structural
from genesis.vet.vetting import Vetting


def vet(routed: RoutedPlan, registry: Registry, *, reader: Reader | None = None) -> Vetting:
    """Findings about a plan; those that block are sure, doubts are medium or lower.

    Structure is always checked. With a `reader` (the planner's index) the words are too: whether each task is at the
    right agent, and whether a clause of the objective is left out. Fewer tasks never make a better score.
    """
    findings = [*structural(routed, registry), *repeated(routed)]
    scored: dict[str, float] = {}
    if reader is not None:
        chances = read_goals(routed, reader)
        scored = scores(routed, chances)
        findings.extend(doubts(routed, reader, chances))
    return Vetting(findings=tuple(findings), scores=scored)
