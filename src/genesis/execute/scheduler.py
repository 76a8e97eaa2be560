"""The drain loop: starts what is ready, collects what ends, hands batches to a recorder, feeds the reducer.

Tasks are started by the completion of others, not by the loop: while a batch is being recorded, work goes on and the
next batch grows. That is the whole group commit; there is no timer and no barrier.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import NamedTuple, Protocol

from genesis.agents.toolbox import STOPPING
from genesis.clock import Clock
from genesis.errors import BudgetExceeded, DeadlineExceeded
from genesis.execute import graph as g
from genesis.execute.log import Command, Ended, Entry, Planned, Stopped
from genesis.execute.slots import Slots
from genesis.execute.state import State, failure

Attempt = Callable[[str, int], Awaitable[Ended]]
"""Runs attempt (second) of that task (first). It looks at the state before its first `await` only: later the plan may
be another. What it raises ends the scheduler."""

Drain = Callable[[], Awaitable[list[Entry]]]


LINGER_S = 0.002
"""How long a batch that grows with every turn of the loop may wait for more: about as long as a commit takes."""
REST_S = 0.01
"""How long there must be nothing to record before news is shown: of what is over at once only the end is stored."""
SHOW_S = 0.05
"""How long news may wait for the drain to come to rest."""


class Recorder(Protocol):
    """Makes batches durable."""

    async def record(self, drain: Drain) -> int:
        """Waits for entries from `drain` inside the recording step; how many of them, from the first, it recorded."""
        ...


class Judge(Protocol):
    """Completes what changes the plan with what must be recorded with it."""

    def decisive(self, entry: Ended) -> bool:
        """Whether the end of this attempt may change the plan."""
        ...

    async def judge(self, entry: Ended) -> Ended:
        """The entry with the answer of routing and vetting to its edit."""
        ...


_PLANNING = "\0planning"
"""Stands among the running tasks for the making of the plan; no task has this id."""


class _Job(NamedTuple):
    task: asyncio.Task[None]
    attempt: int
    agent: str


class Scheduler:
    """Drives one run until it is over or waits for somebody. One event loop, one owner.

    `changed`: called when the state may show something new: before waiting, and now and then between batches.
    """

    def __init__(
        self,
        state: State,
        attempt: Attempt,
        recorder: Recorder,
        clock: Clock,
        *,
        slots: Slots,
        plan: Callable[[], Awaitable[Planned]] | None = None,
        judge: Judge | None = None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.state = state
        self._attempt = attempt
        self._recorder = recorder
        self._clock = clock
        self._slots = slots
        self._plan = plan
        self._judge = judge
        self._changed = changed
        self._buffer: deque[Entry] = deque()
        self._batch: list[Entry] = []
        self._news = asyncio.Event()
        self._running: dict[str, _Job] = {}
        self._blocked: dict[str, deque[str]] = {}
        self._held: list[str] = []
        self._sleeping: dict[str, asyncio.Task[None]] = {}
        self._broken: BaseException | None = None
        self._shown = 0.0
        self._loop = asyncio.get_running_loop()

    def put(self, entry: Entry) -> None:
        """Puts an entry that is no attempt's end into the next batch."""
        self._buffer.append(entry)
        self._news.set()

    def fail(self, error: Exception) -> None:
        """Ends `run` with this error."""
        self._broken = error
        self._news.set()

    async def run(self) -> None:
        """Until the run is over, or nothing runs and nothing can start. Raises what an attempt or the recorder did."""
        state = self.state
        try:
            self._start(list(state.graph.pending()))
            while not self._idle():
                if state.deadline is not None and not state.over:
                    self._sleep("", state.deadline)
                if state.planning and _PLANNING not in self._running:
                    task = self._loop.create_task(self._make_plan(), context=Context())
                    self._running[_PLANNING] = _Job(task, 0, _PLANNING)
                edits = state.edits
                recorded = await self._recorder.record(self._drain)
                ready: list[int] = []
                for entry in self._batch[:recorded]:
                    ready += state.apply(entry)
                self._buffer.extendleft(reversed(self._batch[recorded:]))
                self._batch = []
                if state.over:
                    await self.halt()
                    self._buffer = deque(entry for entry in self._buffer if isinstance(entry, Command))
                elif state.edits != edits:
                    await self._reconcile()
                else:
                    self._start(ready)
                    self._retry_held()
                if self._loop.time() - self._shown > SHOW_S:
                    self._show()
        finally:
            await self.halt()

    def _idle(self) -> bool:
        if self._buffer:
            return False
        return self.state.over or not (self.state.planning or self._running or self._blocked or self._waits())

    async def halt(self) -> None:
        """Cancels what runs and waits until it has let go."""
        for agent in list(self._blocked):
            self._slots.leave(agent, self._woken)
        self._blocked.clear()
        for task in self._sleeping.values():
            task.cancel()
        self._sleeping.clear()
        await self._disown(list(self._running), None if self.state.over else STOPPING)

    # ---- starting and ending ----------------------------------------------------------------------------------------

    def _start(self, ready: list[int]) -> None:
        state = self.state
        graph = state.graph
        for i in ready:
            if graph.status[i] != g.PENDING:
                continue
            name = graph.ids[i]
            if state.not_before and state.not_before.get(i, 0.0) > self._clock.now():
                self._sleep(name, state.not_before[i])
                continue
            if state.objective.budget_usd is not None and not self._affordable(i):
                continue
            agent = state.choice(i).agent
            if agent in self._blocked or not self._slots.take(agent):
                if agent not in self._blocked:
                    self._blocked[agent] = deque()
                    self._slots.wait(agent, self._woken)
                self._blocked[agent].append(name)
                continue
            graph.status[i] = g.RUNNING
            attempt = graph.attempt[i]
            # A clean context: an attempt must not believe that it runs inside the recording step.
            task = self._loop.create_task(self._work(name, attempt), context=Context())
            self._running[name] = _Job(task, attempt, agent)

    async def _work(self, name: str, attempt: int) -> None:
        try:
            entry = await self._attempt(name, attempt)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            self.fail(error)
            return
        job = self._running.get(name)
        if job is None or job.task is not asyncio.current_task():
            return  # disowned: an edit took the task away
        del self._running[name]
        self._buffer.append(entry)
        self._news.set()
        if entry.error is None and entry.edit is None:
            self._start(self.state.volatile(entry))
        self._slots.give(job.agent)

    async def _make_plan(self) -> None:
        assert self._plan is not None
        try:
            entry = await self._plan()
        except Exception as error:
            self.fail(error)
            return
        if self._running.pop(_PLANNING, None) is not None:
            self.put(entry)

    async def _disown(self, names: list[str], why: str | None = None) -> None:
        jobs = [self._running.pop(name) for name in names]
        for job in jobs:
            job.task.cancel(why)
        if jobs:
            await asyncio.wait([job.task for job in jobs])
        for job in jobs:
            if job.agent != _PLANNING:
                self._slots.give(job.agent)

    def _woken(self, agent: str) -> None:
        names = self._blocked.pop(agent, deque())
        graph = self.state.graph
        self._start([graph.index[name] for name in names if name in graph.index])

    def _sleep(self, name: str, until: float) -> None:
        """Wakes task `name` then; the empty name is the run's deadline."""
        if name not in self._sleeping:
            self._sleeping[name] = self._loop.create_task(self._wake(name, until), context=Context())

    async def _wake(self, name: str, until: float) -> None:
        while (left := until - self._clock.now()) > 0:
            await self._clock.sleep(left)
        del self._sleeping[name]
        if name:
            i = self.state.graph.index.get(name, -1)
            self._start([i] if i != -1 else [])
            return
        limit = self.state.objective.deadline_s
        error = DeadlineExceeded(f"the run took longer than its limit of {limit:g} s; resume it to go on")
        self.put(Stopped(self._clock.now(), failure(error)))

    def _waits(self) -> bool:
        return any(self._sleeping) or bool(self._held)

    # ---- money ------------------------------------------------------------------------------------------------------

    def _affordable(self, i: int) -> bool:
        """Whether the task can be paid with what is neither spent nor promised. If not, it is held until something
        that runs has ended; when nothing runs, the run stops before its budget would be exceeded."""
        state = self.state
        budget = state.objective.budget_usd
        assert budget is not None
        promised = sum(state.choice(state.graph.index[name]).cost_usd for name in self._running if name != _PLANNING)
        promised += sum(_cost(state, entry) for entry in (*self._batch, *self._buffer))
        cost = state.choice(i).cost_usd
        if cost == 0 or state.spent + promised + cost <= budget + 1e-9:
            return True
        name = state.graph.ids[i]
        if name not in self._held:
            self._held.append(name)
        if not self._running and not self._buffer and not self._batch:
            error = BudgetExceeded(
                f"task {name} costs {cost:g} USD, and of the run's budget of {budget:g} USD "
                f"{max(0.0, budget - state.spent):g} is left; raise it and resume the run"
            )
            self.put(Stopped(self._clock.now(), failure(error)))
        return False

    def _retry_held(self) -> None:
        names, self._held = self._held, []
        graph = self.state.graph
        self._start([graph.index[name] for name in names if name in graph.index])

    # ---- batches ----------------------------------------------------------------------------------------------------

    async def _drain(self) -> list[Entry]:
        while not self._buffer and self._broken is None:
            self._news.clear()
            showing = self._loop.call_later(REST_S, self._show_now)
            try:
                await self._news.wait()
            finally:
                showing.cancel()
        until, size = self._loop.time() + LINGER_S, 0
        while len(self._buffer) > size and self._loop.time() < until:
            size = len(self._buffer)
            await asyncio.sleep(0)
        if self._broken is not None:
            raise self._broken
        first = self._buffer[0]
        if self._decisive(first):
            self._buffer.popleft()
            assert isinstance(first, Ended) and self._judge is not None
            self._batch = [await self._judge.judge(first)]
        else:
            # What changes the plan is judged by the state before it, so it has a batch of its own.
            while self._buffer and not self._decisive(self._buffer[0]):
                self._batch.append(self._buffer.popleft())
        return self._batch

    def _show_now(self) -> None:
        try:
            self._show()
        except Exception as error:
            self.fail(error)

    def _show(self) -> None:
        self._shown = self._loop.time()
        self._changed()

    def _decisive(self, entry: Entry) -> bool:
        return self._judge is not None and isinstance(entry, Ended) and self._judge.decisive(entry)

    async def _reconcile(self) -> None:
        """The plan has changed: lays what is done in memory over it again, and stops what has lost its ground."""
        state = self.state
        graph = state.graph
        kept: deque[Entry] = deque()
        for entry in self._buffer:
            if isinstance(entry, Ended):
                i = graph.index.get(entry.task, -1)
                if i == -1 or not self._grounded(i, entry.attempt):
                    continue
                if entry.error is None and entry.edit is None:
                    state.volatile(entry)
                else:
                    graph.status[i] = g.RUNNING
            kept.append(entry)
        self._buffer = kept
        lost = []
        for name, job in self._running.items():
            i = graph.index.get(name, -1)
            if i != -1 and self._grounded(i, job.attempt):
                graph.status[i] = g.RUNNING
            else:
                lost.append(name)
        for name in [name for name in self._sleeping if name]:
            self._sleeping.pop(name).cancel()
        for agent in list(self._blocked):
            self._slots.leave(agent, self._woken)
        self._blocked.clear()
        self._held.clear()
        await self._disown(lost)
        self._start(list(graph.pending()))

    def _grounded(self, i: int, attempt: int) -> bool:
        graph = self.state.graph
        counts = graph.dur if graph.effects[i] else graph.mem
        if graph.ids[i] in self.state.uprooted:
            return False
        return graph.status[i] == g.PENDING and graph.attempt[i] == attempt and counts[i] == 0


def _cost(state: State, entry: Entry) -> float:
    if not isinstance(entry, Ended) or entry.task not in state.graph.index:
        return 0.0
    if entry.result is not None and entry.result.cost_usd is not None:
        return entry.result.cost_usd
    return state.choice(state.graph.index[entry.task]).cost_usd
