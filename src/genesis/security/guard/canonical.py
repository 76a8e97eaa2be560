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
_LEET_LEAST, _SINGLE_LEAST = 4, 5
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
    room = GROWTH * len(text.encode("utf-8", "surrogatepass"))
    whole = room
    loose = fold_loose(codes)
    plain = View("plain", single_spaced(loose))
    views = [plain]
    waiting = [(plain, loose, text)]
    for level in range(LEVELS + 1):  # after the last level letters may still be turned or spelled with digits
        found = []
        for view, before, source in waiting:
            for name, read, final in _readings(view, before, source, direction):
                size = len(read.encode("utf-8", "surrogatepass"))
                if size > room:
                    continue
                room -= size
                loose = fold_loose(codes_of(read))
                made = View(name if view is plain else f"{view.name}+{name}", single_spaced(loose))
                views.append(made)
                if not final:
                    found.append((made, loose, read if level + 1 < LEVELS else ""))
        waiting = found
    return Canonical(tuple(views), tags, bidi, whole - room)


def _readings(view: View, loose: Codes, source: str, direction: Direction | None) -> Iterator[tuple[str, str, bool]]:
    """What a view may also say: name, text, and whether that is the last step. `source` is its text before folding, or
    "" when nothing more may be decoded."""
    if source:
        for name, decode in _DECODERS:
            read = decode(source)
            if read:
                yield name, read, False
    folded = view.text
    if _single(loose) >= _SINGLE_LEAST and (apart := joined(text_of(loose))):
        yield "spaced", apart, True
    if _leet(view.codes) >= _LEET_LEAST:
        yield "leet", folded.translate(_LEET), True
        if "1" in folded:
            yield "leet-l", folded.translate(_LEET_L), True
    backward = _RIGHT_TO_LEFT in source
    if direction is not None and folded:
        turned, rotated = direction.asks(view.codes)
        backward = backward or turned
        if rotated:
            yield "rot13", folded.translate(_ROT13), True
    if backward:
        yield "reversed", folded[::-1], True


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
