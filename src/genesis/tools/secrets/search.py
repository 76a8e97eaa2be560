"""Finds secrets in a text by format and by name, and masks them."""

from __future__ import annotations

from genesis.tools.secrets.formats import Hit, find_by_format
from genesis.tools.secrets.names import find_by_name


def search(text: str, file: str = "") -> list[Hit]:
    """The secrets of a text in order, none overlapping another; the surer and then the longer one stays."""
    found = [*find_by_format(text), *find_by_name(text, file)]
    kept: list[Hit] = []
    for hit in sorted(found, key=lambda hit: (not hit.sure, hit.start - hit.end, hit.start)):
        if all(hit.end <= other.start or hit.start >= other.end for other in kept):
            kept.append(hit)
    return sorted(kept, key=lambda hit: hit.start)


def mask(text: str, file: str = "") -> str:
    """The text with `[REDACTED:kind]` in place of each secret; nothing of it stays, neither head nor tail."""
    for hit in reversed(search(text, file)):
        text = f"{text[: hit.start]}[REDACTED:{hit.kind}]{text[hit.end :]}"
    return text
