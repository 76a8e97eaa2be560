"""The correlation id: the W3C trace id, 32 hex digits, one per run, on everything.

https://www.w3.org/TR/trace-context/#traceparent-header
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from random import SystemRandom

Bits = Callable[[int], int]
"""`bits(n)`: a random integer of n bits."""

random_bits: Bits = SystemRandom().getrandbits
NONE = "0" * 32
"""The trace id that W3C forbids: what a line has that belongs to no request and no run."""

_current: ContextVar[str] = ContextVar("genesis_correlation_id", default=NONE)
_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


def current() -> str:
    """The correlation id of what is being done, or `NONE`."""
    return _current.get()


@contextmanager
def bound(correlation_id: str) -> Iterator[None]:
    """Everything inside belongs to `correlation_id`, tasks that are started there included."""
    token = _current.set(correlation_id)
    try:
        yield
    finally:
        _current.reset(token)


def new_id(bits: Bits = random_bits) -> str:
    """A correlation id that nobody has used.

    >>> new_id(lambda n: 255)
    '000000000000000000000000000000ff'
    """
    while not (number := bits(128)):
        pass  # all zeros is the one value that is no trace id
    return f"{number:032x}"


def is_id(text: str) -> bool:
    """Whether `text` is a trace id."""
    return re.fullmatch(r"[0-9a-f]{32}", text) is not None and text != NONE


def from_traceparent(header: str) -> str | None:
    """The trace id of a `traceparent` header, or None when the header is not valid (then it is ignored, whole).

    >>> from_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    '4bf92f3577b34da6a3ce929d0e0e4736'
    >>> from_traceparent("00-00000000000000000000000000000000-00f067aa0ba902b7-01") is None
    True
    """
    match = _TRACEPARENT.fullmatch(header)
    if match is None:
        return None
    version, trace, parent, _, rest = match.groups()
    # ff is forbidden; version 00 has nothing behind the flags, later ones may.
    if version == "ff" or (version == "00" and rest) or trace == NONE or parent == "0" * 16:
        return None
    return trace


def traceparent(correlation_id: str, bits: Bits = random_bits) -> str:
    """The header that carries `correlation_id` on, with a new parent id; flagged as not sampled: nobody recorded it."""
    return f"00-{correlation_id}-{bits(64) | 1:016x}-00"
