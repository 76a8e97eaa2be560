"""How much one caller may ask: a token bucket for each, and a number of requests that may be open at a time.

Our own 30 lines rather than a library's store: measured, that one starts a thread for every second request and takes
300 us of CPU, and its clock cannot be set.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from genesis.errors import RateLimited

MAX_CALLERS = 10_000


@dataclass(frozen=True)
class Limits:
    """What one caller may do. `per_minute`: requests of a key or token; `strangers_per_minute`: of an address that
    shows none, or a wrong one; `open_requests`: at a time, streams and waits included; `open_runs`: not ended yet."""

    per_minute: int = 3000
    strangers_per_minute: int = 300
    open_requests: int = 100
    open_runs: int = 200


class Buckets:
    """Token buckets by caller: `per_minute` at once, refilled evenly. `now`: seconds, monotonic."""

    def __init__(self, per_minute: int, now: Callable[[], float]) -> None:
        self._size = float(per_minute)
        self._now = now
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str) -> None:
        """Takes one. Raises `RateLimited` with the seconds until there is another."""
        now = self._now()
        level, at = self._levels.pop(caller, (self._size, now))
        level = min(self._size, level + (now - at) * self._size / 60)
        # Who is refused pays nothing: else who asks on and on would never get in again.
        self._levels[caller] = (level - 1 if level >= 1 else level, now)
        while len(self._levels) > MAX_CALLERS:  # the longest silent: nearly always full again by now
            self._levels.popitem(last=False)
        if level < 1:
            wait = (1 - level) * 60 / self._size
            raise RateLimited(f"more than {self._size:g} requests a minute; slow down", retry_after=wait)


class Open:
    """Requests that are being answered, by caller."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: dict[str, int] = {}

    def enter(self, caller: str) -> None:
        """Counts one more. Raises `RateLimited` when there are too many."""
        count = self._open.get(caller, 0)
        if count >= self._most:
            raise RateLimited(f"{count} requests of yours are open; let some end", retry_after=1.0)
        self._open[caller] = count + 1

    def leave(self, caller: str) -> None:
        """Counts one less."""
        count = self._open[caller] - 1
        if count:
            self._open[caller] = count
        else:
            del self._open[caller]


def address(host: str) -> str:
    """The caller behind an address: of IPv6 the /64, which one customer has to itself.

    >>> address("2001:db8::1") == address("2001:db8::ffff:2")
    True
    """
    try:
        number = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if number.version == 6 and number.ipv4_mapped is None:
        return str(ipaddress.ip_network((number, 64), strict=False))
    return str(getattr(number, "ipv4_mapped", None) or number)
