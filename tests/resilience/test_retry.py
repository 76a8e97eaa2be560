"""What is repeated, and when."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis.errors import Category
from genesis.resilience.retry import POINTLESS, POLICIES, retry_at

CATEGORIES = get_args(Category)


@given(
    st.sampled_from(sorted(POLICIES)), st.integers(1, 10), st.floats(0, 1, exclude_max=True), st.floats(0, 2e9)
)  # fmt: skip
def test_delays_are_drawn_between_nothing_and_the_cap(
    category: Category, attempt: int, draw: float, now: float
) -> None:
    policy = POLICIES[category]
    at = retry_at(category, "ANY", attempt=attempt, now=now, draw=draw)
    if attempt >= policy.attempts:
        assert at is None
    else:
        cap = min(policy.cap_s, policy.base_s * 2 ** (attempt - 1))
        assert at == now + draw * cap


@pytest.mark.parametrize("category", [one for one in CATEGORIES if one not in POLICIES])
def test_what_would_say_the_same_again_is_not_asked_again(category: Category) -> None:
    assert retry_at(category, "ANY", attempt=1, now=0, draw=0.5) is None


@pytest.mark.parametrize("code", sorted(POINTLESS))
def test_waiting_does_not_mend_a_budget(code: str) -> None:
    assert retry_at("resource", code, attempt=1, now=0, draw=0.5) is None
    assert retry_at("resource", "RESOURCE_EXHAUSTED", attempt=1, now=0, draw=0.5) is not None


def test_the_other_side_may_ask_for_longer_but_not_for_shorter() -> None:
    assert retry_at("network", "N", attempt=3, now=10, draw=0.5, retry_after=7) == 17
    assert retry_at("network", "N", attempt=3, now=10, draw=0.5, retry_after=0.1) == 11


def test_deadline_and_budget_end_it() -> None:
    assert retry_at("network", "N", attempt=1, now=10, draw=0.5, deadline=10.25) is None
    assert retry_at("network", "N", attempt=1, now=10, draw=0.5, deadline=10.26) == 10.25
    assert retry_at("network", "N", attempt=1, now=10, draw=0.5, budget=0) is None


def test_what_a_remote_agent_failed_at_is_not_given_to_it_again_but_an_agent_that_is_down_is_asked_again() -> None:
    assert retry_at("network", "AGENT_FAILED", attempt=1, now=0.0, draw=0.5) is None
    assert retry_at("network", "NETWORK_FAILED", attempt=1, now=0.0, draw=0.5) is not None
