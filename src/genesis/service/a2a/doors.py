"""A2A's two bindings, JSON-RPC and HTTP+JSON, at the root and at every agent: the SDK's dispatch over our handler.

What the SDK's dispatchers leave open is closed here: the content type, the exact version (header or query), batches and
notifications, the server's own faults as 5xx, and no exception's text in an answer.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from a2a.server.context import ServerCallContext
from a2a.server.routes.common import ServerCallContextBuilder
from a2a.server.routes.jsonrpc_dispatcher import JsonRpcDispatcher
from a2a.server.routes.rest_dispatcher import RestDispatcher
from a2a.utils.constants import A2A_JSON_MEDIA_TYPE
from a2a.utils.errors import A2AError, InvalidParamsError, MethodNotFoundError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from genesis.errors import GenesisError, RequestInvalid, UnclassifiedError
from genesis.service import observe
from genesis.service.a2a import cards, incoming
from genesis.service.a2a.errors import (
    MediaNotSupported,
    VersionNotSupported,
    http_error,
    rpc_error,
    translate,
)
from genesis.service.a2a.handler import Handler
from genesis.service.a2a.messages import Messages
from genesis.service.failures import error_headers
from genesis.service.parts import Parts
from genesis.service.routing import Operation

MAX_BODY_BYTES = 14_680_064
"""10 MiB of files, in base64, and the message around them."""
VERSION_HEADER = "a2a-version"

# The SDK logs what callers did wrong as errors with a stack; the request's own line says it already.
for _name in ("a2a.server.routes", "a2a.utils"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


def takes_files(path: str) -> bool:
    """Whether this path may get messages with files in them."""
    return path in {"/", "/rpc", "/message:send", "/message:stream"} or (
        path.startswith("/agents/") and not path.endswith(".json")
    )


class Doors:
    """Everything that speaks A2A, as operations for the route table."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.messages = Messages(parts.home / "messages.db")
        parts.runs.also_forget(self.messages.forget)
        self._by_agent: dict[str | None, _Door] = {None: _Door(Handler(parts, self.messages, None))}
        for name in parts.registry.agents:
            self._by_agent[name] = _Door(Handler(parts, self.messages, name))
        self._root_card = cards.root_card(parts.registry, parts.url)
        self._cards = {name: cards.agent_card(agent, parts.url) for name, agent in parts.registry.agents.items()}
        self._catalog = cards.catalog(parts.registry, parts.url)

    def operations(self) -> list[Operation]:
        """The operations of root and agents; `/tasks/{id}:cancel` stands before `/tasks/{id}`, which would match it."""

        async def root_card(request: Request) -> Response:
            return self._root_card.answer(request)

        async def agent_card(request: Request) -> Response:
            return self._cards[self._agent(request)].answer(request)

        async def catalog(request: Request) -> Response:
            return self._catalog.answer(request)

        table = [
            _operation("GET", "/.well-known/agent-card.json", root_card),
            _operation("GET", "/.well-known/ai-catalog.json", catalog),
            _operation("GET", "/agents/{id}/.well-known/agent-card.json", agent_card),
        ]
        table += [_operation("POST", path, self._rpc) for path in _RPC]
        for prefix in ("", "/agents/{id}"):
            table += [_operation(method, prefix + path, self._rest(name)) for method, path, name in _REST]
        return table

    async def close(self) -> None:
        """After the last request."""
        await self.messages.close()

    def _agent(self, request: Request) -> str:
        """The agent that the path names. Raises `NotFound`."""
        return self.parts.registry.get(request.path_params["id"]).card.name

    def _door(self, request: Request) -> _Door:
        return self._by_agent[self._agent(request) if "id" in request.path_params else None]

    async def _rpc(self, request: Request) -> Response:
        return await self._door(request).rpc(request)

    def _rest(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        async def serve(request: Request) -> Response:
            door = self._door(request)
            if "task" in request.path_params:  # the SDK's dispatcher looks for the task under `id`
                request.scope["path_params"] = {**request.path_params, "id": request.path_params["task"]}
            return await door.rest(name, request)

        return serve


_RPC = ("/", "/rpc", "/rpc/", "/agents/{id}", "/agents/{id}/")
_REST = (
    ("POST", "/message:send", "on_message_send"),
    ("POST", "/message:stream", "on_message_send_stream"),
    ("POST", "/tasks/{task}:cancel", "on_cancel_task"),
    ("POST", "/tasks/{task}:subscribe", "on_subscribe_to_task"),
    ("GET", "/tasks/{task}:subscribe", "on_subscribe_to_task"),
    ("GET", "/tasks/{task}", "on_get_task"),
    ("GET", "/tasks", "list_tasks"),
    ("POST", "/tasks/{task}/pushNotificationConfigs", "set_push_notification"),
    ("GET", "/tasks/{task}/pushNotificationConfigs", "list_push_notifications"),
    ("GET", "/tasks/{task}/pushNotificationConfigs/{push_id}", "get_push_notification"),
    ("DELETE", "/tasks/{task}/pushNotificationConfigs/{push_id}", "delete_push_notification"),
    ("GET", "/extendedAgentCard", "handle_authenticated_agent_card"),
)


class _Door:
    """Both bindings over one handler."""

    def __init__(self, handler: Handler) -> None:
        builder = _Builder()
        self._rpc = _JsonRpc(handler, builder)
        self._rest = RestDispatcher(handler, builder)

    async def rpc(self, request: Request) -> Response:
        try:
            body = await _json_body(request)
        except RequestInvalid as error:
            observe.category(error.category)
            code = -32005 if isinstance(error, MediaNotSupported) else -32700
            return JSONResponse(rpc_error(None, translate(error), code))
        request_id = _request_id(body)
        try:
            _envelope(body)
        except RequestInvalid as error:
            observe.category(error.category)
            return JSONResponse(rpc_error(request_id, translate(error), -32600))
        try:
            _version(request)
            incoming.check_bytes(body.get("params"))
        except RequestInvalid as error:
            observe.category(error.category)
            return JSONResponse(rpc_error(request_id, translate(error)))
        response = await self._rpc.handle_requests(_Parsed(request, body))
        if "id" not in body:
            return Response(status_code=204)  # JSON-RPC 2.0: a notification is not answered
        failure = _failure(request)
        if failure is not None and failure.http_status >= 500:
            # The server's own fault is a 5xx to proxies, retries and the error rate; the body stays JSON-RPC's.
            response.status_code = failure.http_status
            response.headers.update(error_headers(failure))
        return response

    async def rest(self, name: str, request: Request) -> Response:
        try:
            _version(request)
            if request.method == "POST" and await request.body():
                body = await _json_body(request)
                if not isinstance(body, dict):
                    raise RequestInvalid("the body must be a JSON object")
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


log = logging.getLogger("genesis.service.a2a")


class _Builder(ServerCallContextBuilder):
    """The context of a call. The version has been checked before, exactly; the SDK's own check takes any 1.x."""

    def build(self, request: Request) -> ServerCallContext:
        context = ServerCallContext(state={"headers": {VERSION_HEADER: cards.PROTOCOL}})
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


async def _json_body(request: Request) -> Any:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise MediaNotSupported("Content-Type: application/json or application/a2a+json")
    try:
        return orjson.loads(await request.body())
    except orjson.JSONDecodeError as error:
        raise RequestInvalid(f"the body is not JSON (line {error.lineno}, column {error.colno})") from error


def _request_id(body: Any) -> str | int | None:
    """The id to answer to, as far as there is one."""
    found = body.get("id") if isinstance(body, dict) else None
    return found if isinstance(found, str | int) and not isinstance(found, bool) else None


def _envelope(body: Any) -> None:
    """Passes for a JSON-RPC 2.0 request. Raises `RequestInvalid`."""
    if isinstance(body, list):
        raise RequestInvalid("batches are not taken; send one request at a time")
    if not isinstance(body, dict):
        raise RequestInvalid("the body must be a JSON-RPC 2.0 request object")
    if body.get("id") is not None and _request_id(body) is None:
        raise RequestInvalid("id: text or a whole number")
    if body.get("jsonrpc") != "2.0":
        raise RequestInvalid('jsonrpc: must be "2.0"')
    if not isinstance(body.get("method"), str) or not body["method"]:
        raise RequestInvalid("method: is required")
    if not isinstance(body.get("params", {}), dict):
        raise RequestInvalid("params: must be an object")


def _plain_json(request: Request) -> bool:
    """Whether the caller speaks plain JSON: 1.0.0 knew no other name for it, 1.0.1 prefers its own."""
    spoken = f"{request.headers.get('content-type', '')},{request.headers.get('accept', '')}"
    return "application/json" in spoken and A2A_JSON_MEDIA_TYPE not in spoken


def _version(request: Request) -> None:
    """A2A 1.0, section 3.6: header or query parameter; none means 0.3."""
    given = request.headers.get(VERSION_HEADER) or request.query_params.get("A2A-Version") or "0.3"
    if given != cards.PROTOCOL:
        raise VersionNotSupported(f"A2A-Version {given[:20]!r}: this service speaks {cards.PROTOCOL}")


def _place(text: str) -> str:
    """Where protobuf stumbled, out of its text: the names of fields, nothing that the caller sent."""
    fields = re.findall(r"[Ff]ailed to parse (\w+) field", text)
    return f" (at {'.'.join(fields)})" if fields else ""


def _operation(method: str, path: str, handler: Callable[[Request], Awaitable[Response]]) -> Operation:
    return Operation(method, path, handler, "A2A", documented=False)
