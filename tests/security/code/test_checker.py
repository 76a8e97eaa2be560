"""The check in a process of its own: the same answers, and neither its death nor its silence is ours."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest

from genesis.errors import Overloaded
from genesis.security.code.check import MAX_BYTES, check
from genesis.security.code.checker import Checker
from tests.security.code.test_check import HONEST, HOSTILE

HEAVY = "_os\n" * (MAX_BYTES // 4)


@pytest.fixture
async def checker() -> AsyncIterator[Checker]:
    one = Checker(seconds=60)
    yield one
    await one.close()


async def test_the_answers_are_those_of_the_check(checker: Checker) -> None:
    for source in (
        *list(HOSTILE.values())[::9],
        *list(HONEST.values())[::9],
        "x = '\ud800'",
        "\u2028x",
        "def (",
        HEAVY,
    ):
        assert await checker.check(source, name="some.py") == check(source, name="some.py")
    assert await checker.check("from shop import cart", own_modules=["shop"]) == ()
    assert await checker.check("from shop import cart") == check("from shop import cart") != ()


async def test_what_is_too_long_starts_no_process(checker: Checker) -> None:
    (finding,) = await checker.check("x" * (MAX_BYTES + 1))
    assert "20,001 bytes" in finding.message and checker.pid is None


async def test_the_loop_goes_on_meanwhile(checker: Checker) -> None:
    await checker.check("x = 1")
    asking = asyncio.create_task(checker.check(HEAVY))
    turns = 0
    while not asking.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 10 and await asking == check(HEAVY), "checked in this loop there are two turns"


async def test_its_death_costs_one_answer_at_most(checker: Checker) -> None:
    assert await checker.check("x = 1") == ()
    first = checker.pid
    assert first is not None and first != os.getpid()
    os.kill(first, signal.SIGSTOP)
    asking = asyncio.create_task(checker.check("x = 1"))
    await asyncio.sleep(0)
    os.kill(first, signal.SIGKILL)
    (finding,) = await asking
    assert "the parser ended on it (exit -9)" in finding.message and finding.severity == "high"
    assert await checker.check("x = 1") == () and checker.pid not in (None, first)


async def test_silence_is_a_refusal() -> None:
    checker = Checker(seconds=0.2)
    while await checker.check("x = 1"):  # a machine too busy even for this
        pass
    first = checker.pid
    assert first is not None
    os.kill(first, signal.SIGSTOP)
    (finding,) = await checker.check("x = 1")
    assert "took longer than 0.2 s" in finding.message
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)
    await checker.close()


async def test_a_question_that_is_given_up_leaves_no_answer_behind(checker: Checker) -> None:
    await checker.check("x = 1")
    assert checker.pid is not None
    os.kill(checker.pid, signal.SIGSTOP)
    asking = asyncio.create_task(checker.check("import socket"))
    await asyncio.sleep(0.01)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await checker.check("x = 1") == ()


async def test_more_than_may_wait_are_told_when_to_come_back() -> None:
    checker = Checker(seconds=60, waiting=2)
    await checker.check("x = 1")
    assert checker.pid is not None
    os.kill(checker.pid, signal.SIGSTOP)
    waiting = [asyncio.create_task(checker.check("x = 1")) for _ in range(2)]
    await asyncio.sleep(0.01)
    with pytest.raises(Overloaded) as refused:
        await checker.check("x = 1")
    assert refused.value.retry_after
    os.kill(checker.pid, signal.SIGCONT)
    assert await asyncio.gather(*waiting) == [(), ()]
    await checker.close()
    assert checker.pid is None
