"""Text that says the same again and again: a log, a list with one line in it fifty times.

The trained layer sums what it meets, and would take "good. good. good." for very sure. Nothing is lost by reading each
line once: what is said in it is said once.
"""

from __future__ import annotations

import re
import zlib

LEAST, MOST = 160, 20_000
"""Characters below which nothing repeats enough to matter, and beyond which it would take too long to see."""
REPETITIVE = 0.35
"""Size of what zlib makes of a text, over the text's, below which it repeats itself; prose is at 0.45 to 0.7."""
SEGMENT = 12
"""Shorter ones are kept however often they come: words and letters on lines of their own are a disguise."""
_ENDS = re.compile(r"(?<=[\n.!?])")
_DIGITS = re.compile(r"\d+")


def thinned(text: str) -> str:
    """`text` with each line or sentence once, numbers aside, if it repeats itself; otherwise the text."""
    if not LEAST <= len(text) <= MOST:
        return text
    data = text.encode("utf-8", "surrogatepass")
    if len(zlib.compress(data, 1)) >= REPETITIVE * len(data):
        return text
    met: set[str] = set()
    kept = []
    for segment in _ENDS.split(text):
        said = _DIGITS.sub("0", segment.strip().casefold())
        if len(said) < SEGMENT or said not in met:
            met.add(said)
            kept.append(segment)
    return "".join(kept)
