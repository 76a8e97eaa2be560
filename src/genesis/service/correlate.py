"""ASGI middleware: every request has a correlation id, from its `traceparent` or made, and says it in the answer."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from genesis.telemetry import correlation
from genesis.telemetry.correlation import Bits


class Correlate:
    """Binds the id while the request is served; headers `traceparent` and `x-correlation-id` carry it back."""

    def __init__(self, app: ASGIApp, bits: Bits) -> None:
        self.app = app
        self.bits = bits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = [value for name, value in scope["headers"] if name == b"traceparent"]
        # Twice the header is no valid header (W3C trace context, 3.2.1).
        found = correlation.from_traceparent(given[0].decode("latin-1")) if len(given) == 1 else None
        own = found or correlation.new_id(self.bits)
        headers = (
            (b"traceparent", correlation.traceparent(own, self.bits).encode()),
            (b"x-correlation-id", own.encode()),
        )

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *headers]
            await send(message)

        with correlation.bound(own):
            await self.app(scope, receive, marked)
