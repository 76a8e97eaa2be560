"""One attempt of a task: what its agent is handed, its time limit, and what became of it."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from genesis.agents.card import TaskType
from genesis.agents.gatehouse import Gatehouse
from genesis.agents.registry import Registry
from genesis.agents.result import Assignment, Result
from genesis.agents.toolbox import ArtifactStore, Toolbox
from genesis.clock import Clock
from genesis.errors import ActionHeld, DeadlineExceeded, PlanInvalid, RequestInvalid, classify
from genesis.execute.graph import Graph
from genesis.execute.log import Ended
from genesis.execute.scratch import Scratch
from genesis.execute.state import State, failure
from genesis.faults import fault
from genesis.finding import Artifact
from genesis.frozen import JsonValue
from genesis.plan.plan import Edit
from genesis.security.gate import Policy
from genesis.security.guard.material import orders
from genesis.security.provenance import USER, Origin
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
    private: bool
    clock: Clock
    random: random.Random
    owned: Callable[[], Awaitable[None]]
    metrics: Metrics
    policy: Policy
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
        inputs, labels, artifacts = _inputs(self.state, i, kind)
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
            effects=kind is not None and kind.effects and effects,
            labels=labels,
            goal_label=self.state.goal_labels.get(name, USER),
            objective_label=USER.model_copy(update={"trust": objective.trust}),
        )
        gate = Gatehouse(
            choice.agent,
            assignment,
            Workspace(Path(objective.workspace)) if objective.workspace else None,
            self.policy,
            dict(self.state.answers.get(name, {})),
        )
        began = self.clock.monotonic()
        result: Result | None = None
        edit: Edit | None = None
        error = None
        if effects:
            await self.owned()  # outside the `try`: who no longer owns the run must not even record a failure
        try:
            result = await self._checked(await self._work(choice.agent, assignment, gate), gate, name)
            if result.facts:
                result = await asyncio.to_thread(self._warned, result)
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
                word = "is held" if gate.asks else "failed"
                log.warning("task %s %s: %s", name, word, error.message, extra=extra)
        if gate.asks:  # whatever the agent made of being held: what it asked for is answered first
            result, edit = None, None
            error = ActionHeld("; ".join(str(ask) for ask in gate.asks.values()))
        for _ in gate.asks:
            self.metrics.blocked("action_held")
        for _ in gate.denied:
            self.metrics.blocked("action_denied")
        seconds = self.clock.monotonic() - began
        self.metrics.task(choice.agent, result.level if result else None, _outcome(error, gate), seconds)
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
            asks=tuple(gate.asks.values()),
        )

    async def _checked(self, result: Result, gate: Gatehouse, task: str) -> Result:
        """The result, if it is one that can be recorded, labelled, and without its secrets: from here on everybody may
        see it."""
        if not isinstance(result, Result):
            raise TypeError(f"task {task} gave a {type(result).__name__}, not a Result")
        result = gate.labelled(result)
        data = result.model_dump_json().encode()
        if len(data) > MAX_RESULT_BYTES:
            raise RequestInvalid(
                f"task {task} gave a result of {len(data):,} bytes; at most {MAX_RESULT_BYTES:,} are kept. "
                "Put what is large into an artifact"
            )
        redacted = await self.redactor.redact_json_aside(data)
        return result if redacted is data else Result.model_validate_json(redacted)

    def _warned(self, result: Result) -> Result:
        """The result, with a finding for each place in its material that tries to give orders."""
        told = orders(result.facts, "agent" if result.trust == "agent" else "tool")
        for finding in told:
            self.metrics.blocked(finding.kind)
        return result.model_copy(update={"findings": (*result.findings, *told)}) if told else result

    async def _work(self, name: str, assignment: Assignment, gate: Gatehouse) -> Result:
        agent = self.registry.get(name)
        limit = agent.card.timeout_s
        async with self.scratch.folder() as folder:
            toolbox = Toolbox(
                card=agent.card,
                task=assignment,
                workspace=gate.workspace,
                scratch=folder,
                store=self.store,
                clock=self.clock,
                outbox=self.outbox,
                private=self.private,
                gate=gate,
            )
            try:
                with correlation.bound(self.correlation_id):
                    async with asyncio.timeout(limit) as timer:
                        return await agent.work(assignment, toolbox)
            except TimeoutError as error:
                if not timer.expired():
                    raise
                raise DeadlineExceeded(f"agent {name} took longer than its limit of {limit:g} s") from error


def _outcome(error: Exception | None, gate: Gatehouse) -> str:
    if gate.asks:
        return "held"
    return "failed" if error else "done"


def _inputs(
    state: State, i: int, kind: TaskType | None
) -> tuple[dict[str, JsonValue], dict[str, Origin], tuple[Artifact, ...]]:
    """The outputs of the tasks right before `i` and their labels, later ones winning; what its kind needs or uses and
    these do not give, from the nearest task that does, as vetting counts it; and the artifacts of all before it,
    directly or not, in the order of the work: a change goes on from those before it, and several can have one name.
    A composite gives what is under it, and its children are given what stands before it."""
    graph = state.graph
    results = {**state.results, **state.volatile_results}
    inputs: dict[str, JsonValue] = {}
    labels: dict[str, Origin] = {}

    def take(name: str, outputs: Mapping[str, JsonValue]) -> None:
        inputs.update(outputs)
        labels.update(dict.fromkeys(outputs, Origin(trust=results[name].trust, source=f"task {name}")))

    for one in sorted(_before(graph, i, far=False)):
        if (name := graph.ids[one]) in results:
            take(name, results[name].outputs)
    wanted = {word for need in (*kind.needs, *kind.uses) for word in need.split("|")} if kind else set()
    wanted -= {"workspace", *inputs}
    if not wanted and not any(result.artifacts for result in results.values()):
        return inputs, labels, ()  # the way back is long in long plans
    before = [name for one in _before(graph, i, far=True) if (name := graph.ids[one]) in results]
    for name in reversed(before):
        found = {word: value for word, value in results[name].outputs.items() if word in wanted}
        take(name, found)
        wanted -= found.keys()
    return inputs, labels, tuple(artifact for name in before for artifact in results[name].artifacts)


def _before(graph: Graph, i: int, *, far: bool) -> list[int]:
    """The tasks right before `i` and those above it, or (`far`) also those before these; none before what it follows
    from."""
    above = [i]
    while graph.parent[above[-1]] != -1:
        above.append(graph.parent[above[-1]])
    stack = [(graph.index[name], False) for at in above for name in reversed(graph.tasks[at].depends_on)]
    met: set[int] = set()
    order: list[int] = []
    while stack:
        one, whole = stack.pop()
        if whole:
            order.append(one)
        elif one not in met:
            met.add(one)
            stack.append((one, True))
            stack.extend((child, False) for child in reversed(graph.children[one]))
            if far:
                stack.extend((graph.index[name], False) for name in reversed(graph.tasks[one].depends_on))
    return order


def _take_edit(result: Result, task: str) -> tuple[Edit, Result]:
    outputs = dict(result.outputs)
    try:
        edit = Edit.model_validate(outputs.pop("edit"))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PlanInvalid(f"task {task} gave an edit that is none: {where}: {first['msg']}") from error
    return edit, result.model_copy(update={"outputs": outputs})
