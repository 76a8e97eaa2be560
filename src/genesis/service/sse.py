"""Server-sent events: ids to come back with, comments to keep the line open, an end when the service drains."""

from __future__ import annotations

from collections.abc import AsyncIterator

import orjson
from starlette.requests import Request
from starlette.responses import StreamingResponse

from genesis.errors import RequestInvalid
from genesis.execute.run import Event
from genesis.service.parts import Parts
from genesis.service.waiting import events


def last_event_id(request: Request) -> int:
    """Where a reader left off: the `Last-Event-ID` header that browsers send, or `?after=`. 0: from the start."""
    given = request.headers.get("last-event-id") or request.query_params.get("after") or "0"
    if not given.isdecimal() or len(given) > 18:
        raise RequestInvalid("Last-Event-ID: the id of an event, a whole number")
    return int(given)


def stream(parts: Parts, run_id: str, after: int) -> StreamingResponse:
    """The answer that sends a run's events as they come."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_chunks(parts, run_id, after), media_type="text/event-stream", headers=headers)


async def _chunks(parts: Parts, run_id: str, after: int) -> AsyncIterator[bytes]:
    async for event in events(parts, run_id, after, tick_s=parts.heartbeat_s):
        yield b": still here\n\n" if event is None else encode(event)
    if parts.lifecycle.draining.is_set():
        # A reader that finds the line closed comes back with its last id, to the next process.
        yield b": the service is restarting\n\n"


def encode(event: Event) -> bytes:
    """One event as it goes over the line."""
    data = orjson.dumps({"task_id": event.run, "seq": event.seq, "at": event.at, "kind": event.kind, **event.data})
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (event.seq, event.kind.encode(), data)
