"""Makes a `Linear` out of rows: windows of text, logistic regression over hashed pieces, eight-bit weights."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import SGDClassifier

from genesis.security.guard.canonical import plain_codes
from genesis.security.guard.direction import BINS, Direction, pairs
from genesis.security.guard.folding import Codes, codes_of, fold, text_of, words
from genesis.security.guard.linear import BITS, FEW, Linear, pieces, windows
from genesis.security.guard.vocabulary import Vocabulary, cuttable
from training.guard.rows import Row

DECAY = 1e-6
"""Regularisation, chosen with one source held out after the other."""
ROUNDS = 8
OFTEN = 2
"""Rows that a word must be in to be known."""
_ROT13 = str.maketrans("abcdefghijklmnopqrstuvwxyz", "nopqrstuvwxyzabcdefghijklm")


def _row(codes: Codes) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    every = pieces(codes).bins
    unique, counts = np.unique(every, return_counts=True)
    return unique.astype(np.int32), (counts / np.sqrt(every.size + FEW)).astype(np.float32)


def matrix(texts: Sequence[Codes]) -> sparse.csr_matrix:
    """One row per text: how often each piece occurs, over the square root of how many there are (and `FEW`)."""
    made = [_row(text) for text in texts]
    starts = np.cumsum([0, *(index.size for index, _ in made)], dtype=np.int32)
    return sparse.csr_matrix(
        (np.concatenate([value for _, value in made]), np.concatenate([index for index, _ in made]), starts),
        shape=(len(made), 1 << BITS),
    )


def _cut(rows: Sequence[Row]) -> tuple[list[Codes], NDArray[np.bool_], NDArray[np.intp]]:
    """The windows of all rows, whether each belongs to an attack, and which row it is of. Attacks are also set within
    innocent text, because that is where they are met."""
    rng = random.Random(17)
    innocent = [row.text for row in rows if not row.attack and len(row.text) < 240]
    cut: list[Codes] = []
    attack: list[bool] = []
    of: list[int] = []
    for number, row in enumerate(rows):
        texts = [row.text]
        if row.attack and len(row.text) < 260 and rng.random() < 0.35:
            cover = rng.choice(innocent)[: 300 - len(row.text)]
            texts.append(f"{cover} {row.text}" if rng.random() < 0.6 else f"{row.text} {cover}")
        for text in texts:
            codes = plain_codes(text[:5000])
            for begin, end in zip(*windows(codes.size), strict=True):
                cut.append(codes[begin:end])
                attack.append(row.attack)
                of.append(number)
    return cut, np.asarray(attack), np.asarray(of)


def fitted(rows: Sequence[Row], decay: float = DECAY) -> Linear:
    """Trained on all rows given. Long attacks hold innocent windows too: after a first round those that the model
    itself finds innocent are left out."""
    cut, attack, of = _cut(rows)
    features = matrix(cut)
    per_row = np.bincount(of, minlength=len(rows))
    weight = 1.0 / np.sqrt(per_row[of])
    model = SGDClassifier(loss="log_loss", alpha=decay, average=True, max_iter=ROUNDS, tol=None, random_state=0)
    model.fit(features, attack, sample_weight=weight)
    score = features @ model.coef_[0] + model.intercept_[0]
    keep = np.ones(len(cut), dtype=bool)
    for number in np.flatnonzero(per_row > 2).tolist():
        if rows[number].attack:
            mine = np.flatnonzero(of == number)
            keep[mine[score[mine] < np.median(score[mine])]] = False
    model.fit(features[keep], attack[keep], sample_weight=weight[keep])
    coefficients = model.coef_[0]
    scale = float(np.abs(coefficients).max() / 127)
    return Linear(
        np.round(coefficients / scale).astype(np.int8),
        scale,
        float(model.intercept_[0]),
        directions(rows),
        vocabulary(rows),
        {},
    )


def vocabulary(rows: Sequence[Row]) -> Vocabulary:
    """The words of the rows, but for code, and in how many rows each is."""
    counts = Counter(
        word
        for row in rows
        if row.source != "stdlib"
        for word in set(text_of(words(plain_codes(row.text))).split())
        if cuttable(word) and (len(word) > 1 or word in "ai")
    )
    return Vocabulary({word: count for word, count in sorted(counts.items()) if count >= OFTEN})


def directions(rows: Sequence[Row]) -> Direction:
    """Log odds of pairs of letters as they stand against reversed and rot13 text, and the odds that ask for a view:
    what one in a thousand innocent texts reaches."""
    texts = [plain_codes(row.text[:2000]) for row in rows]
    counts = np.full((3, BINS), 0.5)
    for codes in texts:
        turned = codes_of(text_of(codes).translate(_ROT13))
        for kind, one in enumerate((codes, codes[::-1], turned)):
            counts[kind] += np.bincount(pairs(fold(one)), minlength=BINS)
    counts = np.log(counts / counts.sum(axis=1, keepdims=True))
    odds = np.clip(np.stack([counts[1] - counts[0], counts[2] - counts[0]], axis=1), -6, 6).astype(np.float32)
    unsure = Direction(odds, (0.0, 0.0))
    votes = np.asarray([unsure.votes(codes) for codes, row in zip(texts, rows, strict=True) if not row.attack])
    need = np.quantile(votes, 0.995, axis=0)
    return Direction(odds, (float(need[0]), float(need[1])))
