"""ASGI middleware: whatever goes wrong is answered in the one JSON shape of errors, and nothing else gets out."""

from __future__ import annotations

import logging
import math

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from genesis.errors import GenesisError, MethodNotAllowed, NotFound, UnclassifiedError, classify
from genesis.service import observe
from genesis.telemetry import correlation

log = logging.getLogger("genesis.service")


def error_response(error: GenesisError, headers: dict[str, str] | None = None) -> Response:
    """The answer for `error`."""
    observe.category(error.category)
    return Response(
        orjson.dumps(error.to_json(correlation.current())),
        status_code=error.http_status,
        media_type="application/json",
        headers={**(headers or {}), **error_headers(error)},
    )


def error_headers(error: GenesisError) -> dict[str, str]:
    """The headers that HTTP wants with `error`."""
    headers: dict[str, str] = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after)))
    if error.http_status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return headers


def known(error: Exception) -> GenesisError:
    """`error` as one of the tree; what nobody has classified is logged here, whole, and told to nobody."""
    found = classify(error)
    if isinstance(found, UnclassifiedError):
        log.error("unclassified error", exc_info=error)
    return found


class Failures:
    """Turns exceptions into answers. When the answer has begun, the connection is cut: half an answer is none."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        headers: dict[str, str] = {}
        try:
            await self.app(scope, receive, watched)
            return
        except ClientDisconnect:
            return  # nobody is there to be answered
        except HTTPException as error:
            failure = _of_http(error, scope)
            headers = dict(error.headers or {})
        except Exception as error:
            if begun:
                raise
            failure = known(error)
        await error_response(failure, headers)(scope, receive, send)


def _of_http(error: HTTPException, scope: Scope) -> GenesisError:
    path = scope["path"][:200]
    if error.status_code == 405:
        allowed = ", ".join(sorted((error.headers or {}).get("Allow", "").split(", ")))
        return MethodNotAllowed(f"{scope['method']} {path}: this path answers to {allowed}")
    if error.status_code == 404:
        return NotFound(f"{path}: nothing is served here; /openapi.json lists what is")
    return classify(error)
