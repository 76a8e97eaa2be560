"""Errors in A2A's form, with our code, category and correlation id in `google.rpc.ErrorInfo`.

A2A 1.0 specification, section 5.4 (error mapping) and 9.5, 11.6 (its two forms).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import orjson
from a2a.server.context import ServerCallContext
from a2a.utils.error_handlers import build_error_details, build_rest_error_payload
from a2a.utils.errors import (
    JSON_RPC_ERROR_CODE_MAP,
    A2AError,
    ContentTypeNotSupportedError,
    InternalError,
    InvalidParamsError,
    PushNotificationNotSupportedError,
    TaskNotCancelableError,
    TaskNotFoundError,
    UnsupportedOperationError,
    VersionNotSupportedError,
)
from starlette.responses import Response

from genesis.errors import Conflict, Forbidden, GenesisError, NotFound, RateLimited, RequestInvalid, Unauthorized
from genesis.service import observe
from genesis.service.failures import error_headers, known
from genesis.service.rest.body import ContentTypeNotSupported
from genesis.telemetry import correlation

T = TypeVar("T")

_GRPC = {
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


class NotCancelable(Conflict):
    """The run has ended."""

    code = "NOT_CANCELABLE"


class NotSupported(RequestInvalid):
    """A2A has it, this service does not."""

    code = "NOT_SUPPORTED"


class PushNotSupported(NotSupported):
    """Push notifications are not offered; the card says so."""

    code = "PUSH_NOT_SUPPORTED"


class MediaNotSupported(NotSupported):
    """A part of a kind that is not taken."""

    code = "MEDIA_NOT_SUPPORTED"


class VersionNotSupported(NotSupported):
    """A protocol version that is not spoken."""

    code = "VERSION_NOT_SUPPORTED"


MAY_NOT = (Unauthorized, Forbidden, RateLimited)
"""What HTTP has a status for that A2A leaves to it."""

# First match wins: the special stands before the general.
_KINDS: tuple[tuple[type[GenesisError], type[A2AError]], ...] = (
    (VersionNotSupported, VersionNotSupportedError),
    (PushNotSupported, PushNotificationNotSupportedError),
    (MediaNotSupported, ContentTypeNotSupportedError),
    (ContentTypeNotSupported, ContentTypeNotSupportedError),
    (NotCancelable, TaskNotCancelableError),
    (NotSupported, UnsupportedOperationError),
    (Conflict, UnsupportedOperationError),
    (NotFound, TaskNotFoundError),
)


def translate(error: GenesisError) -> A2AError:
    """`error` in A2A's words: what the caller can mend is a wrong parameter, what it cannot is internal."""
    general: type[A2AError] = InvalidParamsError if error.http_status < 500 else InternalError
    kind = next((theirs for ours, theirs in _KINDS if isinstance(error, ours)), general)
    data = {"code": error.code, "category": error.category, "correlation_id": correlation.current()}
    if error.retry_after is not None:
        data["retry_after"] = f"{error.retry_after:g}"
    return kind(message=error.message, data=data)


def failed(context: ServerCallContext, error: Exception) -> A2AError:
    """Notes `error` for the door that will answer (`context.state["failure"]`), and translates it."""
    if isinstance(error, A2AError):
        return error
    found = known(error)
    context.state["failure"] = found
    observe.category(found.category)
    return translate(found)


async def translated(context: ServerCallContext, work: Callable[[], Awaitable[T]]) -> T:
    """Does `work`; whatever it raises comes out as an `A2AError`."""
    try:
        return await work()
    except Exception as error:
        raise failed(context, error) from error


async def translated_stream(context: ServerCallContext, events: AsyncIterator[T]) -> AsyncGenerator[T, None]:
    """The same for a stream."""
    try:
        async for event in events:
            yield event
    except Exception as error:
        raise failed(context, error) from error


def rpc_error(request_id: str | int | None, error: A2AError, code: int | None = None) -> dict[str, Any]:
    """The JSON-RPC answer for `error`. `code` for those that JSON-RPC itself defines."""
    return {
        "jsonrpc": "2.0",
        "id": request_id,
        "error": {
            "code": code if code is not None else JSON_RPC_ERROR_CODE_MAP.get(type(error), -32603),
            "message": error.message,
            "data": build_error_details(error),
        },
    }


def rpc_refusal(error: GenesisError, request_id: str | int | None = None) -> Response:
    """The JSON-RPC answer to who may not (section 7: that is HTTP's to say, so the status is HTTP's)."""
    observe.category(error.category)
    body = orjson.dumps(rpc_error(request_id, translate(error), -32600))
    return Response(body, status_code=error.http_status, media_type="application/json", headers=error_headers(error))


def http_error(error: GenesisError) -> Response:
    """The HTTP+JSON answer for `error`. What HTTP itself has a status for (a body too large or of another type) keeps
    it; so does a server's fault, so that proxies see it."""
    observe.category(error.category)
    payload = build_rest_error_payload(translate(error))
    if error.http_status in {413, 415}:
        payload["error"]["code"] = error.http_status
    if isinstance(error, MAY_NOT):
        payload["error"] |= {"code": error.http_status, "status": _GRPC[error.http_status]}
    if error.http_status >= 500:
        payload["error"] |= {"code": error.http_status, "status": _GRPC.get(error.http_status, "UNAVAILABLE")}
    return Response(
        orjson.dumps(payload),
        status_code=payload["error"]["code"],
        media_type="application/json",
        headers=error_headers(error),
    )
