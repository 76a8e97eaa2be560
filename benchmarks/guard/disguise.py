# ruff: noqa: RUF001
"""The disguises in which an attack must still be found."""

from __future__ import annotations

import base64
import codecs
from collections.abc import Callable, Mapping
from urllib.parse import quote

_LEET = str.maketrans("aeiostAEIOST", "431057431057")
_ALIKE = str.maketrans("aceiopsxyABEHKMOPTX", "асеіорѕхуАВЕНКМОРТХ")
_ZERO = "\u200b"


def _spaced(text: str) -> str:
    return "   ".join(" ".join(word) for word in text.split())


def _spaced_evenly(text: str) -> str:
    return " ".join(text.replace(" ", ""))


def _tags(text: str) -> str:
    return "Hello! " + "".join(chr(0xE0000 + ord(char)) if 0x20 <= ord(char) < 0x7F else char for char in text)


def _bidi(text: str) -> str:
    return f"\u202e{text[::-1]}\u202c"


DISGUISES: Mapping[str, Callable[[str], str]] = {
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 in a sentence": lambda text: f"Please look at this: {base64.b64encode(text.encode()).decode()} Thanks.",
    "hex": lambda text: text.encode().hex(),
    "percent": lambda text: quote(text, safe=""),
    "every byte percent": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "HTML entities": lambda text: "".join(f"&#{ord(char)};" for char in text),
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "reversed": lambda text: text[::-1],
    "leet": lambda text: text.translate(_LEET),
    "spaced-out letters": _spaced,
    "spaced, words lost": _spaced_evenly,
    "invisible characters": lambda text: _ZERO.join(text),
    "confusables": lambda text: text.translate(_ALIKE),
    "tag characters": _tags,
    "bidi override": _bidi,
    "newlines": lambda text: "\n".join(text.split()),
}
"""Name -> how a text is disguised."""
