"""The route table: every operation of the service is declared once; the router and `/openapi.json` are made of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from genesis.service import observe

Handler = Callable[[Request], Awaitable[Response]]


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
    """One method of one path. `key`: it needs the admin key. `documented`: False for the A2A doors, whose own
    specification describes them."""

    method: str
    path: str
    handler: Handler
    summary: str
    answers: Mapping[int, Answer] = field(default_factory=dict)
    body: type[BaseModel] | None = None
    parameters: tuple[Parameter, ...] = ()
    key: bool = False
    documented: bool = True


def routes(operations: Iterable[Operation]) -> list[Route]:
    """Starlette's routes: one per path, so that a wrong method is told of every right one."""
    by_path: dict[str, dict[str, Operation]] = {}
    for one in operations:
        methods = by_path.setdefault(one.path, {})
        if one.method in methods:
            raise ValueError(f"{one.method} {one.path} is declared twice")
        methods[one.method] = one
    return [Route(path, _dispatch(path, methods), methods=sorted(methods)) for path, methods in by_path.items()]


def _dispatch(path: str, methods: Mapping[str, Operation]) -> Handler:
    async def serve(request: Request) -> Response:
        observe.route(path)
        method = "GET" if request.method == "HEAD" else request.method
        return await methods[method].handler(request)

    return serve
