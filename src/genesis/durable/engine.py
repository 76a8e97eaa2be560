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


class Segment:
    """Where the owner of a run records."""

    def __init__(self, name: str, database: Database) -> None:
        self.name = name
        self._database = database

    async def record(self, drain: Callable[[], Awaitable[str]]) -> None:
        """Waits for a batch (JSON text) and makes it durable. Raises `Lost`, `StorageFailed`, what `drain` raises."""
        failed: list[Exception] = []

        async def step() -> str:
            try:
                return _Text(await drain())
            except Exception as error:  # DBOS would record it as the step's outcome
                failed.append(error)
                raise _Abandoned from error

        try:
            await DBOS.run_step_async({"name": "batch"}, step)
        except _Abandoned:
            raise failed[0] from None
        except (dbos_error.DBOSWorkflowConflictIDError, dbos_error.DBOSWorkflowCancelledError) as lost:
            raise Lost(self.name) from lost
        except Exception as error:
            raise storage_error(error, self._database.file) or error from error
        fault("durable.recorded")


_bodies: dict[str, Callable[[], Awaitable[None]]] = {}


@DBOS.workflow(name="genesis_run")
async def _segment(name: str) -> None:
    await _bodies[name]()
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
        """Runs `body` as the owner of the new segment `name`. Raises what `body` raises, `StorageFailed`."""
        segment, failed, began = Segment(name, self._database), list[BaseException](), False

        async def run() -> None:
            nonlocal began
            began = True
            try:
                await body(segment)
            except BaseException as error:  # DBOS would record it as the end of the run, and pickle it
                failed.append(error)
                if isinstance(error, asyncio.CancelledError):
                    raise

        _bodies[name] = run
        try:
            with SetWorkflowID(name):
                handle = await DBOS.start_workflow_async(_segment, name)
            # Without a task of its own it only looks, for ever, for what another does with the segment.
            if hasattr(handle, "task"):
                with suppress(_Left):
                    await handle.get_result()
        except Exception as error:
            if began and not failed:
                raise storage_error(error, self._database.file) or error from error
        finally:
            del _bodies[name]
        if failed:
            raise failed[0]
        if not began:
            raise Lost(name)  # there is such a segment: somebody else was faster

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
