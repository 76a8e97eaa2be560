"""The linear layer over word groups: one logistic regression per agent, and for questions and refusals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from genesis.plan.ngrams import BUCKETS, features
from training.rows import Row

STRENGTH = 8.0
"""Inverse regularisation, chosen with one file of requests held out after the other."""


def fitted(rows: Sequence[Row], agents: Sequence[str]) -> dict[str, NDArray[np.generic]]:
    """Weights in eight bits with a scale per column, inverse document frequencies, constants."""
    texts = [row.text for row in rows]
    wanted = [
        [*(agent in row.sets[0] for agent in agents), False, False]
        if row.answer == "plan"
        else [*(False for _ in agents), row.answer == "question", row.answer == "refusal"]
        for row in rows
    ]
    for row in rows:  # a piece of a request asks for one agent only: that is what clauses are read by
        if row.spans is not None and len(row.spans) > 1:
            for span in row.spans:
                texts.append(row.text[span.start : span.end])
                wanted.append([*(agent == span.agent for agent in agents), False, False])
    counted = [features(text) for text in texts]
    starts = np.cumsum([0, *(len(numbers) for numbers, _ in counted)])
    matrix = sparse.csr_matrix(
        (np.concatenate([w for _, w in counted]), np.concatenate([n for n, _ in counted]), starts),
        shape=(len(texts), BUCKETS),
    )
    seen = np.asarray((matrix > 0).sum(axis=0)).ravel()
    idf = (np.log((1 + len(texts)) / (1 + seen)) + 1).astype(np.float16)
    matrix = matrix @ sparse.diags(idf.astype(np.float32))
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    matrix = (sparse.diags(1 / np.maximum(lengths, 1e-9)) @ matrix).tocsr()
    gold = np.asarray(wanted, dtype=bool)
    weights = np.zeros((BUCKETS, gold.shape[1]), dtype=np.float32)
    constants = np.zeros(gold.shape[1], dtype=np.float32)
    for column in range(gold.shape[1]):
        model = LogisticRegression(C=STRENGTH, solver="liblinear", max_iter=300, random_state=0)
        model.fit(matrix, gold[:, column])
        weights[:, column], constants[column] = model.coef_[0], model.intercept_[0]
    scale = np.abs(weights).max(axis=0) / 127
    return {
        "gram_w": np.round(weights / scale).astype(np.int8),
        "gram_scale": scale.astype(np.float32),
        "gram_idf": idf,
        "gram_b": constants,
    }
