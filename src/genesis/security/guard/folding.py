# ruff: noqa: RUF001
"""One table that folds every character to the one it is read as: case, width, accents, look-alikes, the invisible.

Folding is a table look-up, not `unicodedata.normalize`: one character never becomes several (U+FDFA would become 18),
so the text cannot grow, and 100 kB take well under a millisecond.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint32]
"""Code points, one each."""

GONE = 0xFFFFFFFF
SPACE = 0x20
APOSTROPHE = 0x27
TAGS = 0xE0000
_TOP = 0x20000
_UNFOLDED = 0xFFFD

# Ranges in which a character may have a compatibility form, an accent or another case. Hangul and Han stay as they are.
_RANGES = (
    (0x00, 0x2600), (0x2800, 0x2801), (0x2C60, 0x2E80), (0x3000, 0x3400), (0xA640, 0xAC00), (0xF900, 0x10000),
    (0x1D400, 0x1D800), (0x1F100, 0x1F200),
)  # fmt: skip

# What is read as a Latin letter though it is none: Cyrillic, Greek, Armenian, Cherokee, small capitals, struck letters.
_ALIKE = {
    "a": "аɑαΑᎪᴀ", "b": "вВьβΒᏴʙЬ", "c": "сСϲᏟᴄⅽ", "d": "ԁđᎠᴅⅾ", "e": "еЕєεΕᎬᴇҽ", "f": "ƒꜰϝ", "g": "ɡցᏀɢԌ",
    "h": "һНнΗհħᎻʜ", "i": "іІıɩιΙӏӀᎥɪ", "j": "јЈϳյᎫᴊ", "k": "кКκΚᏦᴋ", "l": "ǀłᏞʟ", "m": "мМΜᎷᴍ", "n": "ոΝηɴпПո",
    "o": "оОοΟσօøᴏ", "p": "рРρΡᏢᴘ", "q": "ԛգ", "r": "гГᎡʀ", "s": "ѕЅᏚꜱ", "t": "тТτΤᎢᴛŧ", "u": "υսᴜ", "v": "νѵᏙᴠʋ",
    "w": "ԝѡωᏔᴡ", "x": "хХχΧ", "y": "уУүγΥʏ", "z": "ΖᏃᴢ",
    '"': "“”„‟«»‹›", "'": "‘’‚‛`´", "-": "‐‑‒–—―−",
}  # fmt: skip


@lru_cache(maxsize=1)
def table() -> Codes:
    """For each code point below 0x20000 what it is read as, or `GONE`."""
    made = np.arange(_TOP, dtype=np.uint32)
    alike = {ord(other): ord(letter) for letter, others in _ALIKE.items() for other in others}
    for low, high in _RANGES:
        for code in range(low, high):
            made[code] = _folded(code, alike)
    made[0xD800:0xE000] = _UNFOLDED
    made[0xFE00:0xFE10] = GONE  # variation selectors
    for at in range(26):  # letters in squares, circles and flags
        for base in (0x1F130, 0x1F150, 0x1F170, 0x1F1E6):
            made[base + at] = ord("a") + at
    return made


def _folded(code: int, alike: dict[int, int]) -> int:
    if code in alike:
        return alike[code]
    char = chr(code)
    kind = unicodedata.category(char)
    if char.isspace() or kind in ("Zs", "Cc") or code == 0x2800:
        return SPACE
    if kind == "Cf" or code in (0x115F, 0x1160, 0x3164, 0xFFA0, 0x034F):
        return GONE
    if kind == "Mn":
        return GONE
    plain = "".join(one for one in unicodedata.normalize("NFKD", char) if unicodedata.category(one) != "Mn")
    if len(plain) != 1:  # a ligature, a fraction: kept, so that nothing grows
        return code
    plain = plain.lower()
    if len(plain) != 1:
        return code
    return alike.get(ord(plain), ord(plain))


def codes_of(text: str) -> Codes:
    """The code points of a text; lone surrogates are let through and fold to U+FFFD."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def text_of(codes: Codes) -> str:
    """The text of folded code points."""
    return codes.astype("<u4").tobytes().decode("utf-32-le")


def fold(codes: Codes) -> Codes:
    """Every character as it is read, runs of white space as one space. Never longer than what came in."""
    return single_spaced(fold_loose(codes))


def fold_loose(codes: Codes) -> Codes:
    """Every character as it is read, with all of its white space."""
    known = codes < _TOP
    if known.all():
        made = table()[codes]
    else:
        made = codes.copy()
        made[known] = table()[codes[known]]
        tags = (codes >= TAGS + 0x20) & (codes < TAGS + 0x7F)
        made[tags] = table()[codes[tags] - TAGS]
        made[(codes >= TAGS) & (codes < TAGS + 0x1000) & ~tags] = GONE
    return np.asarray(made[made != GONE])


def single_spaced(folded: Codes) -> Codes:
    """Runs of spaces as one."""
    blank = folded == SPACE
    if blank.size < 2:
        return folded
    keep = np.ones(blank.size, dtype=bool)
    keep[1:] = ~(blank[1:] & blank[:-1])
    return np.asarray(folded[keep])


@lru_cache(maxsize=1)
def _wordlike() -> NDArray[np.bool_]:
    made = np.zeros(_TOP, dtype=bool)
    made[ord("0") : ord("9") + 1] = made[ord("a") : ord("z") + 1] = made[ord("A") : ord("Z") + 1] = True
    for low, high in ((0xAA, 0x2000), (0x2C00, 0x2E00), (0x3005, 0x3008), (0x3031, 0xD800), (0xF900, 0xFE00)):
        for code in range(low, high):
            made[code] = chr(code).isalnum() or unicodedata.category(chr(code)) in ("Mc", "Mn")
    made[0xFF10:0xFFE0] = True
    made[0x10000:] = True
    made[0x1F000:] = False
    return made


def wordlike(folded: Codes) -> NDArray[np.bool_]:
    """Which characters belong to words."""
    return np.asarray(_wordlike()[np.minimum(folded, _TOP - 1)])


def words(folded: Codes) -> Codes:
    """Words alone, one space between: what stands between them (quotes, dashes, commas) is read over."""
    made = np.where(wordlike(folded), folded, SPACE).astype(np.uint32)
    return single_spaced(made[folded != APOSTROPHE])  # don't -> dont


def fold_text(text: str) -> str:
    """`fold` for a short text, such as a pattern's non-Latin words."""
    return text_of(fold(codes_of(text)))
