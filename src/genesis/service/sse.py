"""Server-sent events: ids to come back with, comments to keep the line open, an end when the service drains."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import orjson
from starlette.requests import Request
from starlette.responses import StreamingResponse

from genesis.errors import RequestInvalid
from genesis.execute.run import Event
from genesis.service.parts import Lifecycle


def last_event_id(request: Request) -> int:
    """Where a reader left off: the `Last-Event-ID` header that browsers send, or `?after=`. 0: from the start."""
    given = request.headers.get("last-event-id") or request.query_params.get("after") or "0"
    if not given.isdecimal() or len(given) > 18:
        raise RequestInvalid("Last-Event-ID: the id of an event, a whole number")
    return int(given)


def stream(events: AsyncIterator[Event], lifecycle: Lifecycle, heartbeat_s: float) -> StreamingResponse:
    """The answer that sends `events` as they come."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_chunks(events, lifecycle, heartbeat_s), media_type="text/event-stream", headers=headers)


async def _chunks(events: AsyncIterator[Event], lifecycle: Lifecycle, heartbeat_s: float) -> AsyncIterator[bytes]:
    draining = asyncio.create_task(lifecycle.draining.wait())
    coming: asyncio.Task[Event] | None = None
    try:
        while True:
            if coming is None:
                coming = asyncio.create_task(_next(events))
            done, _ = await asyncio.wait((coming, draining), timeout=heartbeat_s, return_when=asyncio.FIRST_COMPLETED)
            if coming in done:
                try:
                    event = coming.result()
                except StopAsyncIteration:
                    return
                coming = None
                yield encode(event)
            elif draining in done:
                # A reader that finds the line closed comes back with its last id, to the next process.
                yield b": the service is restarting\n\n"
                return
            else:
                yield b": still here\n\n"
    finally:
        for task in (coming, draining):
            if task is not None:
                task.cancel()
        await asyncio.gather(*(task for task in (coming, draining) if task is not None), return_exceptions=True)
        close = getattr(events, "aclose", None)
        if close is not None:
            await close()


async def _next(events: AsyncIterator[Event]) -> Event:
    return await anext(events)


def encode(event: Event) -> bytes:
    """One event as it goes over the line."""
    data = orjson.dumps({"task_id": event.run, "seq": event.seq, "at": event.at, "kind": event.kind, **event.data})
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (event.seq, event.kind.encode(), data)
