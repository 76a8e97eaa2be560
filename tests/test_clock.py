"""Both clocks keep the same promises, as far as a real one can be held to them without waiting."""

from __future__ import annotations

import asyncio

import pytest

from genesis.clock import Clock, ManualClock, SystemClock


@pytest.mark.parametrize("clock", [SystemClock(), ManualClock()])
async def test_contract(clock: Clock) -> None:
    before = clock.monotonic()
    await clock.sleep(0)
    await clock.sleep(-1)
    assert clock.monotonic() >= before
    assert clock.now() > 1_600_000_000


async def test_a_week_passes_in_order_of_the_sleepers() -> None:
    clock = ManualClock(start=0.0)
    woke: list[tuple[str, float]] = []

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woke.append((name, clock.now()))

    async with asyncio.TaskGroup() as group:
        for name, days in (("c", 7), ("a", 1), ("b", 3)):
            group.create_task(sleeper(name, days * 86_400))
        await asyncio.sleep(0)
        await clock.advance(7 * 86_400)
    assert woke == [("a", 86_400.0), ("b", 3 * 86_400.0), ("c", 7 * 86_400.0)]


async def test_nobody_wakes_early() -> None:
    clock = ManualClock()
    sleeper = asyncio.create_task(clock.sleep(10))
    await asyncio.sleep(0)
    await clock.advance(9.999)
    assert not sleeper.done()
    await clock.advance(0.002)
    assert sleeper.done()
