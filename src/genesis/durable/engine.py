"""The durable engine: with `segment` the only place that knows DBOS.

A run's log is a chain of *segments*. A segment is one DBOS workflow. Its first batch is the workflow's input, so that
what ends within one batch costs one commit; each further batch is one of its steps, recorded in one commit under a
token that only the owner of the workflow has. Who takes a run on (after a restart, a kill, an answer) fences the
segments before it, reads the batches of all of them, and opens the next. So nothing is ever replayed by DBOS itself, a
run that waits for a person costs nothing, and work goes on at once: DBOS's own recovery goes through a queue that polls
once a second.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from contextvars import Context
from typing import Any

from dbos import DBOS, WorkflowStatus

from genesis.durable.database import Database, storage_error
from genesis.durable.segment import Json, Lost, Segment
from genesis.errors import ResourceError, StorageFailed

LOG_VERSION = "genesis-log-1"
"""DBOS's application version: it names the form of the log, not the release of Genesis."""


class Engine:
    """DBOS allows one per process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # A new name at each start, so that DBOS finds nothing to recover: that is ours to do.
        self.executor = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._started = False

    async def start(self) -> None:
        """Launches DBOS on the database. Raises `StorageFailed`, `ResourceError` when one runs here already."""
        global _running
        if _running is not None:
            raise ResourceError("a durable engine runs in this process already; stop that one first")
        _running = self
        self._started = True
        # With a handler there, DBOS adds none of its own to the console, and its errors go the way of all others.
        logging.getLogger("dbos").addHandler(logging.NullHandler())
        DBOS(
            config={
                "name": "genesis",
                "system_database_url": f"sqlite:///{self._database.file}",
                "system_database_engine": self._database.engine,
                "serializer": Json(),
                "application_version": LOG_VERSION,
                "executor_id": self.executor,
                "log_level": "ERROR",
                # It looks for messages, which we do not use, and `stop` waits for its next look.
                "notification_listener_polling_interval_sec": 0.1,
            }
        )
        try:
            DBOS.launch()
        except Exception as error:
            await self.stop()
            raise storage_error(error, self._database.file) or error from error

    async def stop(self) -> None:
        """Ends DBOS. Segments that still run are as if the process had been killed."""
        global _running
        if self._started:
            self._started = False
            # DBOS joins its threads, some of which hand their last work to this loop: so not on it.
            await asyncio.get_running_loop().run_in_executor(self._database.threads, DBOS.destroy)
            _running = None

    async def run(self, name: str, body: Callable[[Segment], Awaitable[None]]) -> None:
        """Runs `body` as the owner of the new segment `name`. Raises what `body` raises, `Lost`, `StorageFailed`."""
        segment = Segment(name, self._database)
        try:
            await body(segment)
        finally:
            await segment.close()

    async def fence(self, names: Sequence[str]) -> None:
        """Takes these segments from whoever has them: from now on nothing more is recorded there. One that is not there
        yet is made, and empty: its owner, who may be about to open it with a batch, comes too late."""
        there = {one.workflow_id: one.status for one in await self._statuses(names)}
        for name in names:
            if name not in there:
                sealed = Segment(name, self._database)
                with suppress(Lost):  # its owner was faster: then what it has recorded counts
                    await sealed.open()
                await sealed.close()
        await self._call(DBOS.cancel_workflows_async, [name for name in names if there.get(name) != "CANCELLED"])

    async def batches(self, names: Sequence[str]) -> list[dict[str, Any]]:
        """The batches of these segments, in the order of their recording."""
        inputs = {one.workflow_id: one.input for one in await self._statuses(names, load_input=True)}
        found: list[dict[str, Any]] = []
        for name in names:
            if name not in inputs:
                continue
            recorded = self._first(name, inputs[name])
            for step in await self._call(DBOS.list_workflow_steps_async, name):
                if step["output"] is None and step["error"] is not None:
                    continue  # the disk had no room for the batch but for this: its owner knew, and went no further
                recorded.append(step["output"])
            if not all(isinstance(batch, dict) for batch in recorded):
                raise self._damaged(name)
            found += recorded
        return found

    def _first(self, name: str, given: Any) -> list[Any]:
        """The batch with which the segment was opened, if there was one."""
        try:
            (first,) = given["args"]
        except (TypeError, KeyError, ValueError):
            raise self._damaged(name) from None
        # Text: its own name. So all segments began once, and their logs stay readable.
        return [] if first is None or isinstance(first, str) else [first]

    def _damaged(self, name: str) -> StorageFailed:
        return StorageFailed(f"{self._database.file}: the log of {name} is damaged")

    async def owned(self, name: str) -> None:
        """Raises `Lost` when the segment was taken over. A look, not a lock: an effect still needs its key."""
        found = await self._statuses([name])
        if not found or found[0].status != "PENDING" or found[0].executor_id != self.executor:
            raise Lost(name)

    async def _statuses(self, names: Sequence[str], *, load_input: bool = False) -> list[WorkflowStatus]:
        async def look() -> list[WorkflowStatus]:
            return await DBOS.list_workflows_async(workflow_ids=list(names), load_input=load_input, load_output=False)

        found: list[WorkflowStatus] = await self._call(look)
        return found

    async def forget(self, names: Sequence[str]) -> None:
        """Deletes segments with their batches."""
        await self._call(DBOS.delete_workflows_async, list(names))

    async def _call(self, function: Callable[..., Awaitable[Any]], *args: Any) -> Any:
        # In a clean context: called from inside a segment, DBOS would record the call as a step of it.
        async def call() -> Any:
            return await function(*args)

        try:
            return await asyncio.get_running_loop().create_task(call(), context=Context())
        except Exception as error:
            raise storage_error(error, self._database.file) or error from error


_running: Engine | None = None
