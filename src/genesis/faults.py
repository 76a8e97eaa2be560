"""Named points at which a test may let the process fail. Off, a point costs one look at a global that is None.

Turned on only by a call of `on` in this process; no code of the product makes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

_points: dict[str, Callable[[], None]] | None = None


def fault(point: str) -> None:
    """Passes point `point`; does what a test has put there."""
    if _points is not None and point in _points:
        _points[point]()


def on(points: Mapping[str, Callable[[], None]]) -> None:
    """Puts an action at each of these points."""
    global _points
    _points = dict(points)


def off() -> None:
    """Takes all actions away."""
    global _points
    _points = None
