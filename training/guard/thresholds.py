"""How scores become points, and points a verdict: chosen on innocent text not trained with, never on attacks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from genesis.security.guard.canonical import plain_codes
from genesis.security.guard.guard import Channel, Points
from genesis.security.guard.linear import Linear
from training.guard.rows import OWN, Row

ORDINARY, TRICKY = 0.9985, 0.98
"""Share of unseen innocent texts that the trained layer alone must let through: ordinary, and written to mislead."""
LOWEST = 0.97
"""Share of ordinary text that gets no points at all."""
CHANNELS: dict[Channel, float] = {"user": 1.0, "tool": 1.0, "memory": 1.0, "agent": 1.0}


def points(linear: Linear, rows: Sequence[Row]) -> Points:
    """From the unseen innocent rows among `rows`."""
    unseen = [row for row in rows if row.unseen and not row.attack]
    odds = np.asarray([linear.scores(plain_codes(row.text)).max() for row in unseen])
    ordinary = np.asarray([row.source.startswith(("requests/", "planning/", "stdlib")) for row in unseen])
    tricky = np.asarray([row.source == OWN for row in unseen])
    high = max(float(np.quantile(odds[ordinary], ORDINARY)), float(np.quantile(odds[tricky], TRICKY)))
    low = max(-1.0, float(np.quantile(odds[ordinary], LOWEST)))
    return Points(min(low, high - 1.0), high)  # a model unsure of everything must not turn the scale around
