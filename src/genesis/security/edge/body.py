"""Body limits, held while the body streams in: what is too long is refused before it is in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from genesis.errors import BodyTooLarge, RequestInvalid

MAX_BODY_BYTES = 1_048_576
MAX_JSON_DEPTH = 32
MAX_JSON_VALUES = 200_000


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


def load_json(body: bytes) -> Any:
    """The JSON of `body`: at most 200,000 values; numbers that a double cannot hold are none.

    Raises `RequestInvalid` with the place, never with the text; `BodyTooLarge` for too many values.
    """
    # An upper bound of the values there can be, without building any: a list of nothing takes 50 times its bytes.
    if body.count(b",") + body.count(b"[") + body.count(b"{") > MAX_JSON_VALUES:
        raise BodyTooLarge(f"the body may hold over {MAX_JSON_VALUES:,} values (commas and brackets were counted)")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RequestInvalid(f"the body is not JSON (line {error.lineno}, column {error.colno})") from error


def check_depth(found: Any) -> None:
    """Passes for JSON of at most 32 levels. Raises `RequestInvalid`."""
    level: list[Any] = [found]
    for _ in range(MAX_JSON_DEPTH + 1):
        inner = [one for one in level if isinstance(one, dict | list)]
        if not inner:
            return
        level = [value for one in inner for value in (one.values() if isinstance(one, dict) else one)]
    raise RequestInvalid(f"the body does not parse: it is nested deeper than {MAX_JSON_DEPTH} levels")
