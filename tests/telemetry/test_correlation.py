"""The correlation id comes from a valid `traceparent`, or is made; nothing else counts."""

from __future__ import annotations

import asyncio

import pytest

from genesis.telemetry import correlation

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize(
    "header",
    [f"00-{TRACE}-{PARENT}-01", f"00-{TRACE}-{PARENT}-00", f"01-{TRACE}-{PARENT}-01", f"01-{TRACE}-{PARENT}-01-x"],
)
def test_valid(header: str) -> None:
    assert correlation.from_traceparent(header) == TRACE


@pytest.mark.parametrize(
    "header",
    ["", "x", TRACE, f"00-{TRACE}-{PARENT}", f"ff-{TRACE}-{PARENT}-01", f"00-{'0' * 32}-{PARENT}-01",
     f"00-{TRACE}-{'0' * 16}-01", f"00-{TRACE.upper()}-{PARENT}-01", f"00-{TRACE}-{PARENT}-01-x",
     f"00-{TRACE[:-1]}-{PARENT}-01", f" 00-{TRACE}-{PARENT}-01", f"00-{TRACE}-{PARENT}-01\n"],
)  # fmt: skip
def test_not_valid(header: str) -> None:
    assert correlation.from_traceparent(header) is None


def test_a_made_id_is_never_all_zeros_and_comes_from_the_source_that_is_given() -> None:
    numbers = iter([0, 0, 7])
    assert correlation.new_id(lambda bits: next(numbers)) == f"{7:032x}"
    assert correlation.is_id(correlation.new_id())
    assert not correlation.is_id(correlation.NONE)


def test_what_goes_out_is_valid() -> None:
    assert correlation.from_traceparent(correlation.traceparent(TRACE, lambda bits: 0)) == TRACE


async def test_tasks_started_inside_belong_to_it_and_nothing_outside_does() -> None:
    async def ask() -> str:
        await asyncio.sleep(0)
        return correlation.current()

    with correlation.bound(TRACE):
        inside = asyncio.create_task(ask())
    outside = asyncio.create_task(ask())
    assert (await inside, await outside) == (TRACE, correlation.NONE)
