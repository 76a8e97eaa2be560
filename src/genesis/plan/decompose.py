"""`plan(objective, catalog)`: the highest level that works."""

from __future__ import annotations

from genesis.objective import Objective
from genesis.plan.catalog import Catalog
from genesis.plan.heuristic import plan_by_heuristics
from genesis.plan.minimal import plan_minimally
from genesis.plan.plan import Plan, Task
from genesis.plan.recall import plan_by_examples


def plan(objective: Objective, catalog: Catalog) -> Plan:
    """A plan, a question or a refusal, with its reason. Raises `NotFound` when the objective names an unknown agent."""
    if objective.agent is not None or objective.task_type is not None:
        return _as_told(objective, catalog)
    reader = catalog.reader
    if not reader.speaks and not catalog.examples:
        return plan_minimally(objective, catalog)
    try:
        return (plan_by_heuristics if reader.speaks else plan_by_examples)(objective, reader)
    except (ArithmeticError, LookupError, ValueError) as error:
        # A bug, but one that must not stop the person: the level says that less was done, the reason says why.
        lower = plan_minimally(objective, catalog)
        return lower.model_copy(
            update={"reason": f"the heuristic planner failed ({type(error).__name__}); {lower.reason}"}
        )


def _as_told(objective: Objective, catalog: Catalog) -> Plan:
    """One task, straight to the agent that the caller named: nothing is guessed, so confidence is 1."""
    entry = catalog.choose(objective.agent, objective.task_type)
    return Plan(
        objective=objective,
        level="heuristic",
        confidence=1.0,
        tasks=(Task(id="t1", goal=objective.text[:4000], type=entry.type, agent=entry.agent),),
        reason=f"the caller named {entry.name}",
    )
