"""How a run looks from outside: the JSON of `GET /task/{id}`. Machines rely on it; fields are added, never changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from pydantic import BaseModel

from genesis.agents.registry import Registry
from genesis.execute.run import TERMINAL, Failure, Revision, Run, RunStatus, RunSummary, TaskStatus
from genesis.finding import Artifact
from genesis.objective import Level, lowest
from genesis.report.build import report
from genesis.security.gate import Ask


class TaskRow(BaseModel):
    """One task of the plan."""

    id: str
    goal: str
    agent: str | None
    type: str | None
    depends_on: list[str]
    status: TaskStatus
    level: Level | None
    attempts: int
    seconds: float
    error: Failure | None = None


class ArtifactRow(BaseModel):
    """A file to be fetched; `task` made it."""

    name: str
    media_type: str
    url: str
    task: str
    size: int
    sha256: str


class ErrorRow(Failure):
    """Why a run failed."""

    correlation_id: str


class RunRow(BaseModel):
    """A run in a list."""

    task_id: str
    status: RunStatus
    correlation_id: str
    description: str
    created: str
    finished: str | None = None


class RunView(RunRow):
    """A run, whole. `level` and `cost_usd` may be null: nothing is done yet, a price is not known."""

    level: Level | None
    summary: str
    cost_usd: float | None
    error: ErrorRow | None = None
    tasks: list[TaskRow]
    artifacts: list[ArtifactRow]
    question: str | None = None
    waiting_for: list[str] | None = None
    asks: list[Ask] | None = None
    revisions: list[Revision] | None = None
    links: dict[str, str]


def run_view(run: Run, registry: Registry) -> dict[str, object]:
    """The run as plain JSON. Optional keys are absent when there is nothing to say, never null; but `level` and
    `cost_usd`, whose null means something."""
    view = RunView(
        task_id=run.id,
        status=run.status,
        level=level(run),
        correlation_id=run.correlation_id,
        description=run.objective.text,
        created=utc(run.created),
        finished=None if run.finished is None else utc(run.finished),
        summary=summary(run, registry),
        cost_usd=cost_usd(run),
        error=None if run.error is None else ErrorRow(**run.error.model_dump(), correlation_id=run.correlation_id),
        tasks=[
            TaskRow(
                id=task.id,
                goal=task.goal,
                agent=task.agent,
                type=task.type,
                depends_on=list(task.depends_on),
                status=task.status,
                level=task.level,
                attempts=task.attempts,
                seconds=round(task.seconds, 3),
                error=task.error,
            )
            for task in run.tasks
        ],
        artifacts=[
            ArtifactRow(
                name=artifact.name,
                media_type=artifact.media_type,
                url=artifact_path(run.id, task, artifact),
                task=task,
                size=artifact.size,
                sha256=artifact.sha256,
            )
            for task, artifact in artifacts(run)
        ],
        question=run.question,
        waiting_for=list(run.waiting_for) or None,
        asks=list(run.asks) or None,
        revisions=list(run.revisions) or None,
        links=links(run.id),
    )
    body = view.model_dump(mode="json", exclude_none=True)
    # A task's keys are all there, so that a table of them has its columns; only an error is there or not.
    rows = [row.model_dump(mode="json", exclude={"error"} if row.error is None else None) for row in view.tasks]
    return {**body, "level": view.level, "cost_usd": view.cost_usd, "tasks": rows}


def run_row(run: RunSummary) -> dict[str, object]:
    """The run as an element of a list."""
    row = RunRow(
        task_id=run.id,
        status=run.status,
        correlation_id=run.correlation_id,
        description=run.objective,
        created=utc(run.created),
        finished=None if run.finished is None else utc(run.finished),
    )
    return row.model_dump(mode="json", exclude_none=True)


def links(run_id: str) -> dict[str, str]:
    """Where a client goes next."""
    here = f"/task/{run_id}"
    return {"self": here, "events": f"{here}/events", "report": f"{here}/report"}


def artifacts(run: Run) -> Iterator[tuple[str, Artifact]]:
    """Every artifact with the task that made it, in the plan's order."""
    order = {task.id: place for place, task in enumerate(run.tasks)}
    for task in sorted(run.results, key=lambda name: (order.get(name, len(order)), name)):
        for artifact in run.results[task].artifacts:
            yield task, artifact


def artifact_path(run_id: str, task: str, artifact: Artifact) -> str:
    """Names the task too: two tasks may well make a file of one name."""
    return f"/task/{run_id}/artifacts/{artifact.name}?task={task}"


def summary(run: Run, registry: Registry) -> str:
    """One sentence: the report's answer when the run has ended; before that, how far it is."""
    if run.status in TERMINAL:
        return report(run, registry).answer
    if run.question is not None:
        return run.question
    if run.waiting_for:
        why = "".join(f"; {ask}" for ask in run.asks[:5])
        return f"waits for approval of {', '.join(run.waiting_for)}{why}"
    done = sum(task.status == "done" for task in run.tasks)
    return f"{done} of {len(run.tasks)} tasks done" if run.tasks else "being planned"


def level(run: Run) -> Level | None:
    """The level that the run may claim (its plan's included), or None while nothing is done."""
    if not run.results or run.prepared is None:
        return None
    return lowest([run.prepared.routed.plan.level, *(result.level for result in run.results.values())])


def cost_usd(run: Run) -> float | None:
    """What the run cost; None when the price of a part is unknown."""
    costs = [result.cost_usd for result in run.results.values()]
    return None if any(cost is None for cost in costs) else round(sum(cost or 0.0 for cost in costs), 6)


def utc(seconds: float) -> str:
    """RFC 3339, UTC, milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
