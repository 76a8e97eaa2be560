"""The redactor: text in, the same text with `[REDACTED:kind:tag]` in place of every secret out."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Iterable
from typing import Any

import orjson

from genesis.security.redact import lines
from genesis.security.redact.registered import Registered
from genesis.security.redact.scan import MAX_LINE, Scan
from genesis.security.redact.structured import secret_named

TAG_CHARS = 8
MAX_DEPTH = 100
LARGE = 65_536
"""So many bytes are gone over in a thread, where an event loop would wait for it."""

Count = Callable[[str], None]


class Redactor:
    """Takes secrets out of texts and of JSON-like values. Any thread may use it.

    `tag_key` makes the tags: the same secret has the same tag wherever the key is the same, and without the key nobody
    can try guesses against a tag. `count` is told the kind of each secret that was taken out. Doing it twice is the
    same as once.
    """

    def __init__(self, tag_key: bytes, secrets: Iterable[str] = (), *, count: Count = lambda kind: None) -> None:
        self._key = tag_key
        self._count = count
        self._registered = Registered()
        for secret in secrets:
            self._registered.add(secret)

    def register(self, secret: str | bytes) -> None:
        """A secret of this process's own: from now on it is found in any context, also encoded (bytes: only so)."""
        self._registered.add(secret)

    def redact(self, text: str) -> str:
        """`text` without its secrets. Never raises for any text."""
        data = text.encode("utf-8", "surrogatepass")
        if len(data) < MAX_LINE and lines.gate().search(data) is None and not any(self._registered.find(data)):
            return text
        parts, _ = self._scan().over(data, last=True)
        return b"".join(parts).decode("utf-8", "surrogatepass")

    def redact_value(self, value: Any) -> Any:
        """A JSON-like value without its secrets: by the names of its keys first, then by its texts.

        Mappings, lists and tuples are gone into (tuples become lists, as in JSON); other things stay as they are.
        """
        return self._value(value, None, 0)

    def redact_json(self, data: bytes) -> bytes:
        """JSON text without its secrets, as `redact_value` does it; the same object when there are none. What is no
        JSON after all is gone over as text."""
        if lines.gate().search(data) is None and not any(self._registered.find(data)):
            return data
        try:
            value = orjson.loads(data)
        except orjson.JSONDecodeError:
            return self.redact(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        redacted = self.redact_value(value)
        return data if redacted == value else orjson.dumps(redacted)

    async def redact_json_aside(self, data: bytes) -> bytes:
        """As `redact_json`; what is large holds no event loop up."""
        return self.redact_json(data) if len(data) < LARGE else await asyncio.to_thread(self.redact_json, data)

    def stream(self) -> Stream:
        """For text that comes in pieces."""
        return Stream(self._scan())

    def _scan(self) -> Scan:
        return Scan(self._mark, self._registered.find if self._registered else None)

    def _mark(self, kind: str, secret: bytes) -> bytes:
        self._count(kind)
        return f"[REDACTED:{kind}:{self._tag(secret)}]".encode()

    def _tag(self, secret: bytes) -> str:
        return hmac.digest(self._key, secret, "sha256").hex()[:TAG_CHARS]

    def _value(self, value: Any, name: str | None, depth: int) -> Any:
        if isinstance(value, str):
            kind = secret_named(name, value) if name is not None else None
            redacted = self.redact(value)
            if kind is None or lines.MARKER.fullmatch(redacted.encode("utf-8", "surrogatepass")):
                return redacted  # its own form says more of it than its name
            return self._mark(kind, value.encode("utf-8", "surrogatepass")).decode()
        if depth >= MAX_DEPTH:  # JSON of strangers is capped long before
            return self.redact(repr(value)) if isinstance(value, dict | list | tuple) else value
        if isinstance(value, dict):
            return {
                self.redact(key) if isinstance(key, str) else key: self._value(
                    one, key if isinstance(key, str) else None, depth + 1
                )
                for key, one in value.items()
            }
        if isinstance(value, list | tuple):
            return [self._value(one, name, depth + 1) for one in value]
        return value


def unmarked(text: str) -> str:
    """`text` with nothing where secrets were taken out, for those who judge what it says: a mark is ours, not its
    writer's."""
    return lines.MARKER.sub(b"", text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


class Stream:
    """Text in pieces: what `feed` returns is safe to be told; what may belong to a secret is held back.

    However the text is cut, what all calls return together is what `redact` makes of the whole. A line is held back to
    its end (at most 64 KiB of it), a private key to its last line.
    """

    def __init__(self, scan: Scan) -> None:
        self._scan = scan
        self._held: list[bytes] = []
        self._size = 0

    def feed(self, text: str) -> str:
        """The next piece of the text. What can be told by now."""
        data = text.encode("utf-8", "surrogatepass")
        self._held.append(data)
        self._size += len(data)
        if b"\n" not in data and self._size < MAX_LINE:
            return ""  # nothing has ended: small pieces are not gone over again and again
        parts, rest = self._scan.over(b"".join(self._held), last=False)
        self._held, self._size = [rest], len(rest)
        return b"".join(parts).decode("utf-8", "surrogatepass")

    def close(self) -> str:
        """The text has ended. What was held back."""
        parts, _ = self._scan.over(b"".join(self._held), last=True)
        self._held, self._size = [], 0
        return b"".join(parts).decode("utf-8", "surrogatepass")
