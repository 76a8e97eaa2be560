"""A segment: one DBOS workflow in which the owner of a run records its batches."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import Context
from typing import Any

import orjson
from dbos import DBOS, Serializer, SetWorkflowID
from dbos import error as dbos_error

from genesis.durable.database import Database, storage_error
from genesis.faults import fault


class Lost(Exception):
    """This process does not own the segment any more: somebody has taken the run over. Nothing was recorded."""


class _Abandoned(BaseException):
    """Leaves a step unrecorded."""


class _Left(BaseException):
    """Ends a workflow as if its process had been killed: whether the run is over is in its log, so that the commit in
    which DBOS would note an outcome, and nobody would read it, is saved."""


class _Text(str):
    """JSON already."""


class Json(Serializer):
    """DBOS's default is pickle: whoever can write the database could run code."""

    def serialize(self, data: Any) -> str:
        return data if isinstance(data, _Text) else orjson.dumps(data, default=_plain).decode()

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
    """Where the owner of a run records. It is opened by its first batch, or by `open` before that."""

    def __init__(self, name: str, database: Database) -> None:
        self.name = name
        self.first: str | None = None
        """The batch that opens it."""
        self._database = database
        self._opening: asyncio.Task[None] | None = None
        self._workflow: asyncio.Task[None] | None = None
        self._asked: asyncio.Queue[_Step | None] = asyncio.Queue()
        self._step: _Step | None = None

    async def open(self) -> None:
        """Returns when nobody can take the run over without this owner's noticing. Raises `Lost`, `StorageFailed`."""
        if self._opening is None:
            # In a clean context: called from inside another segment, DBOS would make this one its child.
            self._opening = asyncio.get_running_loop().create_task(self._open(), context=Context())
            self._opening.add_done_callback(lambda task: task.cancelled() or task.exception())  # if nobody else asks
        await asyncio.shield(self._opening)

    async def record(self, drain: Callable[[], Awaitable[str]]) -> None:
        """Waits for a batch (JSON text) and makes it durable. Raises `Lost`, `StorageFailed`, what `drain` raises."""
        text: str | None = None
        if self._opening is None:
            text = await drain()
            if self._opening is None:
                self.first = text
                await self.open()
                fault("durable.recorded")
                return
        await self.open()
        step = _Step()
        self._asked.put_nowait(step)
        try:
            await step.began
            step.text.set_result(await drain() if text is None else text)
        finally:
            step.text.cancel()  # unless it is there: then nothing is recorded
        await step.done
        fault("durable.recorded")

    async def _open(self) -> None:
        try:
            with SetWorkflowID(self.name):
                handle = await DBOS.start_workflow_async(_segment, self)
        except Exception as error:
            raise storage_error(error, self._database.file) or error from error
        # Without a task of its own it only looks, for ever, for what another does with the segment.
        if not hasattr(handle, "task"):
            raise Lost(self.name)  # there is such a segment: somebody else was faster
        self.first = None
        self._workflow = asyncio.get_running_loop().create_task(self._watch(handle))

    async def _watch(self, handle: Any) -> None:
        """Until the workflow has ended: who still waits for something then waits in vain."""
        error: Exception = Lost(self.name)
        try:
            with suppress(_Left):
                await handle.get_result()
        except Exception as raised:
            error = storage_error(raised, self._database.file) or raised
        if self._step is not None:
            self._step.fail(error)

    async def serve(self) -> None:
        """The body of the workflow: one step for each batch."""
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

    async def close(self) -> None:
        """Nothing more will be recorded."""
        self._asked.put_nowait(None)
        if self._opening is not None:
            await asyncio.wait([self._opening])
        if self._workflow is not None:
            await asyncio.wait([self._workflow])


def _plain(other: Any) -> Any:
    """What stands for a segment in the input of its workflow: its first batch."""
    if isinstance(other, Segment):
        return None if other.first is None else orjson.Fragment(other.first)
    return type(other).__name__


@DBOS.workflow(name="genesis_run")
async def _segment(segment: Segment) -> None:
    # Only ever started here and never recovered, so DBOS hands on the very object; what it stores of it is its JSON.
    await segment.serve()
    raise _Left
