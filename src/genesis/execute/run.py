"""A run: one durable execution of an objective, as the log tells it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from genesis.agents.result import Result
from genesis.errors import Category
from genesis.execute.prepare import Prepared
from genesis.frozen import Frozen, JsonValue
from genesis.objective import Level, Objective
from genesis.plan.plan import Edit
from genesis.security.edge.principal import LOCAL, Owner
from genesis.security.gate import Ask

RunStatus = Literal["submitted", "working", "input_required", "completed", "failed", "canceled", "rejected"]
TERMINAL: frozenset[RunStatus] = frozenset({"completed", "failed", "canceled", "rejected"})
TaskStatus = Literal["pending", "running", "waiting", "done", "failed", "canceled", "skipped"]


class Failure(Frozen):
    """What clients may know of an error (errors.GenesisError, without the correlation id)."""

    code: str
    category: Category
    message: str


class Outcome(Frozen):
    """How an attempt ended: the entry of the log. Exactly one of `result` and `error` is set.

    `edit`: a change of the plan that comes with it (the expansion of a composite, a replan), vetted before it is
    applied.
    """

    task: str
    attempt: Annotated[int, Field(ge=1)]
    agent: str
    result: Result | None = None
    error: Failure | None = None
    edit: Edit | None = None
    seconds: Annotated[float, Field(ge=0)] = 0.0


class TaskState(Frozen):
    """Where a task of a run stands. `level` is None until it is done. `error`: how its last attempt failed, or why a
    skipped one was not begun."""

    id: str
    goal: str
    type: str | None
    agent: str | None
    depends_on: tuple[str, ...]
    parent: str | None
    status: TaskStatus
    level: Level | None = None
    attempts: int = 0
    seconds: float = 0.0
    error: Failure | None = None


class Revision(Frozen):
    """A change of the plan while it was being done. `task`: whose end brought it. `diff`: a line for each task that
    came (`+ id: ...`), went (`- id`) or became another (`~ id: agent qa -> other`)."""

    number: Annotated[int, Field(ge=2)]
    at: float
    task: str
    reason: str
    diff: tuple[str, ...]


class Run(Frozen):
    """Everything that is known of a run. `prepared` is None until it has been planned. `asks`: the values that tasks of
    `waiting_for` wait to be told of."""

    id: str
    owner: Owner = LOCAL
    correlation_id: str
    status: RunStatus
    objective: Objective
    created: float
    finished: float | None = None
    prepared: Prepared | None = None
    tasks: tuple[TaskState, ...] = ()
    results: dict[str, Result] = Field(default_factory=dict)
    error: Failure | None = None
    question: str | None = None
    waiting_for: tuple[str, ...] = ()
    asks: tuple[Ask, ...] = ()
    revisions: tuple[Revision, ...] = ()


class RunSummary(Frozen):
    """A run as a list shows it."""

    id: str
    correlation_id: str
    status: RunStatus
    objective: str
    created: float
    finished: float | None = None


class Event(Frozen):
    """Something that happened in a run, in order: `seq` counts from 1 and never changes, so a reader can come back.

    `kind`: run (data: status), plan (data: tasks, and the revisions since the last one),
    task (data: one TaskState), note (data: text).
    """

    run: str
    seq: Annotated[int, Field(ge=1)]
    at: float
    kind: Literal["run", "plan", "task", "note"]
    data: dict[str, JsonValue]
