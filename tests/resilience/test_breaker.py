"""Who does not answer is left alone, and asked once before everybody asks again."""

from __future__ import annotations

import pytest

from genesis.clock import ManualClock
from genesis.resilience.breaker import Breaker


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def breaker(clock: ManualClock) -> Breaker:
    return Breaker(clock.monotonic, failures=3, open_s=30.0)


def opened(breaker: Breaker) -> None:
    for _ in range(3):
        assert breaker.allows()
        breaker.failed()


def test_three_failures_in_a_row_open_it(breaker: Breaker) -> None:
    opened(breaker)
    assert not breaker.allows()


def test_failures_with_an_answer_between_do_not(breaker: Breaker) -> None:
    for _ in range(5):
        breaker.failed()
        breaker.failed()
        breaker.succeeded()
    assert breaker.allows()


async def test_one_probe_goes_out_and_closes_it_when_it_is_answered(breaker: Breaker, clock: ManualClock) -> None:
    opened(breaker)
    await clock.advance(29.9)
    assert not breaker.allows()
    await clock.advance(0.2)
    assert [breaker.allows(), breaker.allows()] == [True, False]
    breaker.succeeded()
    assert [breaker.allows(), breaker.allows()] == [True, True]


async def test_a_probe_that_fails_keeps_it_open(breaker: Breaker, clock: ManualClock) -> None:
    opened(breaker)
    await clock.advance(31)
    assert breaker.allows()
    breaker.failed()
    assert not breaker.allows()
    await clock.advance(31)
    assert breaker.allows()


async def test_a_probe_that_never_comes_back_does_not_keep_it_open_for_good(
    breaker: Breaker, clock: ManualClock
) -> None:
    opened(breaker)
    await clock.advance(31)
    assert breaker.allows()
    await clock.advance(31)
    assert breaker.allows()
