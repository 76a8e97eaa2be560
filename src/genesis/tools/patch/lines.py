"""Lines as bytes, and names as git writes them."""

from __future__ import annotations

import re

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}


def split(content: bytes) -> list[bytes]:
    """Lines with their ends; only a line feed ends one (`splitlines` would also break at form feeds)."""
    return [line for line in re.split(rb"(?<=\n)", content) if line]


def quoted(name: str) -> str:
    if all(" " <= character <= "~" and character not in '"\\' for character in name):
        return name
    escaped = "".join(
        chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03o}" for byte in name.encode()
    )
    return f'"{escaped}"'


def unquoted(text: str) -> str:
    found = bytearray()
    at = 1
    while at < len(text) - 1:
        if text[at] != "\\":
            found += text[at].encode()
            at += 1
        elif re.fullmatch(r"[0-3][0-7]{2}", text[at + 1 : at + 4]):
            found.append(int(text[at + 1 : at + 4], 8))
            at += 4
        else:
            found += _ESCAPES.get(text[at + 1], text[at + 1]).encode()
            at += 2
    return found.decode("utf-8", "replace")
