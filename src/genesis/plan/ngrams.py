"""Words, pairs of words and groups of letters of a text as hashed features: what the linear layer reads when there is
no encoder, and a second opinion when there is one."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from genesis.plan.text import plain

BUCKETS = 1 << 16
LONGEST = 6000
"""Characters that are read; what comes later in a longer text changes little."""
_WORD = re.compile(r"\w+|[?%€$]")


def features(text: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Buckets in rising order and the weight of each, 1 + ln(count).

    >>> numbers, weights = features("Run the tests, run them all")
    >>> len(numbers) == len(weights) and float(weights.max()) > 1.0
    True
    """
    words = _WORD.findall(plain(text[:LONGEST]))
    counted = Counter(f"w{word}" for word in words)
    counted.update(f"p{a} {b}" for a, b in pairwise(words))
    for word in words:
        padded = f"<{word}>"
        for size in (3, 4, 5):
            counted.update(f"c{padded[at : at + size]}" for at in range(max(1, len(padded) - size + 1)))
    by_bucket: Counter[int] = Counter()
    for name, count in counted.items():
        by_bucket[crc32(name.encode()) % BUCKETS] += count
    numbers = np.fromiter(sorted(by_bucket), dtype=np.int64, count=len(by_bucket))
    counts = np.fromiter((by_bucket[int(one)] for one in numbers), dtype=np.float32, count=len(by_bucket))
    return numbers, np.asarray(1.0 + np.log(counts), dtype=np.float32)
