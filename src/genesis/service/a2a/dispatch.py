"""A2A's two bindings, JSON-RPC and HTTP+JSON: the SDK's dispatch over our handler.

What the SDK's dispatchers leave open is closed here: the content type, the exact version (header or query), batches and
notifications, the server's own faults as 5xx, ids on the events of streams, and no exception's text in an answer.
"""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

import orjson
from a2a.server.context import ServerCallContext
from a2a.server.routes.common import ServerCallContextBuilder, create_event_source_response
from a2a.server.routes.jsonrpc_dispatcher import JsonRpcDispatcher
from a2a.server.routes.rest_dispatcher import RestDispatcher
from a2a.utils.constants import A2A_JSON_MEDIA_TYPE
from a2a.utils.error_handlers import build_rest_error_payload
from a2a.utils.errors import A2AError, InvalidParamsError, MethodNotFoundError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from genesis.errors import Forbidden, GenesisError, RequestInvalid, UnclassifiedError
from genesis.security.edge.body import check_depth
from genesis.service import access, observe
from genesis.service.a2a import cards, incoming
from genesis.service.a2a.errors import MAY_NOT, VersionNotSupported, http_error, rpc_error, rpc_refusal, translate
from genesis.service.a2a.handler import Handler
from genesis.service.failures import error_headers
from genesis.service.rest.body import ContentTypeNotSupported, json_of
from genesis.service.sse import last_event_id

VERSION_HEADER = "a2a-version"
MAX_ID_CHARS = 256
"""Of a JSON-RPC id, which every answer repeats."""
log = logging.getLogger("genesis.service.a2a")

# The SDK logs what callers did wrong as errors with a stack; the request's own line says it already.
for _name in ("a2a.server.routes", "a2a.utils"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


class Door:
    """Both bindings over one handler."""

    def __init__(self, handler: Handler) -> None:
        builder = _Builder()
        self._rpc = _JsonRpc(handler, builder)
        self._rest = _Rest(handler, builder)

    async def rpc(self, request: Request) -> Response:
        try:
            body = await json_of(request)
        except ContentTypeNotSupported as error:
            observe.category(error.category)
            return JSONResponse(rpc_error(None, translate(error)), error.http_status)
        except RequestInvalid as error:
            observe.category(error.category)
            return JSONResponse(rpc_error(None, translate(error), -32700))
        request_id = _request_id(body)
        try:
            _envelope(body)
        except RequestInvalid as error:
            observe.category(error.category)
            return JSONResponse(rpc_error(request_id, translate(error), -32600))
        try:
            access.rpc(body["method"])
        except Forbidden as error:
            return rpc_refusal(error, request_id)
        try:
            _version(request)
            _left_off(request)
            check_depth(body)
            incoming.check_bytes(body.get("params"))
        except RequestInvalid as error:
            observe.category(error.category)
            return JSONResponse(rpc_error(request_id, translate(error)))
        response = await self._rpc.handle_requests(_Parsed(request, body))
        if "id" not in body:
            return Response(status_code=204)  # JSON-RPC 2.0: a notification is not answered
        failure = _failure(request)
        if failure is not None and (failure.http_status >= 500 or isinstance(failure, MAY_NOT)):
            # Who may not, or not so often, is told by HTTP too; the server's own fault is a 5xx to proxies,
            response.status_code = failure.http_status
            response.headers.update(error_headers(failure))
        return response

    async def rest(self, name: str, request: Request) -> Response:
        try:
            _version(request)
            _left_off(request)
            if request.method == "POST" and await request.body():
                body = await json_of(request)
                if not isinstance(body, dict):
                    raise RequestInvalid("the body must be a JSON object")
                check_depth(body)
                incoming.check_bytes(body)
        except RequestInvalid as error:
            return http_error(error)
        response: Response = await getattr(self._rest, name)(request)
        if response.status_code < 400:
            if _plain_json(request) and response.headers["content-type"] == A2A_JSON_MEDIA_TYPE:
                response.headers["content-type"] = "application/json"
            return response
        failure = _failure(request)
        if failure is None:
            # What the SDK refused by itself: a field that does not parse. Its text quotes the caller's input; ours not.
            detail = orjson.loads(bytes(response.body))["error"]
            failure = (
                RequestInvalid(f"the request does not parse{_place(str(detail.get('message', '')))}")
                if response.status_code < 500
                else UnclassifiedError("an internal error; the log has it under the correlation id")
            )
        return http_error(failure)


class _JsonRpc(JsonRpcDispatcher):
    def _generate_error_response(self, request_id: str | int | None, error: Any) -> JSONResponse:
        """Every error that does not come from our handler passes here; it gets our code and loses foreign text."""
        if isinstance(error, A2AError) and isinstance(error.data, dict) and "code" in error.data:
            return JSONResponse(rpc_error(request_id, error))
        if isinstance(error, InvalidParamsError):
            place = _place(str((error.data or {}).get("parseError", "")))
            return JSONResponse(rpc_error(request_id, translate(RequestInvalid(f"params: do not parse{place}"))))
        code = getattr(error, "code", None)
        if code == -32601 or isinstance(error, MethodNotFoundError):
            unknown = RequestInvalid(f"method: one of {', '.join(self.METHOD_TO_MODEL)}")
            return JSONResponse(rpc_error(request_id, translate(unknown), -32601))
        internal = UnclassifiedError("an internal error; the log has it under the correlation id")
        log.error("the A2A dispatcher failed", exc_info=error if isinstance(error, BaseException) else None)
        return JSONResponse(rpc_error(request_id, translate(internal)), 500)

    def _create_response(
        self, context: ServerCallContext, handler_result: AsyncGenerator[dict[str, Any], None] | dict[str, Any]
    ) -> Response:
        """A stream's events with their ids; the SDK's have none."""
        if isinstance(handler_result, dict):
            return super()._create_response(context, handler_result)
        return _stream(context, handler_result)


class _Rest(RestDispatcher):
    async def _handle_streaming(
        self, request: Request, handler_func: Callable[[ServerCallContext], AsyncIterator[Any]]
    ) -> Any:
        """A stream's events with their ids. The first is waited for: what is wrong then has a status of its own."""
        context = self._build_call_context(request)
        events = aiter(handler_func(context))
        first = await anext(events)

        async def all_of() -> AsyncIterator[dict[str, Any]]:
            yield first
            try:
                async for event in events:
                    yield event
            except A2AError as error:
                yield build_rest_error_payload(error)

        return _stream(context, all_of())


def _stream(context: ServerCallContext, events: AsyncIterator[dict[str, Any]]) -> Response:
    """Server-sent events. `id`, which A2A leaves open, is the number of the run's event that each is about."""

    async def encoded() -> AsyncIterator[dict[str, str]]:
        async for event in events:
            data = orjson.dumps(event).decode()
            if "error" in event:
                yield {"event": "error", "data": data}
            elif "event" in context.state:
                yield {"id": str(context.state["event"]), "data": data}
            else:  # words back to a message: they are no event of a run
                yield {"data": data}

    return create_event_source_response(encoded())


class _Builder(ServerCallContextBuilder):
    """The context of a call. The version has been checked before, exactly; the SDK's own check takes any 1.x."""

    def build(self, request: Request) -> ServerCallContext:
        state = {"headers": {VERSION_HEADER: cards.PROTOCOL}, "after": request.scope["genesis.after"]}
        context = ServerCallContext(state=state)
        request.scope["genesis.a2a"] = context
        return context


class _Parsed(Request):
    """A request whose JSON has been read and checked already."""

    def __init__(self, request: Request, body: Any) -> None:
        super().__init__(request.scope, request.receive)
        self._given = body

    async def json(self) -> Any:
        return self._given


def _failure(request: Request) -> GenesisError | None:
    """What our handler raised while it served this request."""
    context = request.scope.get("genesis.a2a")
    found = context.state.get("failure") if context is not None else None
    return found if isinstance(found, GenesisError) else None


def _request_id(body: Any) -> str | int | None:
    """The id to answer to, as far as there is one."""
    found = body.get("id") if isinstance(body, dict) else None
    if isinstance(found, str):
        return found if len(found) <= MAX_ID_CHARS else None
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _envelope(body: Any) -> None:
    """Passes for a JSON-RPC 2.0 request. Raises `RequestInvalid`."""
    if isinstance(body, list):
        raise RequestInvalid("batches are not taken; send one request at a time")
    if not isinstance(body, dict):
        raise RequestInvalid("the body must be a JSON-RPC 2.0 request object")
    if body.get("id") is not None and _request_id(body) is None:
        raise RequestInvalid(f"id: text of at most {MAX_ID_CHARS} characters, or a whole number")
    if body.get("jsonrpc") != "2.0":
        raise RequestInvalid('jsonrpc: must be "2.0"')
    if not isinstance(body.get("method"), str) or not body["method"]:
        raise RequestInvalid("method: is required")
    if not isinstance(body.get("params", {}), dict):
        raise RequestInvalid("params: must be an object")
    if not body.keys() <= {"jsonrpc", "id", "method", "params"}:  # the SDK refuses it too, as if we had failed
        raise RequestInvalid("a JSON-RPC 2.0 request has jsonrpc, id, method and params, and nothing else")


def _plain_json(request: Request) -> bool:
    """Whether the caller speaks plain JSON: 1.0.0 knew no other name for it, 1.0.1 prefers its own."""
    spoken = f"{request.headers.get('content-type', '')},{request.headers.get('accept', '')}"
    return "application/json" in spoken and A2A_JSON_MEDIA_TYPE not in spoken


def _version(request: Request) -> None:
    """A2A 1.0, section 3.6: header or query parameter; none means 0.3."""
    given = request.headers.get(VERSION_HEADER) or request.query_params.get("A2A-Version") or "0.3"
    if given != cards.PROTOCOL:
        raise VersionNotSupported(f"A2A-Version {given[:20]!r}: this service speaks {cards.PROTOCOL}")


def _left_off(request: Request) -> None:
    """Keeps the `Last-Event-ID` of a reader that comes back for the handler. Raises `RequestInvalid`."""
    given = "last-event-id" in request.headers
    request.scope["genesis.after"] = last_event_id(request) if given else None


def _place(text: str) -> str:
    """Where protobuf stumbled, out of its text: the names of fields, nothing that the caller sent."""
    fields = re.findall(r"[Ff]ailed to parse (\w+) field", text)
    return f" (at {'.'.join(fields)})" if fields else ""
