"""Waiting for a run on behalf of a caller: until it comes to a stop, the time is over, or the service drains."""

from __future__ import annotations

import asyncio

from genesis.execute.run import Run
from genesis.service.parts import Parts


async def settled(parts: Parts, run_id: str, timeout_s: float) -> Run:
    """The run once it has ended or waits for somebody; else as it is after `timeout_s`, or when the service drains:
    a caller that is told where it stands can come back, one whose line is cut cannot know. Raises `NotFound`."""
    waiting = asyncio.create_task(parts.runs.wait(run_id, timeout_s))
    draining = asyncio.create_task(parts.lifecycle.draining.wait())
    try:
        await asyncio.wait((waiting, draining), return_when=asyncio.FIRST_COMPLETED)
        return waiting.result() if waiting.done() else await parts.runs.get(run_id)
    finally:
        waiting.cancel()
        draining.cancel()
