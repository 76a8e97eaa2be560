"""What is written in another form, read: base64, hex, percent, HTML, escapes. Each returns what it decoded, or ""."""

from __future__ import annotations

import base64
import binascii
import html
import re
from functools import lru_cache

import numpy as np
import re2
from numpy.typing import NDArray

# Bounded by the length of the text: no expression here can backtrack over more than one run of its own class.
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_WRAPPED = re.compile(r"\n(?<=[A-Za-z0-9+/]{60}\n)(?=[A-Za-z0-9+/])")
_HEX = re.compile(r"(?:(?:\\x|0x)?[0-9a-fA-F]{2}[ :,\n]?){8,}")
_BETWEEN_HEX = b" :,\n"
_ENTITY = re.compile(r"(&(?:#\d{2,6}|#[xX][0-9a-fA-F]{2,5}|[a-zA-Z]{2,8});)")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
# Whether there is any at all, asked of RE2: it looks at each byte once, where `re` begins anew at each.
_ANY_BASE64 = re2.compile(rb"[A-Za-z0-9+/_-]{16}")
_ANY_WRAPPED = re2.compile(rb"[A-Za-z0-9+/]{60}\r?\n[A-Za-z0-9+/]")
_ANY_HEX = re2.compile(rb"(?:(?:\\x|0x)?[0-9a-fA-F]{2}[ :,\n]?){8}")
_HTML_LEAST, _PERCENT_LEAST, _ESCAPES_LEAST, _HEX_LEAST = 2, 3, 4, 8
_NIBBLES = np.full(256, -1, dtype=np.int16)
"""What a byte is worth as a hexadecimal digit, or -1."""
for _digit in "0123456789abcdefABCDEF":
    _NIBBLES[ord(_digit)] = int(_digit, 16)
_PRINTABLE = 0.9
_MOST_RUNS = 128
"""Runs decoded of each kind, the longest first: thousands of decoys must not buy time."""


def _readable(raw: bytes) -> str:
    """The bytes as text, or "" when they are none: most of what looks like base64 is a hash, a key, a picture."""
    text = ""
    for encoding in ("utf-8", "utf-16-le") if b"\0" in raw else ("utf-8",):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    if not text:
        return ""
    good = sum(1 for char in text[:200] if char.isprintable() or char in "\n\t\r")
    return text if good >= _PRINTABLE * len(text[:200]) else ""


def _longest(runs: list[str]) -> list[str]:
    return runs if len(runs) <= _MOST_RUNS else sorted(runs, key=len, reverse=True)[:_MOST_RUNS]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def base64_of(text: str) -> str:
    """All runs of base64 that hold readable text, one per line."""
    raw = _bytes(text)
    if not _ANY_BASE64.search(raw):
        return ""
    if _ANY_WRAPPED.search(raw):
        text = _WRAPPED.sub("", text.replace("\r\n", "\n"))
    found = []
    for one in _longest(_BASE64.findall(text)):
        run = one.rstrip("=").replace("-", "+").replace("_", "/")
        if len(run) % 4 == 1:
            run = run[:-1]
        try:
            found.append(_readable(base64.b64decode(run + "=" * (-len(run) % 4))))
        except (binascii.Error, ValueError):
            continue
    return "\n".join(one for one in found if one)


def hex_of(text: str) -> str:
    """All runs of hexadecimal bytes that hold readable text, one per line."""
    if sum(map(text.count, "234567")) < _HEX_LEAST:  # what a letter or blank in hexadecimal begins with
        return ""
    if not _ANY_HEX.search(_bytes(text)):
        return ""
    found = []
    for one in _longest(_HEX.findall(text)):
        digits = one.replace("\\x", "").replace("0x", "").encode().translate(None, _BETWEEN_HEX).decode()
        found.append(_readable(bytes.fromhex(digits[: len(digits) // 2 * 2])))
    return "\n".join(one for one in found if one)


def percent_of(text: str) -> str:
    """The text with its percent escapes read, when there are several."""
    if text.count("%") < _PERCENT_LEAST:
        return ""
    raw: NDArray[np.uint8] = np.frombuffer(_bytes(text) + b"\0\0", dtype=np.uint8)
    at = np.flatnonzero(raw == ord("%"))
    high, low = _NIBBLES[raw[at + 1]], _NIBBLES[raw[at + 2]]
    escapes = (high >= 0) & (low >= 0)
    at = at[escapes]
    if at.size < _PERCENT_LEAST:
        return ""
    made, kept = raw.copy(), np.ones(raw.size, dtype=bool)
    made[at] = (high[escapes] << 4) | low[escapes]
    kept[at + 1] = kept[at + 2] = kept[-2:] = False
    read = made[kept].tobytes().decode("utf-8", "replace")
    return read.replace("+", " ") if " " not in text else read


def html_of(text: str) -> str:
    """The text with its HTML entities and `\\u` escapes read, when there are several."""
    made = text
    if text.count("&") >= _HTML_LEAST:
        parts = _ENTITY.split(text)
        if len(parts) > 2 * _HTML_LEAST:
            parts[1::2] = map(_entity, parts[1::2])
            made = "".join(parts)
    if text.count("\\u") >= _ESCAPES_LEAST:
        parts = _ESCAPE.split(made)
        parts[1::2] = map(_escaped, parts[1::2])
        made = "".join(parts)
    return made if made != text else ""


@lru_cache(maxsize=4096)
def _entity(entity: str) -> str:
    if entity[1] == "#" and len(entity) > len("&#255;"):  # below it is not as simple: &#150; is a dash
        return chr(int(entity[3:-1], 16) if entity[2] in "xX" else int(entity[2:-1]))
    return html.unescape(entity)


@lru_cache(maxsize=4096)
def _escaped(digits: str) -> str:
    return chr(int(digits, 16))
