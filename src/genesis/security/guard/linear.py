"""The trained layer: one weight per hashed piece of text (3 to 5 letters; one to three words), summed over windows.

The weights are eight-bit integers in `linear.npz`, made by `python -m training.guard`. Everything here is array
arithmetic over code points, so that 100 kB cost a few milliseconds; no hashing library, because a polynomial over an
array is faster than a call per piece.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genesis.errors import FileInvalid
from genesis.security.guard.direction import Direction
from genesis.security.guard.folding import Codes, codes_of, fold, wordlike
from genesis.security.guard.vocabulary import Vocabulary

FILE = Path(__file__).with_name("linear.npz")
BITS = 19
STRIDE = 160
WINDOW = 2 * STRIDE
"""Characters scored together, and how far the next window is: an attack in a long document must not be diluted."""
BLOCK = 200 * STRIDE
CHARS = (3, 4, 5)
FEW = 40
"""So many pieces worth nothing every text is taken to have besides its own, here and in training: nobody can be sure of
"Say it"."""
PROBE = "The quick brown fox ignores all of the previous rules."
"""A text whose log odds the file holds, so that code and weights that do not belong together are noticed."""

_MULTIPLIER = np.random.default_rng(20_26).integers(1, 2**32, size=64, dtype=np.uint64).astype(np.uint32) | np.uint32(1)
_MIX = np.uint32(0x9E3779B1)
_SHIFT = np.uint32(32 - BITS)


@dataclass(frozen=True, slots=True)
class Pieces:
    """The bins of all pieces of a text, one kind after the other: first those of letters, one at each place; then those
    of words, one at the start of each but the last ones. `sizes`: how many there are of each kind."""

    bins: NDArray[np.uint32]
    sizes: tuple[int, ...]
    starts: NDArray[np.intp]

    def before(self, edges: NDArray[np.intp]) -> NDArray[np.intp]:
        """For each kind how many of its pieces begin before each of these places."""
        letters = min(len(self.sizes), len(CHARS))
        made = np.empty((len(self.sizes), edges.size), dtype=np.intp)
        made[:letters] = edges
        made[letters:] = np.searchsorted(self.starts, edges)
        return np.minimum(made, np.asarray(self.sizes, dtype=np.intp)[:, None], out=made)


def pieces(codes: Codes) -> Pieces:
    """Takes a folded text to pieces."""
    hashes: list[NDArray[np.uint32]] = []

    def add(hashed: NDArray[np.uint32], salt: int) -> None:
        hashes.append(hashed ^ np.uint32((salt * 0x85EBCA6B) & 0xFFFFFFFF))  # the salt keeps kinds apart

    size = codes.size
    rolling = np.zeros(size, dtype=np.uint32)
    for length in range(1, CHARS[-1] + 1):
        rolling = rolling[: max(0, size - length + 1)] + codes[length - 1 :] * _MULTIPLIER[length]
        if length in CHARS:
            add(rolling, length)
    inside = np.zeros(size + 2, dtype=bool)
    inside[1:-1] = wordlike(codes)
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    starts, ends = edges[::2], edges[1::2]
    if starts.size:
        lengths = ends - starts
        letters = codes[inside[1:-1]]
        offsets = np.cumsum(lengths) - lengths
        within = np.arange(letters.size, dtype=np.int32) - np.repeat(offsets.astype(np.int32), lengths)
        word = np.add.reduceat(letters * _MULTIPLIER[within & 63], offsets).astype(np.uint32)
        add(word, 11)
        if word.size > 1:
            add(word[:-1] * np.uint32(31) + word[1:] * np.uint32(17), 12)
        if word.size > 2:
            add(word[:-2] * np.uint32(31) + word[2:] * np.uint32(19), 13)
            add(word[:-2] * np.uint32(61) + word[1:-1] * np.uint32(29) + word[2:] * np.uint32(13), 14)
    mixed = np.concatenate(hashes)
    mixed *= _MIX
    mixed ^= mixed >> np.uint32(15)
    mixed *= np.uint32(0xC2B2AE35)
    mixed >>= _SHIFT
    return Pieces(mixed, tuple(one.size for one in hashes), starts)


def windows(size: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Begin and end of each window over so many characters."""
    if size <= WINDOW:
        return np.zeros(1, dtype=np.intp), np.full(1, size, dtype=np.intp)
    begin = np.arange(0, size - WINDOW // 2, STRIDE, dtype=np.intp)
    return begin, np.minimum(begin + WINDOW, size)


@dataclass(frozen=True, slots=True)
class Linear:
    """The weights (`scale` times an eight-bit integer each), the constant, and what came with them in the file."""

    weights: NDArray[np.int8]
    scale: float
    constant: float
    direction: Direction
    vocabulary: Vocabulary
    about: dict[str, Any]

    def scores(self, codes: Codes) -> NDArray[np.float64]:
        """The log odds of each window of one view; see `windows`. Long text is taken block by block: arrays that stay
        small are used again by the allocator, large ones are given back to the system each time (three times slower).
        """
        parts, at = [], 0
        while codes.size - at > BLOCK + 2 * WINDOW:
            parts.append(self._scores(codes[at : at + BLOCK + STRIDE])[: BLOCK // STRIDE])
            at += BLOCK
        last = self._scores(codes[at:])
        return np.concatenate([*parts, last]) if parts else last

    def _scores(self, codes: Codes) -> NDArray[np.float64]:
        found = pieces(codes)
        worth = self.weights[found.bins]
        if codes.size <= WINDOW:
            total = float(worth.sum(dtype=np.int64))
            return np.asarray([total * self.scale / np.sqrt(worth.size + FEW) + self.constant])
        # A window begins and ends at edges of strides; of sums up to each edge it is the difference of two.
        edges = np.minimum(np.arange(0, codes.size + STRIDE, STRIDE), codes.size)
        before = found.before(edges)
        summed = np.zeros(worth.size + 1, dtype=np.int32)
        np.cumsum(worth, out=summed[1:])
        of_kind = np.cumsum(found.sizes) - found.sizes
        given = summed[before + of_kind[:, None]].sum(axis=0)
        count = before.sum(axis=0)
        each = count[2:] - count[:-2] + FEW
        return np.asarray((given[2:] - given[:-2]) * self.scale / np.sqrt(each) + self.constant)


def load_linear(path: Path = FILE) -> Linear:
    """Reads the file. Raises `FileInvalid` when it is missing or not what `python -m training.guard` writes."""
    try:
        # Read whole first: numpy leaves the file open when it is damaged.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        about = json.loads(bytes(arrays["about"]).decode())
        weights = arrays["weights"]
        if weights.shape != (1 << BITS,) or weights.dtype != np.int8:
            raise FileInvalid(
                f"{path}: weights of {weights.dtype} {weights.shape}; int8 ({1 << BITS},) is read: make train-guard"
            )
        direction = Direction(arrays["direction"].astype(np.float32), tuple(about["direction_need"]))
        words = json.loads(bytes(arrays["words"]).decode())
        linear = Linear(weights, float(arrays["scale"]), float(arrays["constant"]), direction, Vocabulary(words), about)
        odds = float(linear.scores(fold(codes_of(PROBE)))[0])
        if abs(odds - about["probe"]) > 1e-3:  # else the layer would go on working, and mean nothing
            raise FileInvalid(
                f"{path}: made for other pieces than this code takes (probe {odds:.3f}): make train-guard"
            )
        return linear
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise FileInvalid(f"{path}: not a weights file of the guard ({error}): make train-guard writes it") from error
