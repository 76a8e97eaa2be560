"""Secrets that this process itself holds: found for certain, in the forms in which they travel."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus

from genesis.security.redact.assignments import Found

MIN_CHARS = 6
"""What is shorter would be found everywhere."""
MIN_LINE = 16


def forms(secret: str | bytes) -> set[bytes]:
    """`secret` as it stands in texts: as it is, quoted for JSON, for URLs, in hex and in base64 (also within one). Of
    bytes only the last two: what else they are in a text depends on who reads them."""
    if isinstance(secret, bytes):
        found, raw = set[bytes](), secret
    else:
        raw = secret.encode("utf-8", "surrogatepass")
        found = {raw, secret.encode("unicode_escape"), quote(raw, safe="").encode(), quote_plus(raw).encode()}
        found |= {secret.replace("\\", "\\\\").replace('"', '\\"').encode("utf-8", "surrogatepass")}
        # The marks of a private key are every key's.
        found |= {line for line in raw.split(b"\n") if len(line) >= MIN_LINE and line[:5] != b"-----"}
    found |= {raw.hex().encode(), raw.hex().upper().encode()}
    for shift in range(3):
        # Within a longer text that was encoded the secret begins at any of three places; what is left are the
        # characters that depend on nothing but the secret.
        whole = base64.b64encode(b"\0" * shift + raw)
        first = -(-shift * 8 // 6) if shift else 0
        last = (len(raw) + shift) * 8 // 6
        for form in (whole[first:last], whole[first:], whole[first:].rstrip(b"=")):
            found |= {form, form.replace(b"+", b"-").replace(b"/", b"_")}
    return {one for one in found if len(one) >= MIN_CHARS and b"\n" not in one}


class Registered:
    """A set of secrets that grows; looking for all of them costs one pass (Aho-Corasick)."""

    def __init__(self) -> None:
        self._forms: set[bytes] = set()
        self._automaton: Any = None
        self._lock = threading.Lock()

    def add(self, secret: str | bytes) -> None:
        """From now on it is found. Too short a one, or spaces alone, is left out: it would be found everywhere."""
        if len(secret.strip()) < MIN_CHARS:
            return
        with self._lock:
            self._forms |= forms(secret)
            import ahocorasick

            # Made anew as a whole: an automaton that is being read cannot grow.
            automaton = ahocorasick.Automaton()
            for form in self._forms:
                automaton.add_word(form.decode("latin-1"), len(form))
            automaton.make_automaton()
            self._automaton = automaton

    def __bool__(self) -> bool:
        return self._automaton is not None

    def find(self, data: bytes) -> Iterator[Found]:
        """Where they stand, the longest at each place."""
        if self._automaton is not None:
            for last, size in self._automaton.iter(data.decode("latin-1")):
                start = last - size + 1
                yield Found(start, last + 1, "registered", start)
