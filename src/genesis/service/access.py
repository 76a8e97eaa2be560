"""Who may do what: one table, and the one place that asks it. What is not in the table is not served.

A route needs one of the scopes that stand beside it; `PUBLIC` needs nobody, `()` anybody who is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from genesis.errors import Overloaded, RateLimited, Unauthorized
from genesis.security.edge import principal, rate
from genesis.security.edge.credentials import Credentials
from genesis.security.edge.principal import HERE, LOCAL, Principal
from genesis.security.edge.principal import Scope as Right
from genesis.security.edge.rate import Buckets, Limits, Open
from genesis.service import observe

PUBLIC = None
Rights = tuple[Right, ...] | None

MAX_OPEN = 2000
"""Requests that this process answers at a time, of all callers."""

_WATCH: Rights = ("read", "operate", "probe")
_READ: Rights = ("read", "probe")
_RUN: Rights = ("run", "probe")
_EITHER: Rights = ("read", "run", "probe")

TABLE: Mapping[str, Rights] = {
    "GET /livez": PUBLIC,
    "GET /readyz": PUBLIC,
    "GET /startupz": PUBLIC,
    "GET /.well-known/agent-card.json": PUBLIC,
    "GET /.well-known/ai-catalog.json": PUBLIC,
    "GET /.well-known/jwks.json": PUBLIC,
    "GET /agents/{id}/.well-known/agent-card.json": PUBLIC,
    "GET /health": PUBLIC,  # the standing; what is behind it is for who `may`
    "GET /openapi.json": (),
    "GET /metrics": ("operate", "probe"),
    "GET /logs": ("operate",),
    "GET /switches": _WATCH,
    "PUT /switches/{name}": ("admin",),
    "GET /agents": (),
    "GET /agents/{id}": (),
    "POST /plan": _RUN,
    "POST /code/check": _RUN,
    "POST /task": _RUN,
    "GET /task": _READ,
    "GET /task/{id}": _READ,
    "DELETE /task/{id}": _RUN,
    "GET /task/{id}/events": _READ,
    "GET /task/{id}/report": _READ,
    "GET /task/{id}/artifacts/{name}": _READ,
    "POST /task/{id}/input": ("run", "approve", "probe"),
    "POST /task/{id}/resume": _RUN,
}
_RPC: Mapping[str, Rights] = {"POST /": _EITHER, "POST /rpc": _EITHER, "POST /agents/{id}": _EITHER}
_BINDING: Mapping[str, Rights] = {
    "POST /message:send": _RUN,
    "POST /message:stream": _RUN,
    "POST /tasks/{task}:cancel": _RUN,
    "POST /tasks/{task}:subscribe": _READ,
    "GET /tasks/{task}:subscribe": _READ,
    "GET /tasks/{task}": _READ,
    "GET /tasks": _READ,
    "POST /tasks/{task}/pushNotificationConfigs": _RUN,
    "GET /tasks/{task}/pushNotificationConfigs": _READ,
    "GET /tasks/{task}/pushNotificationConfigs/{push_id}": _READ,
    "DELETE /tasks/{task}/pushNotificationConfigs/{push_id}": _RUN,
    "GET /extendedAgentCard": _READ,
}
TABLE = {
    **TABLE,
    **_RPC,
    **{f"{method} {prefix}{path}": rights
       for prefix in ("", "/agents/{id}")
       for (method, _, path), rights in ((one.partition(" "), rights) for one, rights in _BINDING.items())},
}  # fmt: skip

RPC_METHODS: Mapping[str, Rights] = {
    "SendMessage": _RUN,
    "SendStreamingMessage": _RUN,
    "CancelTask": _RUN,
    "GetTask": _READ,
    "ListTasks": _READ,
    "SubscribeToTask": _READ,
}
"""JSON-RPC has one route for all of them. What is not here needs what its route does: it is refused anyway."""


class Access:
    """ASGI middleware: binds nobody, counts what is open, and gives it back at the end; `let_in` decides."""

    def __init__(self, app: ASGIApp, credentials: Credentials, limits: Limits, now: Callable[[], float]) -> None:
        self.app = app
        self.credentials = credentials
        self._known = Buckets(limits.per_minute, now)
        self._strangers = Buckets(limits.strangers_per_minute, now)
        self._open = Open(limits.open_requests)
        self._count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self._count >= MAX_OPEN:
            raise Overloaded(f"{self._count} requests are open; try again in a moment", retry_after=1.0)
        self._count += 1
        held: list[str] = []
        scope["genesis.access"], scope["genesis.held"] = self, held
        try:
            with principal.acting(None):
                await self.app(scope, receive, send)
        finally:
            self._count -= 1
            for caller in held:
                self._open.leave(caller)

    async def let_in(self, request: Request, rights: Rights) -> None:
        """Passes for who may, and says who that is from here on. Raises `Unauthorized`, `Forbidden`, `RateLimited`."""
        if rights is PUBLIC:
            return
        found = await self.known(request)
        if found is None:
            self._stranger(request)
            raise Unauthorized("this needs a key: send `Authorization: Bearer KEY`")
        if rights and found == HERE and not found.may(*rights):
            raise Unauthorized(f"this needs a key with scope {' or '.join(rights)}: send `Authorization: Bearer KEY`")
        if rights:
            found.must(*rights)
        principal.enter(found)

    async def known(self, request: Request) -> Principal | None:
        """Who asks, counted. Raises `Unauthorized` for a wrong key, `RateLimited`."""
        try:
            found = await self.credentials.principal(request.headers)
        except Unauthorized:
            self._stranger(request)
            raise
        if found is not None:
            observe.who(found)
            self._count_in(request, found)
        return found

    def _count_in(self, request: Request, found: Principal) -> None:
        if found == HERE:  # somebody on this machine, whom no count of requests keeps from it
            return
        caller = found.key if found.owner == LOCAL else "\0".join(found.owner)
        self._known.take(caller)
        self._open.enter(caller)
        request.scope["genesis.held"].append(caller)

    def _stranger(self, request: Request) -> None:
        client = request.client
        try:
            self._strangers.take(rate.address(client.host if client is not None else "unknown"))
        except RateLimited as error:
            raise RateLimited(
                "too many requests without a good key from this address", retry_after=error.retry_after
            ) from error


async def let_in(request: Request, method: str, template: str) -> None:
    """Asks the table for a route that is served. Raises as `Access.let_in`; `KeyError` for one that is not in it."""
    await _of(request).let_in(request, TABLE[f"{method} {template}"])


async def anybody(request: Request) -> None:
    """Passes for anybody who is known: for what is about no route (404, 405, OPTIONS)."""
    await _of(request).let_in(request, ())


async def may(request: Request, *rights: Right) -> bool:
    """Whether who asks on a public route has one of `rights`. Raises `Unauthorized` for a wrong key."""
    found = await _of(request).known(request)
    return found is not None and found.may(*rights)


def rpc(method: object) -> None:
    """Whether who asks may call this JSON-RPC method. Raises `Forbidden`."""
    rights = RPC_METHODS.get(str(method))
    if rights:
        principal.current().must(*rights)


def _of(request: Request) -> Access:
    access: Access = request.scope["genesis.access"]
    return access
