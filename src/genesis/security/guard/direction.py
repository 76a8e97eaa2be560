"""Does a stretch of text read like language, or like language backwards or in rot13? Pairs of letters tell.

Two small tables of log odds, trained beside the linear layer; a window votes, so that a hidden sentence in a long text
is found.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from genesis.security.guard.folding import Codes

BINS = 4096
WINDOW = 40
REVERSED, ROT13 = 0, 1
_UNIT = 1 << 16
"""Odds are added up as whole numbers of this fraction: a quarter of the time, and the same sum everywhere."""


def pairs(codes: Codes) -> NDArray[np.int64]:
    """The bin of each two neighbours."""
    if codes.size < 2:
        return np.zeros(0, dtype=np.int64)
    return ((codes[:-1] * np.uint32(0x9E3779B1) ^ codes[1:] * np.uint32(0x85EBCA77)) >> np.uint32(20)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Direction:
    """`odds[:, way]`: log odds of a pair in text read that way against text as it stands; `need`: mean in a window."""

    odds: NDArray[np.float32]
    need: tuple[float, float]
    _units: tuple[NDArray[np.int32], NDArray[np.int32]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        units = np.round(self.odds.astype(np.float64) * _UNIT).astype(np.int32)
        ways = np.ascontiguousarray(units[:, REVERSED]), np.ascontiguousarray(units[:, ROT13])
        object.__setattr__(self, "_units", ways)

    def votes(self, codes: Codes) -> tuple[float, float]:
        """The highest mean log odds over all windows, for reversed and for rot13."""
        found = pairs(codes)
        if found.size < WINDOW // 4:
            return (-9.0, -9.0)
        width = min(WINDOW, found.size)
        turned, rotated = (_most(units[found], width) / (width * _UNIT) for units in self._units)
        return turned, rotated

    def asks(self, codes: Codes) -> tuple[bool, bool]:
        """Whether to read the text reversed, or in rot13: at most one, the likelier."""
        turned, rotated = (vote - need for vote, need in zip(self.votes(codes), self.need, strict=True))
        return turned > 0 and turned >= rotated, rotated > 0 and rotated > turned


def _most(units: NDArray[np.int32], width: int) -> int:
    """The highest sum over so many neighbours. Sums over a long text overflow, and differences of them wrap back."""
    summed = np.cumsum(units, dtype=np.int32)
    first = int(summed[width - 1])
    return max(first, int((summed[width:] - summed[:-width]).max())) if summed.size > width else first
