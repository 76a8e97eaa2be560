"""Buckets refill evenly, refuse without charge, and cannot be made to fill the memory."""

from __future__ import annotations

import pytest

from genesis.errors import RateLimited
from genesis.security.edge.rate import MAX_CALLERS, Buckets, Open, address


class Now:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_a_minute_s_worth_at_once_then_evenly() -> None:
    now = Now()
    buckets = Buckets(60, now)
    for _ in range(60):
        buckets.take("a")
    with pytest.raises(RateLimited) as caught:
        buckets.take("a")
    assert caught.value.retry_after == pytest.approx(1.0)
    buckets.take("b")
    now.seconds = 0.999
    with pytest.raises(RateLimited):
        buckets.take("a")
    now.seconds = 1.0  # who asked in vain meanwhile is not later for it
    buckets.take("a")
    with pytest.raises(RateLimited):
        buckets.take("a")
    now.seconds = 1e9
    for _ in range(60):
        buckets.take("a")
    with pytest.raises(RateLimited):
        buckets.take("a")


def test_a_crowd_of_callers_takes_bounded_memory() -> None:
    buckets = Buckets(1, Now())
    for number in range(MAX_CALLERS + 5):
        buckets.take(str(number))
    assert len(buckets._levels) == MAX_CALLERS
    with pytest.raises(RateLimited):
        buckets.take(str(MAX_CALLERS))


def test_what_is_open_is_counted_and_forgotten() -> None:
    opened = Open(2)
    opened.enter("a")
    opened.enter("a")
    with pytest.raises(RateLimited):
        opened.enter("a")
    opened.enter("b")
    opened.leave("a")
    opened.enter("a")
    for one in "aab":
        opened.leave(one)
    assert opened._open == {}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
    ],
)
def test_who_is_one_caller(one: str, other: str, same: bool) -> None:
    assert (address(one) == address(other)) is same
