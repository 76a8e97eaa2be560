"""A circuit breaker: who does not answer is left alone for a while, then asked once before everybody asks again."""

from __future__ import annotations

from collections.abc import Callable

FAILURES = 3
OPEN_S = 30.0


class Breaker:
    """For one dependency, on one event loop. Opens after `failures` in a row; one probe goes out every `open_s`.

    >>> now = [0.0]
    >>> breaker = Breaker(lambda: now[0], failures=2, open_s=10.0)
    >>> breaker.failed(), breaker.allows(), breaker.failed(), breaker.allows()
    (None, True, None, False)
    >>> now[0] = 10.0
    >>> breaker.allows(), breaker.allows()
    (True, False)
    >>> breaker.succeeded(), breaker.allows()
    (None, True)
    """

    def __init__(self, monotonic: Callable[[], float], *, failures: int = FAILURES, open_s: float = OPEN_S) -> None:
        self._monotonic = monotonic
        self._failures = failures
        self._open_s = open_s
        self._failed = 0
        self._until = 0.0

    def allows(self) -> bool:
        """Whether to ask now. True when open means: this one is the probe."""
        if self._failed < self._failures:
            return True
        if self._monotonic() < self._until:
            return False
        self._until = self._monotonic() + self._open_s  # a probe that is given up must not close the way for good
        return True

    def succeeded(self) -> None:
        """It answered as it should."""
        self._failed = 0

    def failed(self) -> None:
        """It did not."""
        self._failed += 1
        if self._failed >= self._failures:
            self._until = self._monotonic() + self._open_s
