"""What an agent is given and what it hands back."""

from __future__ import annotations

from pydantic import Field

from genesis.finding import Artifact, Fact, Finding, NotDone
from genesis.frozen import Frozen, JsonValue
from genesis.objective import Level, Permission, Trust


class Assignment(Frozen):
    """A task as its agent sees it.

    `inputs` holds what the tasks before it gave, by product name (agents.card.PRODUCTS): the `outputs` of their
    results merged, later tasks winning. `artifacts` are the files that they made. `permissions`: effects that were
    asked for and approved.
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

    @property
    def key(self) -> str:
        """The attempt's idempotency key."""
        return f"{self.run_id}/{self.task_id}#{self.attempt}"


class Result(Frozen):
    """What came out of an attempt.

    `summary`: one sentence that answers the task's goal. `facts`: every factual claim with its sources. `findings`:
    what somebody should act on. `not_done`: what was not looked at or could not be done, naming what is missing.
    `outputs`: by product name, small JSON for the tasks that follow; a product that judges says `"verdict": "unknown"`
    when it could not. `level`: how it was made. `trust`: whose word it is; `agent` for what a remote agent said.
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
