"""The one canonicaliser: a text as every detector reads it, and as it reads once decoded. Linear and bounded.

The first view is the text itself, folded. Others follow only where something in the text asks for them: all views
beyond the first together hold at most twice the bytes of what came in, and nothing is decoded more than two levels
deep.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import re2
from numpy.typing import NDArray

from genesis.security.guard import decoding
from genesis.security.guard.direction import Direction
from genesis.security.guard.folding import TAGS, Codes, codes_of, fold, fold_loose, single_spaced, text_of
from genesis.security.guard.spacing import joined

GROWTH = 2
"""All decoded views together hold at most this many times the bytes of the input."""
LONG = 32_768
"""Bytes from which on they hold as many as the input: time is what hostile text of this size is sent for."""
LEVELS = 2

_ROT13 = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "nopqrstuvwxyzabcdefghijklmNOPQRSTUVWXYZABCDEFGHIJKLM"
)
_LEET = str.maketrans("013457@$!|", "oieastasil")
_LEET_L = str.maketrans("013457@$!|", "oleastasil")
_LEET_LEAST, _LEET_NEAR = 5, 320
_LONG_WORD = re2.compile(rb"[a-z]{20}")
_CUT_LEAST = 12
"""Letters in a word that is cut where another is so long that it must be."""
_RIGHT_TO_LEFT = "\u202e"


@dataclass(frozen=True, slots=True)
class View:
    """One reading of a text. `name` says how it was read: `plain`, or steps such as `base64` or `base64+rot13`.

    `glued`: in runs of so many letters nothing shows where words end; 0 where all is as it should be.
    """

    name: str
    codes: Codes
    glued: int = 0

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
    room = Room(text)
    return Canonical(tuple(views(text, direction, room)), *hidden(text), room.used)


def hidden(text: str) -> tuple[int, int]:
    """How many tag characters and how many that turn the direction of writing."""
    if text.isascii():
        return 0, 0
    codes = codes_of(text)
    tags = (codes >= TAGS + 0x20) & (codes < TAGS + 0x7F)
    bidi = ((codes >= 0x202A) & (codes <= 0x202E)) | ((codes >= 0x2066) & (codes <= 0x2069))
    return int(tags.sum()), int(bidi.sum())


def views(text: str, direction: Direction | None, room: Room) -> Iterator[View]:
    """The readings of a text one after the other, `plain` first: who has seen enough need not pay for the rest."""
    loose = fold_loose(codes_of(text))
    plain = View("plain", single_spaced(loose))
    yield plain
    sources = [(plain, loose)]
    waiting = [(plain, text)]
    for _ in range(LEVELS):
        found = []
        for view, source in waiting:
            for name, decode in _DECODERS:
                read = decode(source)
                if read and room.grants(read):
                    loose = fold_loose(codes_of(read))
                    made = View(_named(view, name), single_spaced(loose))
                    yield made
                    sources.append((made, loose))
                    found.append((made, read))
        waiting = found
    # What was decoded last is turned first: noise that only looks turned must not use the room up.
    backward = _RIGHT_TO_LEFT in text
    for view, loose in reversed(sources):
        together = joined(loose)
        if together is not None and room.grants(text_of(together[0])):
            yield View(_named(view, "spaced"), single_spaced(together[0]), 1 if together[1] else _CUT_LEAST)
        elif _glued(view.codes) and room.grants(view.text):
            yield View(_named(view, "glued"), view.codes, _CUT_LEAST)
        for name, read in _turned(view, backward, direction):
            if room.grants(read):
                yield View(_named(view, name), fold(codes_of(read)))


class Room:
    """How many bytes of views beyond the first a text may still be given."""

    def __init__(self, text: str) -> None:
        self.used = 0
        size = _size(text)
        self._most = (GROWTH if size < LONG else 1) * size

    def grants(self, text: str) -> bool:
        """Whether there was room for this one; it is used up."""
        size = _size(text)
        if self.used + size > self._most:
            return False
        self.used += size
        return True


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _named(view: View, step: str) -> str:
    return step if view.name == "plain" else f"{view.name}+{step}"


def _turned(view: View, backward: bool, direction: Direction | None) -> Iterator[tuple[str, str]]:
    """What a view says with its letters turned around or exchanged: name and text."""
    if (near := _leet(view.codes)).size:
        yield "leet", (folded := text_of(near)).translate(_LEET)
        if "1" in folded:
            yield "leet-l", folded.translate(_LEET_L)
    turned, rotated = direction.asks(view.codes) if direction is not None else (False, False)
    if backward or turned:
        yield "reversed", view.text[::-1]
    if rotated:
        yield "rot13", view.text.translate(_ROT13)


def _table(chars: str) -> NDArray[np.bool_]:
    made = np.zeros(129, dtype=bool)  # the last stands for whatever is beyond ASCII
    made[[ord(char) for char in chars]] = True
    return made


_DIGITS, _LETTERS = _table("013457@$"), _table("abcdefghijklmnopqrstuvwxyz")


def _leet(codes: Codes) -> Codes:
    """The neighbourhood of digits that may be letters and touch letters, where several do so in one place."""
    low = np.minimum(codes, 128)
    digit, letter = _DIGITS[low], _LETTERS[low]
    touching = np.flatnonzero((digit[1:] & letter[:-1]) | (digit[:-1] & letter[1:]))
    if not (touching[_LEET_LEAST - 1 :] - touching[: 1 - _LEET_LEAST] < _LEET_NEAR).any():
        return codes[:0]
    begin, end = np.maximum(touching - _LEET_NEAR, 0), np.minimum(touching + _LEET_NEAR, codes.size)
    reach = np.cumsum(np.bincount(begin, minlength=codes.size) - np.bincount(end, minlength=codes.size + 1)[:-1])
    return codes[reach > 0]


def _glued(codes: Codes) -> bool:
    """Whether there is a word so long that it may be several."""
    return _LONG_WORD.search(np.minimum(codes, 128).astype(np.uint8).tobytes()) is not None


_DECODERS = (
    ("percent", decoding.percent_of),
    ("html", decoding.html_of),
    ("base64", decoding.base64_of),
    ("hex", decoding.hex_of),
)


def plain_codes(text: str) -> Codes:
    """The first view alone: what the trained layer is trained on."""
    return np.asarray(fold(codes_of(text)))
