"""The durable engine: the only place that knows DBOS.

A run's log is a chain of *segments*. A segment is one DBOS workflow; each of its steps is one batch, recorded in one
commit under a token that only the owner of the workflow has. Who takes a run on (after a restart, a kill, an answer)
fences the last segment, reads the batches of all of them, and opens the next. So nothing is ever replayed by DBOS
itself, a run that waits for a person costs nothing, and work goes on at once: DBOS's own recovery goes through a queue
that polls once a second.
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

import orjson
from dbos import DBOS, Serializer, SetWorkflowID
from dbos import error as dbos_error

from genesis.durable.database import Database, storage_error
from genesis.errors import ResourceError, StorageFailed
from genesis.faults import fault

LOG_VERSION = "genesis-log-1"
"""DBOS's application version: it names the form of the log, not the release of Genesis."""


class Lost(Exception):
    """This process does not own the segment any more: somebody has taken the run over. Nothing was recorded."""


class _Abandoned(BaseException):
    """Leaves a step unrecorded."""


class _Left(BaseException):
    """Ends a workflow as if its process had been killed: whether the run is over is in its log, so that the commit in
    which DBOS would note an outcome, and nobody would read it, is saved."""


class _Text(str):
    """JSON already."""


class _Json(Serializer):
    """DBOS's default is pickle: whoever can write the database could run code."""

    def serialize(self, data: Any) -> str:
        if isinstance(data, _Text):
            return data
        return orjson.dumps(data, default=lambda other: type(other).__name__).decode()

    def deserialize(self, serialized_data: str) -> Any:
        return orjson.loads(serialized_data)

    def name(self) -> str:
        return "genesis_json"


class _Step:
    """A batch on its way: the step of DBOS has begun; its text is there; it is durable."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.began: asyncio.Future[None] = loop.create_future()
        self.text: asyncio.Future[str] = loop.create_future()
        self.done: asyncio.Future[None] = loop.create_future()

    def fail(self, error: Exception) -> None:
        """Whatever the caller waits for."""
        for waited in (self.began, self.done):
            if not waited.done():
                waited.set_exception(error)
                return

    async def run(self) -> str:
        """What DBOS records."""
        self.began.set_result(None)
        try:
            return _Text(await self.text)
        except asyncio.CancelledError:
            raise _Abandoned from None


class Segment:
    """Where the owner of a run records. It is opened while its owner begins its work; `record` waits for it."""

    def __init__(self, name: str, database: Database) -> None:
        self.name = name
        self._database = database
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._asked: asyncio.Queue[_Step | None] = asyncio.Queue()
        self._step: _Step | None = None

    async def opened(self) -> None:
        """Returns when nobody can take the run over without this owner's noticing. Raises `Lost`, `StorageFailed`."""
        await asyncio.shield(self._opened)

    async def record(self, drain: Callable[[], Awaitable[str]]) -> None:
        """Waits for a batch (JSON text) and makes it durable. Raises `Lost`, `StorageFailed`, what `drain` raises."""
        await self.opened()
        step = _Step()
        self._asked.put_nowait(step)
        try:
            await step.began
            step.text.set_result(await drain())
        finally:
            step.text.cancel()  # unless it is there: then nothing is recorded
        await step.done
        fault("durable.recorded")

    async def serve(self) -> None:
        """The body of the workflow: one step for each batch."""
        self._opened.set_result(None)
        while (step := await self._asked.get()) is not None:
            self._step = step
            try:
                await DBOS.run_step_async({"name": "batch"}, step.run)
                step.done.set_result(None)
            except _Abandoned:
                pass
            except (dbos_error.DBOSWorkflowConflictIDError, dbos_error.DBOSWorkflowCancelledError):
                step.fail(Lost(self.name))
            except Exception as error:
                step.fail(storage_error(error, self._database.file) or error)
            self._step = None

    def close(self) -> None:
        """Nothing more will be recorded."""
        self._asked.put_nowait(None)

    def fail(self, error: Exception) -> None:
        """The workflow could not begin, or has come to an end that is not its own."""
        if not self._opened.done():
            self._opened.set_exception(error)
            self._opened.exception()  # an owner that records nothing does not ask
        elif self._step is not None:
            self._step.fail(error)


_segments: dict[str, Segment] = {}


@DBOS.workflow(name="genesis_run")
async def _segment(name: str) -> None:
    await _segments[name].serve()
    raise _Left


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
                "serializer": _Json(),
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
        segment = _segments[name] = Segment(name, self._database)
        opening = asyncio.get_running_loop().create_task(self._open(segment), context=Context())
        try:
            await body(segment)
            await segment.opened()
        finally:
            segment.close()
            await asyncio.wait([opening])

    async def _open(self, segment: Segment) -> None:
        try:
            with SetWorkflowID(segment.name):
                handle = await DBOS.start_workflow_async(_segment, segment.name)
            # Without a task of its own it only looks, for ever, for what another does with the segment.
            if not hasattr(handle, "task"):
                raise Lost(segment.name)  # there is such a segment: somebody else was faster
            with suppress(_Left):
                await handle.get_result()
        except Exception as error:
            segment.fail(storage_error(error, self._database.file) or error)
        finally:
            segment.fail(Lost(segment.name))  # who still waits for something waits in vain
            del _segments[segment.name]

    async def fence(self, names: Sequence[str]) -> None:
        """Takes these segments from whoever has them: from now on nothing more is recorded there."""
        if names:
            await self._call(DBOS.cancel_workflows_async, list(names))

    async def batches(self, names: Sequence[str]) -> list[dict[str, Any]]:
        """The batches of these segments, in the order of their recording."""
        found: list[dict[str, Any]] = []
        for name in names:
            for step in await self._call(DBOS.list_workflow_steps_async, name):
                batch = step["output"]
                if batch is None and step["error"] is not None:
                    continue  # the disk had no room for the batch but for this: its owner knew, and went no further
                if not isinstance(batch, dict):
                    raise StorageFailed(f"{self._database.file}: the log of {name} is damaged")
                found.append(batch)
        return found

    async def owned(self, name: str) -> None:
        """Raises `Lost` when the segment was taken over. A look, not a lock: an effect still needs its key."""
        status = await self._call(DBOS.get_workflow_status_async, name)
        if status is None or status.status != "PENDING" or status.executor_id != self.executor:
            raise Lost(name)

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
