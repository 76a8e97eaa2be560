"""One attempt of a task: what its agent is handed, its time limit, and what became of it."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from genesis.agents.registry import Registry
from genesis.agents.result import Assignment, Result
from genesis.agents.toolbox import ArtifactStore, Toolbox
from genesis.clock import Clock
from genesis.errors import DeadlineExceeded, PlanInvalid, RequestInvalid, classify
from genesis.execute.log import Ended
from genesis.execute.scratch import Scratch
from genesis.execute.state import State, failure
from genesis.faults import fault
from genesis.finding import Artifact
from genesis.frozen import JsonValue
from genesis.plan.plan import Edit
from genesis.security.redact.redactor import Redactor
from genesis.security.workspace import Workspace
from genesis.telemetry import correlation
from genesis.telemetry.metrics import Metrics

MAX_RESULT_BYTES = 10_000_000

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Attempts:
    """Runs attempts of one run. `owned`: asks the engine whether this process still owns the run; raises if not."""

    run_id: str
    correlation_id: str
    state: State
    registry: Registry
    store: ArtifactStore
    scratch: Scratch
    outbox: Path | None
    clock: Clock
    random: random.Random
    owned: Callable[[], Awaitable[None]]
    metrics: Metrics
    redactor: Redactor

    async def run(self, name: str, number: int) -> Ended:
        """Attempt `number` of task `name`. An error of any kind comes back in the entry.

        An agent changes the plan by an `Edit` as JSON under `outputs["edit"]`: agents stand below plans and cannot
        name the type.
        """
        graph = self.state.graph
        i = graph.index[name]
        choice, effects, objective = self.state.choice(i), graph.effects[i], self.state.objective
        kind = self.registry.get(choice.agent).card.task_type(choice.type) if choice.agent in self.registry else None
        inputs, artifacts = _inputs(self.state, i)
        assignment = Assignment(
            run_id=self.run_id,
            task_id=name,
            attempt=number,
            goal=graph.tasks[i].goal,
            type=choice.type,
            objective=objective.text,
            inputs=inputs,
            artifacts=artifacts,
            # A task with effects begins when it is approved, so what it may do was.
            permissions=tuple(one for one in kind.may if one in objective.asks_for) if kind and effects else (),
        )
        began = self.clock.monotonic()
        result: Result | None = None
        edit: Edit | None = None
        error = None
        if effects:
            await self.owned()  # outside the `try`: who no longer owns the run must not even record a failure
        try:
            result = self._checked(await self._work(choice.agent, assignment), name)
            if "edit" in result.outputs:
                edit, result = _take_edit(result, name)
            if effects:
                fault("execute.effect_done")
        except Exception as raised:
            result, edit, error = None, None, classify(raised)
            extra = {"correlation_id": self.correlation_id}
            if error.category == "unknown":
                log.exception("task %s failed", name, extra=extra)
            else:
                log.warning("task %s failed: %s", name, error.message, extra=extra)
        seconds = self.clock.monotonic() - began
        self.metrics.task(choice.agent, result.level if result else None, "failed" if error else "done", seconds)
        return Ended(
            at=self.clock.now(),
            task=name,
            attempt=number,
            agent=choice.agent,
            result=result,
            error=failure(error, self.redactor.redact) if error else None,
            edit=edit,
            seconds=round(seconds, 6),
            draw=self.random.random() if error else 0.0,
            retry_after=error.retry_after if error else None,
        )

    def _checked(self, result: Result, task: str) -> Result:
        """The result, if it is one that can be recorded, without its secrets: from here on everybody may see it."""
        if not isinstance(result, Result):
            raise TypeError(f"task {task} gave a {type(result).__name__}, not a Result")
        data = result.model_dump_json().encode()
        if len(data) > MAX_RESULT_BYTES:
            raise RequestInvalid(
                f"task {task} gave a result of {len(data):,} bytes; at most {MAX_RESULT_BYTES:,} are kept. "
                "Put what is large into an artifact"
            )
        redacted = self.redactor.redact_json(data)
        return result if redacted is data else Result.model_validate_json(redacted)

    async def _work(self, name: str, assignment: Assignment) -> Result:
        agent = self.registry.get(name)
        workspace = self.state.objective.workspace
        limit = agent.card.timeout_s
        async with self.scratch.folder() as folder:
            toolbox = Toolbox(
                card=agent.card,
                task=assignment,
                workspace=Workspace(Path(workspace)) if workspace else None,
                scratch=folder,
                store=self.store,
                clock=self.clock,
                outbox=self.outbox,
            )
            try:
                with correlation.bound(self.correlation_id):
                    async with asyncio.timeout(limit) as timer:
                        return await agent.work(assignment, toolbox)
            except TimeoutError as error:
                if not timer.expired():
                    raise
                raise DeadlineExceeded(f"agent {name} took longer than its limit of {limit:g} s") from error


def _inputs(state: State, i: int) -> tuple[dict[str, JsonValue], tuple[Artifact, ...]]:
    """What the tasks before `i` gave, later ones winning; a composite gives what is under it, and its children are
    given what stands before it."""
    graph = state.graph
    before: set[int] = set()
    at = i
    while at != -1:
        stack = [graph.index[name] for name in graph.tasks[at].depends_on]
        while stack:
            one = stack.pop()
            before.add(one)
            stack.extend(graph.children[one])
        at = graph.parent[at]
    inputs: dict[str, JsonValue] = {}
    artifacts: dict[str, Artifact] = {}
    for one in sorted(before):
        result = state.results.get(graph.ids[one]) or state.volatile_results.get(graph.ids[one])
        if result is not None:
            inputs.update(result.outputs)
            artifacts.update((artifact.name, artifact) for artifact in result.artifacts)
    return inputs, tuple(artifacts.values())


def _take_edit(result: Result, task: str) -> tuple[Edit, Result]:
    outputs = dict(result.outputs)
    try:
        edit = Edit.model_validate(outputs.pop("edit"))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PlanInvalid(f"task {task} gave an edit that is none: {where}: {first['msg']}") from error
    return edit, result.model_copy(update={"outputs": outputs})
