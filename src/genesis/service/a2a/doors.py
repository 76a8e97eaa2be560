"""A2A's doors, at the root and at every agent: their paths, cards and bindings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from genesis.errors import GenesisError
from genesis.service.a2a import cards
from genesis.service.a2a.dispatch import Door
from genesis.service.a2a.errors import http_error, rpc_refusal
from genesis.service.a2a.handler import Handler
from genesis.service.a2a.messages import Messages
from genesis.service.a2a.recent import Recent
from genesis.service.a2a.signing import Signing, issuer
from genesis.service.parts import Parts
from genesis.service.routing import Operation

MAX_BODY_BYTES = 14_680_064
"""10 MiB of files, in base64, and the message around them."""


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
        self.recent = Recent(parts.home / "genesis.db")
        self._by_agent: dict[str | None, Door] = {None: Door(Handler(parts, self.messages, self.recent, None))}
        for name in parts.registry.agents:
            self._by_agent[name] = Door(Handler(parts, self.messages, self.recent, name))
        signing = Signing(parts.home / "card.key", parts.url)
        parts.redactor.register((parts.home / "card.key").read_text(encoding="utf-8"))
        issue = issuer(signing, required=parts.profile != "dev", openid=parts.openid)
        self._root_card = cards.root_card(parts.registry, parts.url, issue)
        self._cards = {name: cards.agent_card(agent, parts.url, issue) for name, agent in parts.registry.agents.items()}
        self._jwks = signing.jwks()
        self._catalog = cards.catalog(parts.registry, parts.url)

    def operations(self) -> list[Operation]:
        """The operations of root and agents; `/tasks/{id}:cancel` stands before `/tasks/{id}`, which would match it."""

        async def root_card(request: Request) -> Response:
            return self._root_card.answer(request)

        async def agent_card(request: Request) -> Response:
            return self._cards[self._agent(request)].answer(request)

        async def catalog(request: Request) -> Response:
            return self._catalog.answer(request)

        async def jwks(request: Request) -> Response:
            return Response(self._jwks, media_type="application/jwk-set+json")

        table = [
            _operation("GET", "/.well-known/agent-card.json", root_card),
            _operation("GET", "/.well-known/jwks.json", jwks),
            _operation("GET", "/.well-known/ai-catalog.json", catalog),
            _operation("GET", "/agents/{id}/.well-known/agent-card.json", agent_card),
        ]
        table += [_operation("POST", path, self._rpc, rpc_refusal) for path in _RPC]
        for prefix in ("", "/agents/{id}"):
            table += [_operation(method, prefix + path, self._rest(name)) for method, path, name in _REST]
        return table

    async def close(self) -> None:
        """After the last request."""
        await self.messages.close()
        await self.recent.close()

    def _agent(self, request: Request) -> str:
        """The agent that the path names. Raises `NotFound`."""
        return self.parts.registry.get(request.path_params["id"]).card.name

    def _door(self, request: Request) -> Door:
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


_RPC = ("/", "/rpc", "/agents/{id}")
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


def _operation(
    method: str,
    path: str,
    handler: Callable[[Request], Awaitable[Response]],
    refusal: Callable[[GenesisError], Response] = http_error,
) -> Operation:
    return Operation(method, path, handler, "A2A", documented=False, refusal=refusal)
