"""ASGI middleware: one log line and one measurement for each request."""

from __future__ import annotations

import logging
from contextvars import ContextVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from genesis.clock import Clock
from genesis.errors import Category
from genesis.security.edge.principal import Principal
from genesis.telemetry.metrics import Metrics

log = logging.getLogger("genesis.request")

MAX_PATH = 512
"""Characters of a path in the log. Nothing that is served is longer; to search more for secrets would cost a stranger
nothing and us a second."""


class Observation:
    """What is known of the request that is being served."""

    __slots__ = ("category", "durable", "route", "who")

    def __init__(self) -> None:
        self.route = "unmatched"
        self.durable: float | None = None
        self.category: Category = "unknown"
        self.who: dict[str, str] = {}


_current: ContextVar[Observation | None] = ContextVar("genesis_observation", default=None)


def route(template: str) -> None:
    """Says which route serves this request; a template, never a path, so that the metric stays small."""
    if (seen := _current.get()) is not None:
        seen.route = template


def category(of: Category) -> None:
    """Says what kind of error this request is answered with."""
    if (seen := _current.get()) is not None:
        seen.category = of


def who(asks: Principal) -> None:
    """Says who asks, and with which credential (its id, never itself)."""
    if (seen := _current.get()) is not None:
        seen.who = {"tenant": asks.owner.tenant, "subject": asks.owner.subject, "key": asks.key}


def durable(clock: Clock) -> None:
    """Says that what was asked for is durable: the request's duration ends here, whatever the caller waits for."""
    seen = _current.get()
    if seen is not None and seen.durable is None:
        seen.durable = clock.monotonic()


class Observe:
    """`genesis_requests_total`, `genesis_request_duration_seconds`, `genesis_errors_total`, and the request's line."""

    def __init__(self, app: ASGIApp, metrics: Metrics, clock: Clock) -> None:
        self.app = app
        self.metrics = metrics
        self.clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start = self.clock.monotonic()
        seen = Observation()
        token = _current.set(seen)
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                durable(self.clock)  # nothing said so before: the answer's first byte it is
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            _current.reset(token)
            end = self.clock.monotonic()
            outcome = "ok" if 0 < status < 400 else "refused" if 400 <= status < 500 else "error" if status else "gone"
            seconds = (seen.durable or end) - start
            self.metrics.request(seen.route, outcome, seconds)
            path: str = scope["path"]
            if outcome == "error":
                self.metrics.error(seen.category)
            log.info(
                "request",
                extra={
                    "method": scope["method"],
                    "path": path if len(path) <= MAX_PATH else f"({len(path):,} characters)",
                    "route": seen.route,
                    "status": status,
                    "ms": round(seconds * 1000, 3),
                    "total_ms": round((end - start) * 1000, 3),
                    **seen.who,
                },
            )
