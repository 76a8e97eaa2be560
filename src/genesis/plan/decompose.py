"""`plan(objective, catalog)`: the highest level that works."""

from __future__ import annotations

from collections.abc import Sequence

from genesis.objective import Objective
from genesis.plan.catalog import Catalog
from genesis.plan.heuristic import plan_by_heuristics
from genesis.plan.minimal import plan_minimally
from genesis.plan.plan import Plan, Task
from genesis.plan.recall import plan_by_examples
from genesis.plan.text import tokens


def plan(objective: Objective, catalog: Catalog, files: Sequence[str] = ()) -> Plan:
    """A plan, a question or a refusal, with its reason. `files`: names of files that came with the objective.

    Raises `NotFound` when the objective names an unknown agent."""
    if objective.agent is not None or objective.task_type is not None:
        return _as_told(objective, catalog)
    reader = catalog.reader
    if not reader.speaks and not catalog.examples:
        return plan_minimally(objective, catalog)
    try:
        if not reader.speaks:
            return plan_by_examples(objective, reader)
        return plan_by_heuristics(objective, reader, telling(files))
    except (ArithmeticError, LookupError, ValueError) as error:
        # A bug, but one that must not stop the person: the level says that less was done, the reason says why.
        lower = plan_minimally(objective, catalog)
        return lower.model_copy(
            update={"reason": f"the heuristic planner failed ({type(error).__name__}); {lower.reason}"}
        )


def telling(files: Sequence[str]) -> tuple[str, ...]:
    """What a question can be about: the first names of data; of documents only that there are some, for "api.rst" would
    be read as a wish for an API. Source files tell of no request.

    >>> telling(["setup.py", "sales.csv", "src/a.py", "faq.md"])
    ('sales.csv', 'in the documents')
    """
    kinds = {name: {word.stem for word in tokens(name)} for name in files}
    data = [name for name, found in kinds.items() if "datafile" in found][:3]
    documents = any("docfile" in found for found in kinds.values())
    return (*data, "in the documents") if documents else tuple(data)


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
