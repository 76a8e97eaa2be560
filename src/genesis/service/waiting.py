"""Waiting for a run on behalf of a caller, but never longer than the service means to live.

Both raise `NotFound` for a run that is not the caller's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import cast

from genesis.execute.run import Event, Run
from genesis.service.own import OwnRuns
from genesis.service.parts import Parts


async def settled(parts: Parts, run_id: str, timeout_s: float) -> Run:
    """The run once it has ended or waits for somebody; else as it is after `timeout_s`, or when the service drains:
    a caller that is told where it stands can come back, one whose line is cut cannot know. Raises `NotFound`."""
    await OwnRuns(parts.runs).get(run_id)
    waiting = asyncio.create_task(parts.runs.wait(run_id, timeout_s))
    draining = asyncio.create_task(parts.lifecycle.draining.wait())
    try:
        await asyncio.wait((waiting, draining), return_when=asyncio.FIRST_COMPLETED)
        return waiting.result() if waiting.done() else await parts.runs.get(run_id)
    finally:
        waiting.cancel()
        draining.cancel()


async def events(
    parts: Parts, run_id: str, after: int = 0, *, tick_s: float | None = None
) -> AsyncIterator[Event | None]:
    """The run's events after number `after`, until it ends or the service drains. None: nothing came for `tick_s`."""
    await OwnRuns(parts.runs).get(run_id)
    async with aclosing(cast("AsyncGenerator[Event, None]", parts.runs.events(run_id, after))) as stored:
        draining = asyncio.create_task(parts.lifecycle.draining.wait())
        coming: asyncio.Task[Event] | None = None
        try:
            while True:
                if coming is None:
                    coming = asyncio.create_task(_next(stored))
                await asyncio.wait((coming, draining), timeout=tick_s, return_when=asyncio.FIRST_COMPLETED)
                if coming.done():
                    done, coming = coming, None
                    try:
                        yield done.result()
                    except StopAsyncIteration:
                        return
                elif draining.done():
                    return
                else:
                    yield None
        finally:
            left = [task for task in (coming, draining) if task is not None]
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)


async def _next(stored: AsyncGenerator[Event, None]) -> Event:
    return await anext(stored)
