"""What an agent is given and what it hands back."""

from __future__ import annotations

from pydantic import Field

from genesis.finding import Artifact, Fact, Finding, NotDone
from genesis.frozen import Frozen, JsonValue
from genesis.objective import Level, Permission, Trust
from genesis.security.provenance import USER, Origin


class Assignment(Frozen):
    """A task as its agent sees it.

    `inputs` holds what the tasks before it gave, by product name (agents.card.PRODUCTS): the `outputs` of their
    results merged, later tasks winning. `artifacts` are the files that they made. `permissions`: effects that were
    asked for and approved; `effects`: the plan says that this task changes something outside, and that was approved.
    `labels`: whose word each input is, by product name; `goal_label`: the goal's (an agent may have written it),
    `objective_label`: the objective's.
    """

    run_id: str
    task_id: str
    attempt: int
    goal: str
    type: str
    objective: str
    inputs: dict[str, JsonValue] = Field(default_factory=dict)
    artifacts: tuple[Artifact, ...] = ()
    permissions: tuple[Permission, ...] = ()
    effects: bool = False
    labels: dict[str, Origin] = Field(default_factory=dict)
    goal_label: Origin = USER
    objective_label: Origin = USER

    @property
    def key(self) -> str:
        """The attempt's idempotency key."""
        return f"{self.run_id}/{self.task_id}#{self.attempt}"


class Result(Frozen):
    """What came out of an attempt.

    `summary`: one sentence that answers the task's goal. `facts`: every factual claim with its sources. `findings`:
    what somebody should act on. `not_done`: what was not looked at or could not be done, naming what is missing.
    `outputs`: by product name, small JSON for the tasks that follow; a product that judges says `"verdict": "unknown"`
    when it could not. `level`: how it was made. `trust`: whose word it is; `agent` for what a remote agent said. The
    engine lowers it to the label of what the task was given or read, and says in `origins` what that was.
    """

    summary: str
    level: Level = "heuristic"
    facts: tuple[Fact, ...] = ()
    findings: tuple[Finding, ...] = ()
    not_done: tuple[NotDone, ...] = ()
    next_steps: tuple[str, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    outputs: dict[str, JsonValue] = Field(default_factory=dict)
    cost_usd: float | None = 0.0
    trust: Trust = "tool"
    origins: tuple[Origin, ...] = ()
