"""Events: what outsiders are told of a run, stored before they are told.

`Teller` writes what has changed of one run; `Board` hands what is stored to any number of readers. A reader asks the
database for what it has not seen, so a slow one loses nothing and holds nobody up.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Container, Iterable, Iterator
from contextlib import contextmanager
from contextvars import Context
from functools import partial
from typing import Any

import orjson

from genesis.clock import Clock
from genesis.durable import runs as table
from genesis.durable.database import Database
from genesis.durable.runs import Row
from genesis.durable.segment import Lost
from genesis.execute import view
from genesis.execute.run import TERMINAL, Event
from genesis.execute.state import State

PAGE = 500
FIRST = ("run", '{"status":"submitted"}')
"""The event with which each run begins."""


LOOK_S = 1.0
"""How often a reader looks by itself, for news that another process has stored."""


def told(connection: Any, row: Row) -> list[table.EventRow]:
    """All that has been told of a run."""
    if row.segment == 1:
        return [table.EventRow(1, row.created, *FIRST)]
    found: list[table.EventRow] = []
    while page := table.events(connection, row.id, found[-1].seq if found else 0, 5000):
        found += page
    return found


class Board:
    """Wakes who waits for news of a run. One event loop. `ours`: the runs that this process works on, of which there
    is no other news than its own."""

    def __init__(self, database: Database, clock: Clock, ours: Container[str]) -> None:
        self._database = database
        self._clock = clock
        self._ours = ours
        self._waiting: dict[str, set[asyncio.Event]] = {}

    def news(self, run: str) -> None:
        """Something of that run has been stored."""
        for waiting in self._waiting.get(run, ()):
            waiting.set()

    @contextmanager
    def watch(self, run: str) -> Iterator[asyncio.Event]:
        """An event that is set at each news of the run."""
        woken = asyncio.Event()
        self._waiting.setdefault(run, set()).add(woken)
        try:
            yield woken
        finally:
            self._waiting[run].discard(woken)
            if not self._waiting[run]:
                del self._waiting[run]

    async def wait(self, run: str, woken: asyncio.Event, at_most: float | None = None) -> None:
        """Returns when there is, or may be, news of the run, or after `at_most` seconds."""
        if run not in self._ours:
            at_most = min(LOOK_S, at_most or LOOK_S)
        if at_most is None:
            await woken.wait()
            return
        both = [asyncio.ensure_future(woken.wait()), asyncio.ensure_future(self._clock.sleep(at_most))]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in both:
                one.cancel()

    async def read(self, run: str, after: int) -> AsyncIterator[Event]:
        """Events with a greater `seq` than `after`, each once and in order, until the run is terminal."""
        with self.watch(run) as woken:
            while True:
                woken.clear()

                def look(connection: Any, after: int = after) -> tuple[Row, list[table.EventRow]]:
                    # The row first: a run that is terminal there has all its events stored, in the same commit.
                    return table.get(connection, run), table.events(connection, run, after, PAGE)

                row, found = await self._database.read(look)
                for one in found:
                    yield Event(run=run, seq=one.seq, at=one.at, kind=one.kind, data=orjson.loads(one.data))  # type: ignore[arg-type]
                    after = one.seq
                if len(found) < PAGE:
                    if row.status in TERMINAL:
                        return
                    await self.wait(run, woken)


class Teller:
    """Tells the news of one run: each call of `tell` stores what differs from what was told last."""

    def __init__(
        self, row: Row, state: State, database: Database, board: Board, clock: Clock, redact: Callable[[bytes], bytes]
    ) -> None:
        self._redact = redact
        self._row = row
        self._state = state
        self._database = database
        self._board = board
        self._clock = clock
        self._seq = 0
        self._edits = -1
        self._revision = 0
        self._told: dict[str, bytes] = {}
        self._seen: list[int] = []
        self._status: bytes = b""
        self._heard = -1
        self._writing: set[asyncio.Future[Any]] = set()
        self.failed: Callable[[Exception], None] = lambda error: None

    def catch_up(self, told: Iterable[table.EventRow]) -> None:
        """Takes in what has been told already, perhaps by a process that is no more."""
        for event in told:
            self._seq = event.seq
            data = orjson.loads(event.data)
            if event.kind == "run":
                self._status = orjson.dumps(data)
            elif event.kind == "plan":
                self._told = {one["id"]: orjson.dumps(one) for one in data["tasks"]}
                self._revision = data["revision"]
                self._edits = 0
            elif event.kind == "task":
                self._told[data["id"]] = orjson.dumps(data)

    def tell(self) -> None:
        """Stores the news in the background; `told` waits for it."""
        news = self._news()
        # Also without news: a command that changed nothing was heard all the same, and has set the status in the row.
        if news or self._state.heard not in (0, self._heard):
            new = self._state.heard not in (0, self._heard)
            self._heard = heard = self._state.heard
            status = orjson.loads(self._status)["status"]
            write = partial(_write, self._row, news, status, self._state.finished, heard, new)
            task = asyncio.get_running_loop().create_task(self._store(write), context=Context())
            self._writing.add(task)
            task.add_done_callback(self._stored)

    async def told(self) -> None:
        """Returns when everything that `tell` found is stored. Raises `StorageFailed`."""
        self.tell()
        if self._writing:
            await asyncio.gather(*self._writing)

    def _stored(self, task: asyncio.Future[Any]) -> None:
        self._writing.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            self.failed(error)

    async def _store(self, write: Callable[[Any], None]) -> None:
        await self._database.write(write)
        self._board.news(self._row.id)

    def _news(self) -> list[tuple[int, float, str, bytes]]:
        state, news = self._state, list[tuple[int, float, str, bytes]]()
        now = self._clock.now()

        def add(kind: str, data: bytes) -> None:
            self._seq += 1
            news.append((self._seq, now, kind, self._redact(data)))

        graph = state.graph
        if state.edits != self._edits and state.prepared is not None and state.edits:
            tasks = [view.task_state(state, i).model_dump(mode="json") for i in range(len(graph.ids))]
            told = {one["id"]: orjson.dumps(one) for one in tasks}
            plan = state.prepared.routed.plan
            if self._edits == -1 or told.keys() != self._told.keys() or self._seen or plan.revision != self._revision:
                changes = [one for one in state.revisions if one.number > self._revision]
                add(
                    "plan",
                    orjson.dumps(
                        {
                            "revision": plan.revision,
                            "level": plan.level,
                            "confidence": plan.confidence,
                            "reason": plan.reason,
                            "tasks": tasks,
                            "revisions": [one.model_dump(mode="json") for one in changes],
                        }
                    ),
                )
                self._revision = plan.revision
                self._told = told
                self._seen = list(graph.status)
            else:
                self._seen = [-1] * len(graph.ids)  # after a restart: compare all with what was told
            self._edits = state.edits
        if self._seen != graph.status:
            for i, (before, after) in enumerate(zip(self._seen, graph.status, strict=True)):
                if before != after:
                    line = orjson.dumps(view.task_state(state, i).model_dump(mode="json"))
                    if self._told.get(graph.ids[i]) != line:
                        self._told[graph.ids[i]] = line
                        add("task", line)
            self._seen = list(graph.status)
        status = orjson.dumps(self._status_data())
        if status != self._status:
            self._status = status
            add("run", status)
        return news

    def _status_data(self) -> dict[str, Any]:
        state = self._state
        data: dict[str, Any] = {"status": view.status(state)}
        if state.error is not None:
            data["error"] = state.error.model_dump(mode="json")
        if data["status"] == "input_required":
            if state.question is not None:
                data["question"] = state.question
            else:
                data["waiting_for"] = list(state.waiting_for)
        return data


def _write(
    row: Row,
    news: list[tuple[int, float, str, bytes]],
    status: str,
    finished: float | None,
    heard: int,
    new: bool,
    to: Any,
) -> None:
    if not table.tell(to, row, status, finished, heard):
        raise Lost(row.id)  # in the transaction, so that of two who believe they own the run only one tells
    table.add_events(to, row.id, news)
    if new:
        table.set_heard(to, row.id, heard)
