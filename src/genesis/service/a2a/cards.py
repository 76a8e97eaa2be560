"""The cards of the root and of every agent, and the catalog that lists them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import orjson
from a2a.types.a2a_pb2 import AgentCapabilities, AgentInterface, AgentSkill
from a2a.types.a2a_pb2 import AgentCard as A2ACard
from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]
from starlette.requests import Request
from starlette.responses import Response

from genesis import __version__
from genesis.agents.card import AgentCard
from genesis.agents.registry import Agent, Registry

PROTOCOL = "1.0"
MAX_AGE_S = 300
CARD_MEDIA_TYPE = "application/a2a-agent-card+json"


Issue = Callable[[A2ACard], A2ACard]
"""Says in a card how to authenticate, and signs it."""


@dataclass(frozen=True)
class Document:
    """A JSON document that changes with a release only: cached by its hash and its date."""

    body: bytes
    modified: float
    headers: Mapping[str, str]

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'

    def answer(self, request: Request) -> Response:
        """The document, or 304 for who has it already."""
        headers = {
            "ETag": self.etag,
            "Last-Modified": formatdate(self.modified, usegmt=True),
            "Cache-Control": f"public, max-age={MAX_AGE_S}",
            **self.headers,
        }
        if _has_it(request, self.etag, self.modified):
            return Response(status_code=304, headers=headers)
        return Response(self.body, media_type="application/json", headers=headers)


def root_card(registry: Registry, url: str, issue: Issue) -> Document:
    """The orchestrator: one skill for each agent that it sends work to."""
    card = _card("Genesis", "Plans an objective, routes each task to an agent, vets the plan, runs it and reports.",
                 __version__, f"{url}/", url)  # fmt: skip
    for one in registry:
        card.skills.append(
            AgentSkill(
                id=one.name,
                name=one.title,
                description=one.description,
                tags=[task_type.name for task_type in one.task_types],
                examples=[example.request for example in one.examples[:3]],
            )
        )
    newest = max((_modified(agent) for agent in registry.agents.values()), default=0.0)
    catalog = {"Link": f'<{url}/.well-known/ai-catalog.json>; rel="ai-catalog"'}
    return Document(orjson.dumps(MessageToDict(issue(card))), newest, catalog)


def agent_card(agent: Agent, url: str, issue: Issue) -> Document:
    """An agent: one skill for each of its task types."""
    own, here = agent.card, f"{url}/agents/{agent.card.name}"
    card = _card(own.title, own.description, own.version, here, here)
    for task_type in own.task_types:
        examples = [one.request for one in own.examples if _begins(one.plan, own, task_type.name)]
        card.skills.append(
            AgentSkill(
                id=task_type.name,
                name=task_type.name.replace("_", " "),
                description=task_type.description,
                tags=[own.name, *task_type.gives],
                examples=examples[:3],
            )
        )
    return Document(orjson.dumps(MessageToDict(issue(card))), _modified(agent), {})


def catalog(registry: Registry, url: str) -> Document:
    """https://github.com/Agent-Card/ai-catalog, version 1.0."""
    domain = urlsplit(url).hostname or "localhost"
    entries: list[dict[str, Any]] = [
        {
            "identifier": f"urn:air:{domain}:agent:genesis",
            "displayName": "Genesis",
            "type": CARD_MEDIA_TYPE,
            "url": f"{url}/.well-known/agent-card.json",
            "description": "The orchestrator: takes an objective of any kind.",
            "version": __version__,
        }
    ]
    for agent in registry.agents.values():
        card = agent.card
        entries.append(
            {
                "identifier": f"urn:air:{domain}:agent:{card.name}",
                "displayName": card.title,
                "type": CARD_MEDIA_TYPE,
                "url": f"{url}/agents/{card.name}/.well-known/agent-card.json",
                "description": card.description,
                "tags": [one.name for one in card.task_types],
                "representativeQueries": [example.request for example in card.examples[:3]],
                "version": card.version,
            }
        )
    body = {"specVersion": "1.0", "host": {"displayName": "Genesis"}, "entries": entries}
    newest = max((_modified(agent) for agent in registry.agents.values()), default=0.0)
    public = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
    return Document(orjson.dumps(body), newest, public)


def _card(name: str, description: str, version: str, rpc: str, rest: str) -> A2ACard:
    return A2ACard(
        name=name,
        description=description,
        version=version,
        supported_interfaces=[
            AgentInterface(url=rpc, protocol_binding="JSONRPC", protocol_version=PROTOCOL),
            AgentInterface(url=rest, protocol_binding="HTTP+JSON", protocol_version=PROTOCOL),
        ],
        capabilities=AgentCapabilities(streaming=True, push_notifications=False, extended_agent_card=False),
        default_input_modes=["text/plain", "application/octet-stream", "application/json"],
        default_output_modes=["text/plain", "application/json"],
    )


def _begins(plan: Mapping[str, object], card: AgentCard, task_type: str) -> bool:
    return next(iter(plan)).partition("#")[0] == f"{card.name}.{task_type}"


def _modified(agent: Agent) -> float:
    return agent.file.stat().st_mtime


def _has_it(request: Request, etag: str, modified: float) -> bool:
    """RFC 9110, 13.2.2: the tag decides when it is given, else the date."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return any(tag.strip().removeprefix("W/") in {etag, "*"} for tag in tags.split(","))
    since = request.headers.get("if-modified-since")
    if since is None:
        return False
    try:
        return int(modified) <= parsedate_to_datetime(since).timestamp()
    except ValueError:
        return False
