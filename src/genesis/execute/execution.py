"""One process's work on one run: from what the log says to its end, or until the run waits for somebody."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Collection, Iterable
from contextvars import Context
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genesis.agents.registry import Registry
from genesis.agents.toolbox import ArtifactStore
from genesis.clock import Clock
from genesis.durable import runs as table
from genesis.durable.database import Database
from genesis.durable.engine import Engine
from genesis.durable.runs import CommandRow, EventRow, Row
from genesis.durable.segment import Lost, Segment
from genesis.errors import GenesisError, PlanRefused, classify
from genesis.execute.attempt import Attempts
from genesis.execute.events import Board, Teller, told
from genesis.execute.log import Command, Ended, Journal, Planned, Stopped, load
from genesis.execute.prepare import Prepared
from genesis.execute.reach import further
from genesis.execute.run import Failure
from genesis.execute.scheduler import Scheduler
from genesis.execute.scratch import Scratch
from genesis.execute.slots import Slots
from genesis.execute.state import State, failure, refused
from genesis.objective import Objective
from genesis.plan.plan import Edit, Plan
from genesis.route.routed import Choice, RoutedPlan
from genesis.security.gate import Policy
from genesis.security.redact.redactor import Redactor
from genesis.telemetry import correlation
from genesis.telemetry.metrics import Metrics

log = logging.getLogger(__name__)

Prepare = Callable[[Objective], Awaitable[Prepared]]
VetEdit = Callable[[Plan], Awaitable[Prepared]]
"""Routes and vets the next revision of a plan, like the first one."""
Replan = Callable[[RoutedPlan, Ended, Collection[str]], Edit | None]
"""The edit that lets a run go on after a task has failed for good, or None; (third) the agents that have failed at it
before. Pure: what it knows is in the log."""


@dataclass(frozen=True)
class Means:
    """What all executions of a process share."""

    database: Database
    engine: Engine
    board: Board
    registry: Registry
    store: ArtifactStore
    scratch: Scratch
    outbox: Path | None
    private: bool
    clock: Clock
    random: random.Random
    slots: Slots
    metrics: Metrics
    policy: Policy
    prepare: Prepare
    vet_edit: VetEdit | None
    replan: Replan | None
    redactor: Redactor


def segments(row: Row | table.Named) -> list[str]:
    """The names of the segments of a run, in order."""
    return [f"{row.id}~{number}" for number in range(1, row.segment + 1)]


def replay(row: Row, batches: list[dict[str, object]], means: Means) -> State:
    """The state that the log of a run says."""
    objective = Objective.model_validate_json(row.objective)
    state = State(objective, row.created)
    for batch in batches:
        for entry in load(batch, means.store):
            state.apply(entry)
    return state


class Execution:
    """Owns the run's state while it works on it; readers may look at `state` at any time on the same event loop."""

    def __init__(self, row: Row, state: State, means: Means, stop: Failure | None = None) -> None:
        self.row = row
        self.state = state
        self._stop = stop
        self._means = means
        self._scheduler: Scheduler | None = None
        self._delivered = state.heard
        self._failed: Exception | None = None
        self._planning: asyncio.Task[Planned] | None = None
        self._missed = False
        """There was something to hear before there was a scheduler to tell."""

    def fail(self, error: Exception) -> None:
        """Ends `run` with this error."""
        self._failed = error
        if self._scheduler is not None:
            self._scheduler.fail(error)

    async def hear(self) -> None:
        """Takes new commands from the mailbox into the next batch."""
        rows = await self._means.database.read(lambda c: table.commands(c, self.row.id, self._delivered))
        if self._scheduler is None:
            self._missed = True
        else:
            self._deliver(self._scheduler, rows)

    def _deliver(self, scheduler: Scheduler, rows: Iterable[CommandRow]) -> None:
        for row in rows:
            if row.number > self._delivered:
                self._delivered = row.number
                scheduler.put(Command(row.at, row.number, row.verb, row.body))

    def _look(self, connection: Any) -> tuple[list[EventRow], list[CommandRow]]:
        """Raises `Lost` when the run has been taken over by now: then there is no need to plan it."""
        row = self.row
        if not table.owns(connection, row.id, row.segment):
            raise Lost(row.id)
        return told(connection, row), table.commands(connection, row.id, self._delivered)

    async def run(self, segment: Segment) -> None:
        """Works on the run. Raises `Lost`, `StorageFailed`; what tasks do wrong is in the log."""
        if self.state.planning:  # with nothing but the plan to do, it opens the segment
            self._planning = asyncio.get_running_loop().create_task(self._plan(), context=Context())
        else:
            await segment.open()
        try:
            events, commands = await self._means.database.read(self._look)
            await self._run(segment, events, commands)
        finally:
            if self._planning is not None:
                self._planning.cancel()

    async def _run(self, segment: Segment, events: list[EventRow], commands: list[CommandRow]) -> None:
        means, row, state = self._means, self.row, self.state
        teller = Teller(row, state, means.database, means.board, means.clock, means.redactor.redact_json)
        teller.catch_up(events)
        attempts = Attempts(
            run_id=row.id,
            correlation_id=row.correlation_id,
            state=state,
            registry=means.registry,
            store=means.store,
            scratch=means.scratch,
            outbox=means.outbox,
            private=means.private,
            clock=means.clock,
            random=means.random,
            owned=lambda: means.engine.owned(segment.name),
            metrics=means.metrics,
            policy=means.policy,
            redactor=means.redactor,
        )
        self._scheduler = Scheduler(
            state,
            attempts.run,
            Journal(segment, means.store, means.redactor.redact_json),
            means.clock,
            slots=means.slots,
            plan=self._planned,
            judge=self,
            changed=teller.tell,
        )
        teller.failed = self._scheduler.fail
        if self._failed is not None:
            raise self._failed
        if self._stop is not None:
            self._scheduler.put(Stopped(means.clock.now(), self._stop))
        self._deliver(self._scheduler, commands)
        if self._missed:
            await self.hear()
        await self._scheduler.run()
        await teller.told()
        if state.ended == "failed" and state.error is not None:
            means.metrics.run_failed(state.error.category, state.error.code)

    async def _planned(self) -> Planned:
        planning, self._planning = self._planning, None
        return await (self._plan() if planning is None else planning)

    async def _plan(self) -> Planned:
        means = self._means
        try:
            with correlation.bound(self.row.correlation_id):
                prepared = await means.prepare(self.state.objective)
            means.metrics.prepared(prepared.seconds)
            effects, granted = self._effects(prepared.routed.choices)
        except Exception as raised:
            error = classify(raised)
            extra = {"correlation_id": self.row.correlation_id}
            if error.category == "unknown":
                log.exception("run %s could not be planned", self.row.id, extra=extra)
            else:
                log.warning("run %s could not be planned: %s", self.row.id, error.message, extra=extra)
            return Planned(
                means.clock.now(), None, failure(error, means.redactor.redact), rejected=error.category in _REJECTS
            )
        return Planned(means.clock.now(), prepared, effects=effects, granted=granted)

    def _effects(self, choices: Iterable[Choice]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The tasks that change something outside, and of these those that wait for nobody's approval."""
        registry, objective = self._means.registry, self.state.objective
        asked = objective.asks_for
        found = [choice for choice in choices if registry.effects(choice.agent, choice.type, asked)]
        granted = (one.task for one in found if registry.granted(one.agent, one.type, objective))
        return tuple(one.task for one in found), tuple(granted)

    def decisive(self, entry: Ended) -> bool:
        if entry.edit is not None:
            return True
        if entry.error is None or self._means.replan is None or entry.task in self.state.effects:
            return False  # what may have changed something outside is repeated by nobody but a person
        return self.state.settles(entry)

    async def judge(self, entry: Ended) -> Ended:
        """The entry with its edit routed and vetted, or with why it was refused. A failure may be given an edit."""
        means, state = self._means, self.state
        assert state.prepared is not None
        edit = entry.edit
        try:
            if edit is None and means.replan is not None:
                edit = means.replan(state.prepared.routed, entry, state.tried.get(entry.task, ()))
            if edit is None:
                return entry
            entry = entry._replace(edit=edit)
            plan = state.edited(edit, entry.task if entry.error is None else None)
            if means.vet_edit is None:
                raise PlanRefused(f"task {entry.task} would change the plan, and nothing here can route and vet that")
            prepared = await means.vet_edit(plan)
            why = refused(prepared)
            if why is not None:
                return entry._replace(refused=why)
            # Of these alone: who did or does the others is not said anew because rules or measurements have changed.
            brought = {task.id for task in (*edit.add, *edit.replace)}
            choices = tuple(choice for choice in prepared.routed.choices if choice.task in brought)
            if entry.error is not None:
                _heeded(edit, choices)
            effects, granted = self._effects(choices)
            if entry.result is not None:
                asks = further(entry, choices, state, means.registry, means.policy)
                out = {ask.task for ask in asks}
                effects = tuple(dict.fromkeys((*effects, *sorted(out))))
                granted = tuple(name for name in granted if name not in out)
                entry = entry._replace(asks=asks)
            return entry._replace(choices=choices, effects=effects, granted=granted)
        except Exception as raised:
            error = classify(raised)
            if not isinstance(raised, GenesisError):
                log.exception("edit of task %s", entry.task, extra={"correlation_id": self.row.correlation_id})
            if entry.edit is None:
                return entry  # no edit could be made: the failure stands as it is
            return entry._replace(refused=failure(error))


def _heeded(edit: Edit, choices: Iterable[Choice]) -> None:
    """Raises `PlanRefused` when routing does not give a task to the agent that was to try it instead."""
    wanted = {task.id: task.agent for task in edit.replace}
    for choice in choices:
        agent = wanted.get(choice.task)
        if agent not in (None, choice.agent):
            raise PlanRefused(f"task {choice.task} would go to {choice.agent}, not to {agent}: {choice.reason}")


_REJECTS = frozenset({"decomposition", "routing", "validation", "security"})
"""Categories of planning errors that say no; others may pass, so such a run has failed and can be resumed."""
