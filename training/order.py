"""The layer that says which of two pieces of work comes first: multinomial regression over words, rules and states."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from genesis.plan.evidence import Reader
from genesis.plan.order import by_rules, closure
from genesis.plan.pieces import chained, pieces_of
from genesis.plan.precedence import BUCKETS, Place, Relation, cues, states
from training.rows import Row

STRENGTH = 0.2


def fitted(rows: Sequence[Row], reader: Reader) -> dict[str, NDArray[Any]]:
    """The weights `join_order_*` (with the encoder's states) and `alone_order_*`."""
    said: list[list[int]] = []
    seen: list[NDArray[np.float32]] = []
    gold: list[int] = []
    for row in rows:
        for buckets, state, order in _pairs(row, reader):
            said.append(buckets)
            seen.append(state)
            gold.append(order)
    starts = np.cumsum([0, *(len(one) for one in said)])
    words = sparse.csr_matrix(
        (np.ones(starts[-1], np.float32), np.concatenate(said), starts), shape=(len(said), BUCKETS)
    )
    alone = LogisticRegression(C=STRENGTH, max_iter=500).fit(words, gold)
    both = LogisticRegression(C=STRENGTH, max_iter=500).fit(sparse.hstack([words, np.stack(seen)]).tocsr(), gold)
    print(f"  {len(gold)} pairs, none, forward, backward: {np.bincount(gold).tolist()}")
    return {
        "alone_order_w": alone.coef_.T.astype(np.float16),
        "alone_order_b": alone.intercept_.astype(np.float32),
        "join_order_w": both.coef_[:, :BUCKETS].T.astype(np.float16),
        "join_order_s": both.coef_[:, BUCKETS:].T.astype(np.float16),
        "join_order_b": both.intercept_.astype(np.float32),
    }


def _pairs(row: Row, reader: Reader) -> Iterator[tuple[list[int], NDArray[np.float32], int]]:
    """Each pair of agents of a row, in the order of the text, with what the row says of their order. No word on it
    counts as "none", though such a row only does not demand one."""
    first: dict[str, Place] = {}
    for span in row.spans or ():
        first.setdefault(span.agent, Place(span.agent, span.start, span.end))
    if len(first) < 2:
        return
    whole = reader.read(row.text)
    if whole.sense is None:
        return
    pieces = chained(pieces_of(whole, row.sets[0], reader), reader.catalog)
    ruled = {
        (pieces[a].entry.agent, pieces[b].entry.agent)
        for b, direct in enumerate(closure(by_rules(pieces, whole.reads)))
        for a in direct
    }
    demanded = _closed({(a, b) for a, b in row.raw.get("before", ())})
    for a, b in combinations(sorted(first.values(), key=lambda one: (one.start, one.end)), 2):
        state = states(whole.sense, a, b)
        if state is None:
            continue
        there, back = (a.agent, b.agent), (b.agent, a.agent)
        rule: Relation = "forward" if there in ruled else "backward" if back in ruled else "none"
        yield cues(row.text, a, b, rule), state, 1 if there in demanded else 2 if back in demanded else 0


def _closed(pairs: set[tuple[str, str]]) -> set[tuple[str, str]]:
    found = set(pairs)
    while True:
        more = {(a, d) for a, b in found for c, d in found if b == c and a != d} - found
        if not more:
            return found
        found |= more
