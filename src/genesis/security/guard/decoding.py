"""What is written in another form, read: base64, hex, percent, HTML, escapes. Each returns what it decoded, or ""."""

from __future__ import annotations

import base64
import binascii
import html
import re
from urllib.parse import unquote

# Bounded by the length of the text: no expression here can backtrack over more than one run of its own class.
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_WRAPPED = re.compile(r"(?<=[A-Za-z0-9+/]{60})\r?\n(?=[A-Za-z0-9+/])")
_HEX = re.compile(r"(?:(?:\\x|0x)?[0-9a-fA-F]{2}[ :,\n]?){8,}")
_NOT_HEX = re.compile(r"\\x|0x|[^0-9a-fA-F]")
_PERCENT = re.compile(r"%[0-9a-fA-F]{2}")
_ENTITY = re.compile(r"&(?:#\d{2,6}|#[xX][0-9a-fA-F]{2,5}|[a-zA-Z]{2,8});")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_HTML_LEAST, _PERCENT_LEAST, _ESCAPES_LEAST, _HEX_LEAST = 2, 3, 4, 8
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


def base64_of(text: str) -> str:
    """All runs of base64 that hold readable text, one per line."""
    if "\n" in text:
        text = _WRAPPED.sub("", text)
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
    found = []
    for one in _longest(_HEX.findall(text)):
        digits = _NOT_HEX.sub("", one)
        found.append(_readable(bytes.fromhex(digits[: len(digits) // 2 * 2])))
    return "\n".join(one for one in found if one)


def percent_of(text: str) -> str:
    """The text with its percent escapes read, when there are several."""
    if text.count("%") < _PERCENT_LEAST or len(_PERCENT.findall(text)) < _PERCENT_LEAST:
        return ""
    read = unquote(text, errors="replace")
    return read.replace("+", " ") if " " not in text else read


def html_of(text: str) -> str:
    """The text with its HTML entities and `\\u` escapes read, when there are several."""
    made = text
    if "&" in text and len(_ENTITY.findall(text)) >= _HTML_LEAST:
        made = _ENTITY.sub(lambda match: html.unescape(match.group()), made)
    if text.count("\\u") >= _ESCAPES_LEAST:
        made = _ESCAPE.sub(lambda match: chr(int(match.group(1), 16)), made)
    return made if made != text else ""
