"""What a report holds. Two pages, not twenty: the whole truth is in the results that it was made from."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from genesis.execute.run import Failure, Revision, RunStatus, TaskStatus
from genesis.finding import Artifact, Fact, Finding, NotDone, Severity
from genesis.frozen import Frozen
from genesis.objective import Level, Trust
from genesis.security.provenance import Origin


class TaskReport(Frozen):
    """One task: who did it, why they, what came out. `summary` is the agent's sentence, or why there is none. `trust`:
    the lowest label of what went into it, `origins` what that was; None and empty until it is done."""

    id: str
    goal: str
    type: str | None
    agent: str | None
    depends_on: tuple[str, ...]
    status: TaskStatus
    level: Level | None
    attempts: int
    seconds: float
    summary: str
    facts: tuple[Fact, ...] = ()
    reason: str | None = None
    runner_up: str | None = None
    cost_usd: float | None = 0.0
    error: Failure | None = None
    trust: Trust | None = None
    origins: tuple[Origin, ...] = ()


class ReportedArtifact(Frozen):
    """A file, and the task that made it."""

    task: str
    artifact: Artifact


class RunReport(Frozen):
    """`answer` is one sentence. `top` are the findings that matter most (at most five, of several kinds if there are),
    `findings` all of them, worst first. `level` is the lowest of all tasks'. `cost_usd` is None when a price is
    unknown.
    """

    run_id: str
    correlation_id: str
    objective: str
    workspace: str | None
    status: RunStatus
    answer: str
    level: Level | None
    confidence: Annotated[float, Field(ge=0, le=1)] | None
    seconds: float | None
    cost_usd: float | None
    top: tuple[Finding, ...] = ()
    findings: tuple[Finding, ...] = ()
    counts: dict[Severity, int] = Field(default_factory=dict)
    not_looked_at: tuple[NotDone, ...] = ()
    next_steps: tuple[str, ...] = ()
    tasks: tuple[TaskReport, ...] = ()
    artifacts: tuple[ReportedArtifact, ...] = ()
    vetting: tuple[Finding, ...] = ()
    revisions: tuple[Revision, ...] = ()
    error: Failure | None = None

    @property
    def outside(self) -> str:
        """Which tasks were made from material that is not the user's word, by its label, in one sentence; or ""."""
        by: dict[str, list[str]] = {}
        for task in self.tasks:
            for trust in dict.fromkeys(
                one.trust for one in task.origins if one.trust not in ("tool", "system", "user")
            ):
                by.setdefault(trust, []).append(task.id)
        return "; ".join(f"{_WORDS.get(trust, trust)} into {_few(names)}" for trust, names in by.items())


_WORDS = {"file": "files", "web": "what addresses answered", "agent": "words of other agents", "memory": "memory"}


def _few(names: list[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
