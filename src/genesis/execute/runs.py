"""Runs: the one face that service and command line use."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import os
import random
import re
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextvars import Context
from pathlib import Path
from typing import Any

from genesis.agents.registry import Registry
from genesis.agents.toolbox import ArtifactStore
from genesis.clock import Clock
from genesis.durable import runs as table
from genesis.durable.database import Database
from genesis.durable.engine import Engine
from genesis.durable.lease import HomeLock
from genesis.durable.runs import Row
from genesis.durable.segment import Lost
from genesis.errors import Conflict, Overloaded, RequestInvalid, ResourceError, StorageFailed, classify
from genesis.execute import view
from genesis.execute.events import FIRST, Board
from genesis.execute.execution import Execution, Means, Prepare, Replan, VetEdit, replay, segments
from genesis.execute.retention import Forget, Retention
from genesis.execute.run import TERMINAL, Event, Failure, Run, RunStatus, RunSummary
from genesis.execute.scratch import Scratch
from genesis.execute.slots import Slots
from genesis.execute.state import State, failure
from genesis.faults import fault
from genesis.objective import MAX_OBJECTIVE_CHARS, Objective
from genesis.security.edge.principal import LOCAL, Owner
from genesis.security.gate import Policy
from genesis.security.redact.redactor import Redactor
from genesis.telemetry.metrics import Metrics

log = logging.getLogger(__name__)

RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
CANCEL_S = 10.0
"""How long `cancel` waits for the run to let go."""
DEADLY = 20
"""Owners in a row that ended without recording anything, after which a run is given up: it takes its process down."""


class _Stopping(Exception):
    """The process is about to end; the run goes on in the next."""


class _Live:
    """A run that this process works on."""

    def __init__(self) -> None:
        self.task: asyncio.Task[None] | None = None
        self.execution: Execution | None = None
        self.told = 0
        """The number of the last command that was stored for it since then."""


class Runs:
    """Durable runs over one database file. One per process, one process per home (the folder of the file).

    `admit` raises when nothing new may start (a kill switch); cancelling and reading never ask it. `outbox`: the folder
    under which effects may place files (None: they may not). `private`: tools may ask loopback and private addresses.
    `policy`: the gate's (None: its defaults). `keep_days`: for how long runs are kept after their end (None: for ever).
    `open_runs`: how many an owner other than the local one may have that have not ended. `redactor` takes the secrets
    out of objectives, answers and results before anything else sees them (None: one whose tags nobody can compare with
    others).
    Everything that a method has returned survives a kill. All methods belong to the event loop of `start`; all raise
    `StorageFailed` when the disk is full or the database locked, with nothing half-done.
    """

    def __init__(
        self,
        database: Path,
        registry: Registry,
        prepare: Prepare,
        store: ArtifactStore,
        clock: Clock,
        random: random.Random,
        *,
        vet_edit: VetEdit | None = None,
        replan: Replan | None = None,
        outbox: Path | None = None,
        private: bool = True,
        admit: Callable[[], None] = lambda: None,
        metrics: Metrics | None = None,
        policy: Policy | None = None,
        keep_days: float | None = None,
        redactor: Redactor | None = None,
        max_live: int = 1000,
        open_runs: int = 200,
        busy_timeout_s: float = 30.0,
    ) -> None:
        self._database = Database(database, table.MIGRATIONS, busy_timeout_s=busy_timeout_s)
        self._lock = HomeLock(database.parent)
        self._live: dict[str, _Live] = {}
        self._means = Means(
            database=self._database,
            engine=Engine(self._database),
            board=Board(self._database, clock, self._live),
            registry=registry,
            store=store,
            scratch=Scratch(database.parent / "scratch"),
            outbox=outbox,
            private=private,
            clock=clock,
            random=random,
            slots=Slots({card.name: card.concurrency for card in registry}),
            metrics=metrics or Metrics(),
            policy=policy or Policy(),
            prepare=prepare,
            vet_edit=vet_edit,
            replan=replan,
            redactor=redactor or Redactor(os.urandom(32)),
        )
        self.retention = Retention(self._database, self._means.engine, store, clock, self._live)
        self._keep_days = keep_days
        self._keeping: asyncio.Task[None] | None = None
        self._admit = admit
        self._max_live = max_live
        self._open_runs = open_runs
        self._states: dict[tuple[str, float, int], State] = {}
        self._open = False

    # ---- life -------------------------------------------------------------------------------------------------------

    async def start(self, address: str = "no address") -> None:
        """Takes the home, prepares the database and goes on with what was under way.

        Raises `HomeInUse` (naming the other process), `StorageFailed`.
        """
        self._lock.take(address)
        try:
            self._database.migrate()
            self._means.scratch.clear()
            await self._means.engine.start()
            self._open = True
            rows = await self._database.read(table.unfinished)
        except BaseException:
            await self.stop(0)
            raise
        for row in rows:
            self._begin(row.id, None)
        if self._keep_days is not None:
            keep = self.retention.keep(self._keep_days)
            self._keeping = asyncio.get_running_loop().create_task(keep, context=Context())

    def announce(self, address: str) -> None:
        """Says where this process can be reached, for those who are refused the home."""
        self._lock.announce(address)

    async def stop(self, drain_s: float) -> None:
        """Takes no new work, gives what runs `drain_s` seconds to end, then lets go: the next `start` goes on."""
        self._open = False
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait([self._keeping])
        tasks = [live.task for live in self._live.values() if live.task is not None]
        if tasks and drain_s > 0:
            await asyncio.wait(tasks, timeout=drain_s)
        for live in self._live.values():
            if live.execution is not None:
                live.execution.fail(_Stopping())
            if live.task is not None:
                live.task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self._means.engine.stop()
        await self._database.close()
        self._lock.release()

    def also_forget(self, forget: Forget) -> None:
        """`forget` deletes what its owner keeps of the runs that it is called with, whose time is over. It may be
        called again for the same ones."""
        self.retention.also.append(forget)

    # ---- asking -----------------------------------------------------------------------------------------------------

    async def submit(
        self,
        objective: Objective,
        *,
        run_id: str | None = None,
        correlation_id: str | None = None,
        owner: Owner = LOCAL,
    ) -> Run:
        """Begins a run; it is durable when this returns. The same id with the same objective and owner is the same run.

        Its secrets are taken out first: the run never knows them, so that it goes on after a kill as it began.
        Raises `RequestInvalid` for an id that is none, `Conflict` for the same id with another objective or owner,
        `Overloaded`, `RateLimited` when `owner` (not the local one) has too many that have not ended,
        `ObjectiveInvalid` for one that is too long without its secrets.
        """
        means = self._means
        self._admit()
        objective = self._without_secrets(objective)
        if run_id is not None and RUN_ID.fullmatch(run_id) is None:
            raise RequestInvalid(f"run id {run_id[:80]!r}: must match {RUN_ID.pattern}")
        if run_id is not None and means.redactor.redact(run_id) != run_id:
            raise RequestInvalid("run id: looks like a secret, and ids are shown everywhere; choose another")
        if not self._open:
            raise Overloaded("this process is stopping; try again in a moment", retry_after=5.0)
        if len(self._live) >= self._max_live and run_id not in self._live:
            raise Overloaded(f"{len(self._live)} runs are under way; try again later", retry_after=5.0)
        now = means.clock.now()
        body = objective.model_dump_json()
        row = Row(
            id=run_id or f"{int(now * 1000):012x}-{means.random.getrandbits(40):010x}",
            body_hash=hashlib.sha256(body.encode()).hexdigest(),
            objective=body,
            correlation_id=correlation_id or f"{means.random.getrandbits(128):032x}",
            created=now,
            status="submitted",
            finished=None,
            segment=1,
            tenant=owner.tenant,
            subject=owner.subject,
        )
        at_most = None if owner == LOCAL else self._open_runs
        there = await self._database.write(lambda c: table.insert(c, row, FIRST, at_most))
        if there is not row:
            return await self.get(there.id)
        if self._open:
            self._begin(row.id, row)
        return view.run(row, State(objective, now))

    async def get(self, run_id: str) -> Run:
        """The run as far as it is recorded. Raises `NotFound`."""
        row = await self._database.read(lambda c: table.get(c, run_id))
        return view.run(row, await self._state(row))

    async def list(
        self,
        *,
        status: RunStatus | None = None,
        limit: int = 50,
        cursor: str | None = None,
        owner: Owner | None = None,
        agents: Collection[str] = (),
    ) -> tuple[tuple[RunSummary, ...], str | None]:
        """Runs, latest first, and the cursor of the next page; of `owner` (None: of anybody) and given to one of
        `agents` (empty: to any or none). Raises `RequestInvalid`."""
        if not 1 <= limit <= 1000:
            raise RequestInvalid(f"limit {limit}: must be from 1 to 1000")
        before = _from_cursor(cursor) if cursor is not None else None
        rows = await self._database.read(lambda c: table.page(c, status, before, limit + 1, owner, agents))
        shown = tuple(
            RunSummary(
                id=row.id,
                correlation_id=row.correlation_id,
                status=row.status,  # type: ignore[arg-type]
                objective=Objective.model_validate_json(row.objective).text,
                created=row.created,
                finished=row.finished,
            )
            for row in rows[:limit]
        )
        return shown, _cursor(rows[limit - 1]) if len(rows) > limit else None

    def events(self, run_id: str, after: int = 0) -> AsyncIterator[Event]:
        """Stored events with a greater `seq`, then new ones as they are stored, until the run is terminal.

        No gap and no double, for any number of readers. Raises `NotFound`.
        """
        return self._means.board.read(run_id, after)

    async def wait(self, run_id: str, timeout_s: float) -> Run:
        """The run once it is terminal or asks for input; after `timeout_s` as it then is. Raises `NotFound`."""
        clock = self._means.clock
        until = clock.monotonic() + timeout_s
        with self._means.board.watch(run_id) as news:
            while True:
                news.clear()
                row = await self._database.read(lambda c: table.get(c, run_id))
                left = until - clock.monotonic()
                if row.status in TERMINAL or row.status == "input_required" or left <= 0:
                    return view.run(row, await self._state(row))
                await self._means.board.wait(run_id, news, left)

    # ---- telling ----------------------------------------------------------------------------------------------------

    async def cancel(self, run_id: str) -> Run:
        """Stops the run. Raises `NotFound`, `Conflict` when it has ended otherwise."""
        run = await self.get(run_id)
        if run.status == "canceled":
            return run
        if run.status in TERMINAL:
            raise Conflict(f"run {run_id}: is {run.status} and cannot be canceled")
        await self._command(run_id, "cancel", {})
        return await self._terminal(run_id, CANCEL_S)

    async def resume(self, run_id: str, *, budget_usd: float | None = None) -> Run:
        """Lets a failed or canceled run go on; nothing recorded is repeated. Its deadline counts anew, its budget may
        be set anew. Raises `NotFound`, `Conflict`."""
        run = await self.get(run_id)
        if run.status not in ("failed", "canceled"):
            raise Conflict(f"run {run_id}: is {run.status}; only a failed or canceled run can be resumed")
        self._admit()
        await self._command(run_id, "resume", {} if budget_usd is None else {"budget_usd": budget_usd})
        return await self.get(run_id)

    async def approve(
        self, run_id: str, task_ids: Sequence[str] | None, yes: bool, who: str, values: Sequence[str] | None = None
    ) -> Run:
        """Lets tasks that wait for it begin (None: all of them), or forbids them. What is said of a task that waits
        with `asks` is said of these alone: by their digests in `values` (None: all that it asks now). Raises
        `NotFound`, `Conflict`."""
        run = await self.get(run_id)
        if run.status in TERMINAL or not run.waiting_for:
            raise Conflict(f"run {run_id}: nothing waits for an approval (it is {run.status})")
        asked = run.waiting_for if task_ids is None else tuple(task_ids)
        for task in asked:
            if task not in run.waiting_for:
                waiting = ", ".join(run.waiting_for)
                raise Conflict(f"run {run_id}: task {task!r} does not wait for an approval; these do: {waiting}")
        open_ = [ask.digest for ask in run.asks if ask.task in asked]
        if values is not None and not {*values} <= {*open_}:
            raise Conflict(f"run {run_id}: a value that this answers is not (or no longer) asked about; look again")
        if yes:
            self._admit()
        body: dict[str, Any] = {"tasks": list(asked), "yes": yes, "who": who}
        if open_:
            body["values"] = open_ if values is None else list(values)
        await self._command(run_id, "approve", body)
        return await self.get(run_id)

    async def say(self, run_id: str, text: str) -> Run:
        """Answers the run's question: the objective is planned again with the text added. Raises `NotFound`,
        `Conflict`, `ObjectiveInvalid`."""
        run = await self.get(run_id)
        if run.question is None:
            raise Conflict(f"run {run_id}: has no open question (it is {run.status})")
        answer = self._without_secrets(Objective(text=text)).text
        if len(run.objective.text) + len(answer) + 2 > MAX_OBJECTIVE_CHARS:
            raise RequestInvalid(f"the answer makes the objective longer than {MAX_OBJECTIVE_CHARS:,} characters")
        self._admit()
        await self._command(run_id, "say", {"text": answer})
        return await self.get(run_id)

    # ---- inside -----------------------------------------------------------------------------------------------------

    def _without_secrets(self, objective: Objective) -> Objective:
        said = objective.model_dump(mode="json")
        redacted = self._means.redactor.redact_value(said) | {"workspace": said["workspace"]}  # a path must lead there
        return objective if redacted == said else Objective.model_validate(redacted)

    async def _command(self, run_id: str, verb: str, body: dict[str, Any]) -> None:
        now = self._means.clock.now()
        body = self._means.redactor.redact_value(body)

        def write(connection: Any) -> int:
            status = table.get(connection, run_id).status
            if status in TERMINAL and not (verb == "resume" and status in ("failed", "canceled")):
                raise Conflict(f"run {run_id}: is {status} by now")
            number = table.add_command(connection, run_id, now, verb, body)
            # At once, and in one commit: a restart must find the run, and who waits must not see the old answer.
            table.set_status(connection, run_id, "working")
            return number

        number = await self._database.write(write)
        live = self._live.get(run_id)
        if live is None:
            if self._open:
                self._begin(run_id, None)
            return
        live.told = number
        if live.execution is not None:
            await live.execution.hear()

    async def _terminal(self, run_id: str, timeout_s: float) -> Run:
        clock = self._means.clock
        until = clock.monotonic() + timeout_s
        while True:
            run = await self.wait(run_id, max(0.0, until - clock.monotonic()))
            if run.status in TERMINAL or clock.monotonic() >= until:
                return run
            await asyncio.sleep(0)

    async def _state(self, row: Row) -> State:
        live = self._live.get(row.id)
        if live is not None and live.execution is not None:
            return live.execution.state
        key = _key(row)
        if key not in self._states:
            state = replay(row, await self._means.engine.batches(segments(row)), self._means)
            if live is not None:
                return state  # it is just being taken up: not worth keeping
            self._remember(row, state)
        return self._states[key]

    def _remember(self, row: Row, state: State) -> None:
        """Keeps what the log up to the row's segment says, for the next who asks."""
        while len(self._states) >= 32:
            del self._states[next(iter(self._states))]
        self._states[_key(row)] = state

    def _begin(self, run_id: str, fresh: Row | None) -> None:
        live = self._live[run_id] = _Live()
        live.task = asyncio.get_running_loop().create_task(self._drive(run_id, live, fresh), context=Context())

    async def _drive(self, run_id: str, live: _Live, fresh: Row | None) -> None:
        """Works on a run until it is over or waits, and again whenever it was told something meanwhile."""
        failures = 0
        stop: Failure | None = None
        try:
            while True:
                try:
                    execution = await self._take_up(run_id, fresh, stop)
                    if execution is None:
                        return
                    live.execution, fresh = execution, None
                    await self._means.engine.run(segments(execution.row)[-1], execution.run)
                    failures = 0
                    if execution.state.heard >= live.told:  # a command that comes from now on finds nobody live
                        self._remember(execution.row, execution.state)
                        return
                except _Stopping:
                    return
                except Lost:
                    log.warning("run %s was taken over by another process", run_id)
                    return
                except StorageFailed as error:
                    failures += 1
                    log.error("run %s halts: %s", run_id, error.message)
                    await self._means.clock.sleep(min(30.0, 0.5 * 2.0 ** min(failures, 10)))
                except Exception as error:
                    failures += 1
                    log.exception("run %s broke", run_id)
                    if failures >= 3:
                        stop = failure(classify(error))
                    await self._means.clock.sleep(min(30.0, 0.02 * 2.0 ** min(failures, 11)))
                finally:
                    live.execution = None
        finally:
            del self._live[run_id]

    async def _take_up(self, run_id: str, fresh: Row | None, stop: Failure | None) -> Execution | None:
        """Makes this process the owner of the run's next segment. None when another was faster."""
        means = self._means
        if fresh is not None:
            state = State(Objective.model_validate_json(fresh.objective), fresh.created)
            return Execution(fresh, state, means, stop)
        row = await self._database.read(lambda c: table.get(c, run_id))
        names = segments(row)
        if not await self._database.write(lambda c: table.take_over(c, run_id, row.segment)):
            return None
        fault("execute.taken_over")
        # All of them: who took the run over last may have been killed right here, before it fenced its predecessor's.
        await means.engine.fence(names)
        fault("execute.fenced")
        batches = await means.engine.batches(names)
        if stop is None and row.segment >= DEADLY and not await means.engine.batches(names[-DEADLY:]):
            stop = failure(ResourceError(f"run {run_id} took its process down {DEADLY} times in a row; see the log"))
        state = replay(row, batches, means)
        return Execution(row._replace(segment=row.segment + 1), state, means, stop)


def _key(row: Row) -> tuple[str, float, int]:
    return row.id, row.created, row.segment  # by its making too: a name is free again once its run was deleted


def _cursor(row: Row) -> str:
    return base64.urlsafe_b64encode(f"{row.created!r} {row.id}".encode()).decode()


def _from_cursor(cursor: str) -> tuple[float, str]:
    try:
        at, _, run = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        return float(at), run
    except ValueError as error:
        raise RequestInvalid("cursor: not one that a list gave") from error
