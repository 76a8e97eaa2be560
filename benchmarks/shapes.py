"""The graphs that the engine is measured on. Nodes are numbers; every graph is a list of predecessors by node.

Imported by the peer's process too, so it knows neither Genesis nor the peer.
"""

from __future__ import annotations

import random

Shape = list[list[int]]


def layers() -> Shape:
    """10 layers of 10, each node after all of the layer before."""
    return [list(range(node // 10 * 10 - 10, node // 10 * 10)) if node >= 10 else [] for node in range(100)]


def chain() -> Shape:
    """100 in a row."""
    return [[node - 1] if node else [] for node in range(100)]


def fan() -> Shape:
    """1000 side by side."""
    return [[] for _ in range(1000)]


def uneven() -> tuple[Shape, list[float]]:
    """10 layers of 10, two predecessors each; seconds per node are lognormal, median 15 ms, at most 250 ms: the way
    model calls take their time."""
    chance = random.Random(7)
    before = [
        [] if node < 10 else sorted(chance.sample(range(node // 10 * 10 - 10, node // 10 * 10), 2))
        for node in range(100)
    ]
    return before, [min(0.25, chance.lognormvariate(-4.2, 1.0)) for _ in range(100)]


def critical_path(before: Shape, seconds: list[float]) -> float:
    """Seconds that the longest way through takes: nothing can be faster."""
    ends: list[float] = []
    for node, first in enumerate(before):
        ends.append(seconds[node] + max((ends[one] for one in first), default=0.0))
    return max(ends)


SHAPES: dict[str, tuple[Shape, list[float]]] = {
    "layers": (layers(), [0.0] * 100),
    "chain": (chain(), [0.0] * 100),
    "fan": (fan(), [0.0] * 1000),
    "uneven": uneven(),
}
