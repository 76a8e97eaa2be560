"""The one canonicaliser: a text as every detector reads it, and as it reads once decoded. Linear and bounded.

The first view is the text itself, folded. Others follow only where something in the text asks for them: all views
beyond the first together hold at most twice the bytes of what came in, and nothing is decoded more than two levels
deep.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genesis.security.guard import decoding
from genesis.security.guard.direction import Direction
from genesis.security.guard.folding import TAGS, Codes, codes_of, fold, fold_loose, single_spaced, text_of
from genesis.security.guard.spacing import joined

GROWTH = 2
"""All decoded views together hold at most this many times the bytes of the input."""
LEVELS = 2

_ROT13 = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "nopqrstuvwxyzabcdefghijklmNOPQRSTUVWXYZABCDEFGHIJKLM"
)
_LEET = str.maketrans("013457@$!|", "oieastasil")
_LEET_L = str.maketrans("013457@$!|", "oleastasil")
_LEET_LEAST, _SINGLE_LEAST = 5, 5
_RIGHT_TO_LEFT = "\u202e"


@dataclass(frozen=True, slots=True)
class View:
    """One reading of a text. `name` says how it was read: `plain`, or steps such as `base64` or `base64+rot13`."""

    name: str
    codes: Codes

    @property
    def text(self) -> str:
        """The folded text."""
        return text_of(self.codes)


@dataclass(frozen=True, slots=True)
class Canonical:
    """All views of a text, `plain` first, and what was seen on the way: counts of hidden characters."""

    views: tuple[View, ...]
    tags: int
    bidi: int
    decoded_bytes: int


def canonical(text: str, direction: Direction | None) -> Canonical:
    """Reads a text. Without `direction` (it is part of the trained file) rot13 and reversed text are not looked for."""
    codes = codes_of(text)
    tags = bidi = 0
    if not text.isascii():
        tags = int(((codes >= TAGS + 0x20) & (codes < TAGS + 0x7F)).sum())
        bidi = int((((codes >= 0x202A) & (codes <= 0x202E)) | ((codes >= 0x2066) & (codes <= 0x2069))).sum())
    loose = fold_loose(codes)
    plain = View("plain", single_spaced(loose))
    views = [plain]
    sources = [(plain, loose)]
    budget = _Budget(GROWTH * len(text.encode("utf-8", "surrogatepass")))
    waiting = [(plain, text)]
    for _ in range(LEVELS):
        found = []
        for view, source in waiting:
            for name, decode in _DECODERS:
                read = decode(source)
                if read and budget.grants(read):
                    loose = fold_loose(codes_of(read))
                    made = View(_named(view, name), single_spaced(loose))
                    views.append(made)
                    sources.append((made, loose))
                    found.append((made, read))
        waiting = found
    # What was decoded last is turned first: noise that only looks turned must not use the room up.
    backward = _RIGHT_TO_LEFT in text
    for view, loose in reversed(sources):
        for name, read in _turned(view, loose, backward, direction):
            if budget.grants(read):
                views.append(View(_named(view, name), fold(codes_of(read))))
    return Canonical(tuple(views), tags, bidi, budget.used)


class _Budget:
    """How many bytes may still be decoded."""

    def __init__(self, room: int) -> None:
        self.room, self.used = room, 0

    def grants(self, text: str) -> bool:
        size = len(text.encode("utf-8", "surrogatepass"))
        if self.used + size > self.room:
            return False
        self.used += size
        return True


def _named(view: View, step: str) -> str:
    return step if view.name == "plain" else f"{view.name}+{step}"


def _turned(view: View, loose: Codes, backward: bool, direction: Direction | None) -> Iterator[tuple[str, str]]:
    """What a view says with its letters put together, turned around or exchanged: name and text."""
    folded = view.text
    if _single(loose) >= _SINGLE_LEAST and (apart := joined(text_of(loose))):
        yield "spaced", apart
    if _leet(view.codes) >= _LEET_LEAST:
        yield "leet", folded.translate(_LEET)
        if "1" in folded:
            yield "leet-l", folded.translate(_LEET_L)
    turned, rotated = direction.asks(view.codes) if direction is not None else (False, False)
    if backward or turned:
        yield "reversed", folded[::-1]
    if rotated:
        yield "rot13", folded.translate(_ROT13)


def _table(chars: str) -> NDArray[np.bool_]:
    made = np.zeros(129, dtype=bool)  # the last stands for whatever is beyond ASCII
    made[[ord(char) for char in chars]] = True
    return made


_DIGITS, _LETTERS = _table("013457@$"), _table("abcdefghijklmnopqrstuvwxyz")
_BETWEEN = _table(" .,-_*|/~+:;")


def _leet(codes: Codes) -> int:
    """How often a digit that may be a letter touches a letter."""
    low = np.minimum(codes, 128)
    digit, letter = _DIGITS[low], _LETTERS[low]
    return int((digit[1:] & letter[:-1]).sum() + (digit[:-1] & letter[1:]).sum())


def _single(loose: Codes) -> int:
    """How many characters stand alone."""
    between = _BETWEEN[np.minimum(loose, 128)]
    return int((between[:-2] & ~between[1:-1] & between[2:]).sum())


_DECODERS = (
    ("percent", decoding.percent_of),
    ("html", decoding.html_of),
    ("base64", decoding.base64_of),
    ("hex", decoding.hex_of),
)


def plain_codes(text: str) -> Codes:
    """The first view alone: what the trained layer is trained on."""
    return np.asarray(fold(codes_of(text)))
