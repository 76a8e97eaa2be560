"""Letters set apart, as in `i g n o r e` or `i-g-n-o-r-e`: finds the runs of them and puts them together again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genesis.security.guard.folding import SPACE, Codes

LEAST = 6
"""So many characters that stand alone, one after the other, are a run: `a, b or c` is none."""
_WIDEST = 6
"""Characters between two of a run."""
_KINDS = 8
_BETWEEN = np.zeros(129, dtype=bool)  # the last stands for whatever is beyond ASCII
_BETWEEN[[ord(char) for char in " .,-_*|/~+:;"]] = True


def joined(loose: Codes) -> tuple[Codes, bool] | None:
    """The text with its runs put together, and whether in one of them nothing shows where its words end; None when
    there is no run. `loose` is folded text with all of its white space.

    Within a run the gap that is met most is the one between letters; any other ends a word.
    """
    gap = _BETWEEN[np.minimum(loose, 128)]
    alone = ~gap
    alone[1:] &= gap[:-1]
    alone[:-1] &= gap[1:]
    at = np.flatnonzero(alone)
    if at.size < LEAST:
        return None
    inside = np.cumsum(~gap)[at]
    width = at[1:] - at[:-1] - 1
    first, last = _stretches((width <= _WIDEST) & (inside[1:] - inside[:-1] == 1))
    if not first.size:
        return None
    length = last - first
    begins = np.cumsum(length) - length
    run = np.repeat(np.arange(first.size), length)
    before = np.arange(run.size) - begins[run] + first[run]  # which of `at` stands before each gap
    at, width = at[before], width[before]
    kind = width * 128 + loose[at + 1]
    thin = _commonest(kind, begins)[run]
    mark = thin % 128  # the character that stands between letters
    wide = kind != thin
    kept, made, ends = np.ones(loose.size, dtype=bool), loose.copy(), wide.copy()
    for step in range(1, _WIDEST + 1):
        here = at + np.minimum(step, width)
        plain = ~wide | (loose[here] == SPACE) | (loose[here] == mark)
        kept[here] &= ~plain  # what is no part of the disguise, as a full stop, is kept
        ends &= plain
        if step == _WIDEST:  # its last character by now
            closing = here[wide & plain]
            kept[closing] = True
            made[closing] = SPACE
    alike = ~np.logical_or.reduceat(ends, begins)
    return made[kept], bool(alike.any())


def _stretches(linked: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First and last character of each run, counted among those that stand alone."""
    padded = np.zeros(linked.size + 2, dtype=bool)
    padded[1:-1] = linked
    edges = np.flatnonzero(padded[1:] != padded[:-1])
    first, last = edges[::2], edges[1::2]
    long = last - first >= LEAST - 1
    return first[long], last[long]


def _commonest(kind: NDArray[np.intp], begins: NDArray[np.intp]) -> NDArray[np.intp]:
    """The kind of gap that each run has most, of the few that the text has most."""
    counted = np.bincount(kind)
    most = np.zeros(begins.size, dtype=np.intp)
    best = np.zeros(begins.size, dtype=np.intp)
    for one in [one for one in np.argsort(counted)[::-1][:_KINDS].tolist() if counted[one]]:
        has = np.add.reduceat((kind == one).astype(np.intp), begins)
        most = np.where(has > best, one, most)
        best = np.maximum(best, has)
    return most
