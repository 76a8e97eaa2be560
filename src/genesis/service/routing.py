"""The route table: every operation of the service is declared once; the router and `/openapi.json` are made of it.

What holds for all of them is here: OPTIONS, HEAD, slashes at the end, over-long targets, unknown query parameters.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from genesis.errors import GenesisError, RequestInvalid
from genesis.service import access, observe

Handler = Callable[[Request], Awaitable[Response]]
MAX_PATH = observe.MAX_PATH
MAX_TARGET_BYTES = 4096
"""Path and query together. A head over 64 KiB never gets here: the server refuses it by itself, as plain text."""


class TargetTooLong(RequestInvalid):
    """A path with its query is longer than anything that is served."""

    code = "URI_TOO_LONG"
    http_status = 414


@dataclass(frozen=True)
class Parameter:
    """A query parameter or header. `schema` is JSON Schema."""

    name: str
    description: str
    schema: Mapping[str, object]
    where: str = "query"
    required: bool = False


@dataclass(frozen=True)
class Answer:
    """What comes back: a model for JSON, or a media type."""

    description: str
    model: type[BaseModel] | None = None
    media_types: tuple[str, ...] = ("application/json",)


@dataclass(frozen=True)
class Operation:
    """One method of one path; who may call it stands in `access.TABLE`. `bare`: it goes without its body too.
    `documented`: False for the A2A doors, whose own specification describes them. `refusal`: how it says that somebody
    may not (None: in the one shape of errors)."""

    method: str
    path: str
    handler: Handler
    summary: str
    answers: Mapping[int, Answer] = field(default_factory=dict)
    body: type[BaseModel] | None = None
    parameters: tuple[Parameter, ...] = ()
    bare: bool = False
    documented: bool = True
    refusal: Callable[[GenesisError], Response] | None = None


def routes(operations: Iterable[Operation]) -> list[Route]:
    """Starlette's routes: one per path, so that a wrong method is told of every right one."""
    by_path: dict[str, dict[str, Operation]] = {}
    for one in operations:
        methods = by_path.setdefault(one.path, {})
        if one.method in methods:
            raise ValueError(f"{one.method} {one.path} is declared twice")
        if f"{one.method} {one.path}" not in access.TABLE:
            raise ValueError(f"{one.method} {one.path} is not in access.TABLE: nobody has said who may call it")
        methods[one.method] = one
    return [Route(path, _dispatch(path, methods), methods=_allowed(methods)) for path, methods in by_path.items()]


class Targets:
    """ASGI middleware. A slash at the end of a path means nothing; a target that is too long is refused."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path: str = scope["path"]
            if len(path) + len(scope["query_string"]) > MAX_TARGET_BYTES:
                raise TargetTooLong(f"path and query: at most {MAX_TARGET_BYTES:,} bytes")
            if len(path) > MAX_PATH:
                raise TargetTooLong(f"path: at most {MAX_PATH} characters")
            if path.endswith("/") and path != "/":
                scope = {**scope, "path": path[:-1]}
        await self.app(scope, receive, send)


def _allowed(methods: Iterable[str]) -> list[str]:
    return sorted({*methods, "OPTIONS", *(("HEAD",) if "GET" in methods else ())})


def _dispatch(path: str, methods: Mapping[str, Operation]) -> Handler:
    async def serve(request: Request) -> Response:
        observe.route(path)
        if request.method == "OPTIONS":
            await access.anybody(request)
            return Response(status_code=204, headers={"Allow": ", ".join(_allowed(methods))})
        head = request.method == "HEAD"
        operation = methods["GET" if head else request.method]
        try:
            await access.let_in(request, operation.method, path)
        except GenesisError as error:
            if operation.refusal is None:
                raise
            return operation.refusal(error)
        _check_query(operation, request)
        response = await operation.handler(request)
        if head and isinstance(response, StreamingResponse):  # its end may be hours away, and nobody wants its body
            return Response(status_code=response.status_code, headers=response.headers)
        return response

    return serve


def _check_query(operation: Operation, request: Request) -> None:
    """Raises `RequestInvalid` for a parameter that is none or comes twice: ignored, it would be a wrong answer. A2A's
    operations have a specification of their own."""
    if not operation.documented:
        return
    known = [one.name for one in operation.parameters if one.where == "query"]
    names = [name for name, _ in request.query_params.multi_items()]
    for name in names:
        if name not in known:
            raise RequestInvalid(f"{name[:100]}: unknown parameter; allowed: {', '.join(known) or 'none'}")
        if names.count(name) > 1:
            raise RequestInvalid(f"{name}: given more than once")
