"""A plan from outside: `{"plan": ...}` to POST /plan. Everything that is wrong with it is said with its place."""

from __future__ import annotations

from pydantic import ValidationError

from genesis.errors import PlanInvalid
from genesis.frozen import JsonValue
from genesis.objective import Limits, Objective
from genesis.plan.plan import Plan, Task

_FIELDS = ("id", "goal", "type", "agent", "depends_on", "parent")


def parse_plan(json: JsonValue, *, limits: Limits | None = None) -> Plan:
    """The plan in `json`: `{"objective": text, "tasks": [{"id", "goal", "type", "agent"?, "depends_on"?, "parent"?}]}`.

    What `genesis plan --json` prints is taken too; the fields that only report are ignored. The workspace, the budget
    and the limits come from the caller, never from the JSON. Raises `PlanInvalid` (too many tasks, a cycle, a field
    that is missing or wrong) or `ObjectiveInvalid`.
    """
    limits = limits or Limits()
    if not isinstance(json, dict):
        raise PlanInvalid("plan: must be an object with `objective` and `tasks`")
    rows = json.get("tasks")
    if not isinstance(rows, list) or not rows:
        raise PlanInvalid("plan.tasks: must be a list with at least one task")
    if len(rows) > limits.tasks:
        raise PlanInvalid(f"plan.tasks: the plan has {len(rows):,} tasks; the limit is {limits.tasks:,}")
    tasks: list[Task] = []
    for at, row in enumerate(rows):
        if not isinstance(row, dict):
            raise PlanInvalid(f"plan.tasks.{at}: must be an object with `id`, `goal` and `type`")
        try:
            tasks.append(Task.model_validate({key: row[key] for key in _FIELDS if key in row}))
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            raise PlanInvalid(f"plan.tasks.{at}.{field}: {first['msg']}") from error
    text = json.get("objective")
    objective = Objective(text=text if isinstance(text, str) else "; ".join(task.goal for task in tasks)[:2000])
    return Plan(
        objective=objective.model_copy(update={"limits": limits}),
        level="heuristic",
        confidence=1.0,
        tasks=tuple(tasks),
        reason="the caller gave this plan",
    )
