"""What is worth repeating, how often and when: a pure function, so that a replayed log decides alike.

Full jitter (a delay drawn evenly between 0 and the cap) after Brooker, "Exponential Backoff and Jitter", 2015: of the
usual ways it spreads a herd best. The draw is the caller's, who records it.
"""

from __future__ import annotations

from typing import NamedTuple

from genesis.errors import Category


class Policy(NamedTuple):
    """`attempts` counts the first one. The cap of the n-th delay is `base_s * 2**(n - 1)`, at most `cap_s`."""

    attempts: int
    base_s: float
    cap_s: float


ONCE = Policy(1, 0.0, 0.0)
POLICIES: dict[Category, Policy] = {
    "network": Policy(4, 0.5, 30.0),
    "llm": Policy(3, 1.0, 20.0),
    "resource": Policy(3, 1.0, 30.0),
}
"""A category that is not here says the same again when asked again."""

POINTLESS = frozenset(
    {"AGENT_FAILED", "BUDGET_EXCEEDED", "DEADLINE_EXCEEDED", "HOME_IN_USE", "NEEDS_MISSING", "PORT_IN_USE"}
)
"""Codes of categories above that waiting does not mend."""


def retry_at(
    category: Category,
    code: str,
    *,
    attempt: int,
    now: float,
    draw: float,
    retry_after: float | None = None,
    deadline: float | None = None,
    budget: int = 1,
) -> float | None:
    """When to try again (seconds since the epoch), or None for never.

    `attempt` counts from 1 and is the one that failed; `draw` in [0, 1); `budget` is how many retries the run has
    left. A retry that would begin after `deadline` is not made.

    >>> retry_at("network", "NETWORK_FAILED", attempt=2, now=100.0, draw=0.5)
    100.5
    >>> retry_at("validation", "INVALID", attempt=1, now=100.0, draw=0.5) is None
    True
    """
    policy = ONCE if code in POINTLESS else POLICIES.get(category, ONCE)
    if attempt >= policy.attempts or budget <= 0:
        return None
    at = now + max(retry_after or 0.0, draw * min(policy.cap_s, policy.base_s * 2.0 ** (attempt - 1)))
    return None if deadline is not None and at >= deadline else at
