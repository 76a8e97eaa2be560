"""Body limits, held while the body streams in: what is too long is refused before it is in memory."""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from genesis.errors import BodyTooLarge, RequestInvalid

MAX_BODY_BYTES = 1_048_576


class BodyLimit:
    """ASGI middleware. `limit(path)` is the number of bytes that a body may have there.

    A `Content-Length` over the limit is refused unread; without one (chunked), reading raises as soon as the limit is
    passed. Both raise `BodyTooLarge`, which the error middleware above answers.
    """

    def __init__(self, app: ASGIApp, limit: Callable[[str], int] = lambda _: MAX_BODY_BYTES) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.limit(scope["path"])
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), None)
        if declared is not None:
            if not declared.isdigit():
                raise RequestInvalid("Content-Length: not a number")
            if int(declared) > limit:
                raise _too_large(limit)
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                if seen > limit:
                    raise _too_large(limit)
            return message

        await self.app(scope, counted, send)


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"the body is over the limit of {limit:,} bytes")
