"""The plan: an immutable tree of tasks; an edit makes a new revision.

Structure is checked at every construction (`Plan` cannot exist unsound): known tasks, edges among siblings, no cycle,
limits. All checks are iterative and linear in tasks + edges, so that a chain of 10,000 is as safe as one of ten.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, model_validator

from genesis.errors import Category, PlanInvalid
from genesis.frozen import Frozen
from genesis.objective import Level, Limits, Objective

EDGES_PER_TASK = 100
"""On average: a limit for what only an attack sends. Work that comes together at one task may have many more there."""
CYCLE_SHOWN = 12

TaskId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,127}$")]


class Task(Frozen):
    """One unit of a plan.

    A composite is a parent of others and has no `type`; it is done when its children are. `depends_on` names siblings
    (tasks with the same parent). `agent` is the planner's proposal, which routing may overrule.
    """

    id: TaskId
    goal: Annotated[str, Field(min_length=1, max_length=4000)]
    type: str | None = None
    agent: str | None = None
    depends_on: tuple[TaskId, ...] = ()
    parent: TaskId | None = None

    @property
    def composite(self) -> bool:
        return self.type is None


class Refusal(Frozen):
    """Why there is no plan: nothing in the fleet does this, or it should not be done."""

    category: Category
    message: str


class Plan(Frozen):
    """Tasks in order of their making. Exactly one of `tasks`, `question`, `refusal` says what comes next.

    `confidence` is the calibrated chance that the set of agents is right, in [0, 1] (docs/planning.md).
    Raises `PlanInvalid`, naming the tasks.
    """

    objective: Objective
    level: Level
    confidence: Annotated[float, Field(ge=0, le=1)]
    tasks: tuple[Task, ...] = ()
    revision: Annotated[int, Field(ge=1)] = 1
    question: str | None = None
    refusal: Refusal | None = None
    reason: str = ""

    @model_validator(mode="after")
    def _sound(self) -> Plan:
        if (bool(self.tasks), self.question is not None, self.refusal is not None).count(True) != 1:
            raise PlanInvalid("a plan has either tasks, or a question, or a refusal")
        check_structure(self.tasks, self.objective.limits)
        return self

    @cached_property
    def by_id(self) -> dict[str, Task]:
        return {task.id: task for task in self.tasks}

    @cached_property
    def children(self) -> dict[str | None, tuple[Task, ...]]:
        """Tasks by parent (None: the top)."""
        found: dict[str | None, list[Task]] = {}
        for task in self.tasks:
            found.setdefault(task.parent, []).append(task)
        return {parent: tuple(tasks) for parent, tasks in found.items()}


class Edit(Frozen):
    """A change of a plan: `drop` removes tasks (with what is under them), `add` brings new ones,
    `replace` puts another task of the same id in place."""

    kind: Literal["edit"] = "edit"
    reason: str
    add: tuple[Task, ...] = ()
    drop: tuple[TaskId, ...] = ()
    replace: tuple[Task, ...] = ()


def apply(plan: Plan, edit: Edit, *, finished: Iterable[str] = ()) -> Plan:
    """The next revision of `plan`.

    Raises `PlanInvalid` when the edit touches a finished task (they are immutable), names an unknown one, or leaves
    an unsound plan; `plan` itself is untouched either way.
    """
    done = set(finished)
    known = plan.by_id
    for name in (*edit.drop, *(task.id for task in edit.replace)):
        if name not in known:
            raise PlanInvalid(f"the edit names task {name!r}, which is not in the plan")
        if name in done:
            raise PlanInvalid(f"the edit touches task {name!r}, which is finished")
    gone = set(edit.drop)
    for task in plan.tasks:  # parents stand before their children, so one pass sees whole subtrees
        if task.parent in gone:
            gone.add(task.id)
    if gone & done:
        raise PlanInvalid(f"the edit drops task {min(gone & done)!r}, which is finished")
    replaced = {task.id: task for task in edit.replace}
    kept: list[Task] = []
    for task in plan.tasks:
        if task.id in gone:
            continue
        task = replaced.get(task.id, task)
        if gone.intersection(task.depends_on):
            task = task.model_copy(update={"depends_on": tuple(d for d in task.depends_on if d not in gone)})
        kept.append(task)
    return plan.model_copy(update={}).model_validate(
        {
            **{name: getattr(plan, name) for name in type(plan).model_fields},
            "tasks": (*kept, *edit.add),
            "revision": plan.revision + 1,
        }
    )


def check_structure(tasks: tuple[Task, ...], limits: Limits) -> None:
    """Raises `PlanInvalid` for the first rule that the tasks break; a cycle is named with its path.

    Counts come first, so that an over-large plan costs no walk; then names, then edges, then their order.
    """
    if len(tasks) > limits.tasks:
        raise PlanInvalid(f"the plan has {len(tasks):,} tasks; the limit is {limits.tasks:,}")
    edges = sum(len(task.depends_on) for task in tasks)
    if edges > limits.tasks * EDGES_PER_TASK:
        raise PlanInvalid(f"the plan has {edges:,} edges; the limit is {limits.tasks * EDGES_PER_TASK:,}")
    by_id: dict[str, Task] = {}
    nesting: dict[str, int] = {}
    children: dict[str, int] = {}
    for task in tasks:
        name, above = task.id, task.parent
        if name in by_id:
            raise PlanInvalid(f"task id {name!r} is used twice")
        if above is None:
            nesting[name] = 1
        else:
            parent = by_id.get(above)
            if parent is None:
                raise PlanInvalid(f"task {name!r} has parent {above!r}, which does not stand before it")
            if not parent.composite:
                raise PlanInvalid(f"task {name!r} has parent {above!r}, which is not a composite")
            nesting[name] = nesting[above] + 1
            children[above] = children.get(above, 0) + 1
            if nesting[name] > limits.nesting:
                raise PlanInvalid(f"task {name!r} is nested {nesting[name]} deep; the limit is {limits.nesting}")
            if children[above] > limits.children:
                raise PlanInvalid(f"task {above!r} has more than {limits.children} children")
        by_id[name] = task
    _check_order(tasks, by_id)


def _check_order(tasks: tuple[Task, ...], by_id: dict[str, Task]) -> None:
    parents = {task.id: task.parent for task in tasks}
    nested = any(parent is not None for parent in parents.values())
    after: dict[str, list[str]] = {name: [] for name in by_id}
    waiting: dict[str, int] = {}
    ready: list[str] = []
    for task in tasks:
        name, before, parent = task.id, task.depends_on, task.parent
        waiting[name] = len(before)
        if not before:
            ready.append(name)
            continue
        if len(before) > 1 and len(set(before)) != len(before):
            raise PlanInvalid(f"task {name!r} names a predecessor twice")
        if name in before:
            raise PlanInvalid(f"task {name!r} depends on itself")
        try:
            for other in before:
                after[other].append(name)
        except KeyError:
            raise PlanInvalid(f"task {name!r} depends on {other!r}, which is not in the plan") from None
        if nested and (strange := [other for other in before if parents[other] != parent]):
            raise PlanInvalid(f"task {name!r} depends on {strange[0]!r}, which is not its sibling")
    seen = 0
    while ready:
        seen += 1
        for name in after[ready.pop()]:
            waiting[name] -= 1
            if not waiting[name]:
                ready.append(name)
    if seen != len(tasks):
        raise PlanInvalid(f"the plan has a cycle: {_cycle(by_id, waiting)}")


def _cycle(by_id: dict[str, Task], waiting: dict[str, int]) -> str:
    """One cycle: walking back from any task that still waits must meet itself."""
    name = next(name for name, count in waiting.items() if count > 0)
    place: dict[str, int] = {}
    walk: list[str] = []
    while name not in place:
        place[name] = len(walk)
        walk.append(name)
        name = next(before for before in by_id[name].depends_on if waiting[before] > 0)
    path = [name, *reversed(walk[place[name] :])]
    if len(path) > CYCLE_SHOWN:
        path[CYCLE_SHOWN - 1 : -1] = [f"({len(path) - CYCLE_SHOWN:,} more)"]
    return " -> ".join(path)
