"""Example memory: requests with known plans, found again by their words (TF-IDF over stems, pairs and letter groups).

numpy only; built once per catalog. A query costs one pass over its own features' postings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from genesis.plan.text import SKIPPED, tokens

Vector = NDArray[np.float32]
NEAREST = 12
SHARP = 12.0


def features(text: str) -> Counter[str]:
    """Stems, pairs of neighbouring stems, and groups of four letters, which carry inflections and other languages."""
    stems = [one.stem for one in tokens(text) if one.word not in SKIPPED]
    found: Counter[str] = Counter(stems)
    found.update(f"{a} {b}" for a, b in pairwise(stems))
    for word in stems:
        padded = f"<{word}>"
        found.update(f"#{padded[at : at + 4]}" for at in range(len(padded) - 3))
    return found


class Memory:
    """Texts by number, and the cosine of each with any other text."""

    def __init__(self, texts: Sequence[str]) -> None:
        counted = [features(text) for text in texts]
        seen: Counter[str] = Counter()
        for one in counted:
            seen.update(one.keys())
        self.texts = tuple(texts)
        self.size = len(texts)
        self._unseen = float(np.log(1 + len(texts))) + 1
        self._idf = {name: float(np.log((1 + len(texts)) / (1 + count))) + 1 for name, count in seen.items()}
        postings: dict[str, tuple[list[int], list[float]]] = {}
        for number, one in enumerate(counted):
            for name, weight in self._weights(one).items():
                numbers, weights = postings.setdefault(name, ([], []))
                numbers.append(number)
                weights.append(weight)
        self._postings = {
            name: (np.asarray(numbers, dtype=np.int32), np.asarray(weights, dtype=np.float32))
            for name, (numbers, weights) in postings.items()
        }

    def similar(self, text: str) -> Vector:
        """The cosine of `text` with each stored text, in [0, 1]."""
        scores = np.zeros(self.size, dtype=np.float32)
        for name, weight in self._weights(features(text)).items():
            posting = self._postings.get(name)
            if posting is not None:
                scores[posting[0]] += posting[1] * weight
        return scores

    def _weights(self, counted: Counter[str]) -> dict[str, float]:
        raw = {
            name: (1 + float(np.log(count))) * self._idf.get(name, self._unseen) * (0.35 if name[0] == "#" else 1.0)
            for name, count in counted.items()
        }
        length = sum(value * value for value in raw.values()) ** 0.5 or 1.0
        return {name: value / length for name, value in raw.items()}


def vote(scores: Vector, labels: Sequence[Iterable[str]]) -> dict[str, float]:
    """Share of the nearest texts' weight that carries each label; weight falls off as exp(SHARP * (cosine - 1))."""
    count = min(NEAREST, len(scores))
    if count == 0:
        return {}
    best = np.argpartition(scores, -count)[-count:]
    weights = np.exp(SHARP * (scores[best] - 1.0))
    total = float(weights.sum())
    shares: dict[str, float] = {}
    for number, weight in zip(best.tolist(), weights.tolist(), strict=True):
        for label in labels[number]:
            shares[label] = shares.get(label, 0.0) + weight / total
    return shares
