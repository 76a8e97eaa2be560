"""The card of a remote A2A agent: fetched, made ours, and the client for the interface that it offers."""

from __future__ import annotations

import asyncio
import os
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from genesis.agents import reach
from genesis.agents.card import AgentCard, Example, TaskType
from genesis.agents.reply import clean
from genesis.errors import AgentRefused, FileInvalid, Forbidden, NetworkError, RequestInvalid
from genesis.security.edge.outbound import Resolve, shown, system_resolve

# Read when the SDK is imported: its spans cost 11-19 % of its CPU, and nobody exports them.
os.environ.setdefault("OTEL_INSTRUMENTATION_A2A_SDK_ENABLED", "false")

if TYPE_CHECKING:
    import httpx
    from a2a.client import Client
    from a2a.types.a2a_pb2 import AgentCard as A2ACard

MAX_CARD_BYTES = 1_000_000
CARD_S = 10.0
WELL_KNOWN = "/.well-known/agent-card.json"


async def describe(url: str, *, private: bool, name: str | None = None, resolve: Resolve = system_resolve) -> AgentCard:
    """Our card for the agent at `url`, from its own: skills become task types and examples.

    Raises `Forbidden`, `NetworkError`, `FileInvalid` when there is no card there that can be used.
    """
    origin = reach.origin(url)
    async with reach.client(url, private=private, resolve=resolve) as http:
        theirs = await fetch(url, http)
        client_of(theirs, http, url)
    own = name or _slug(theirs.name) or _slug(origin[1])
    if own != _slug(own) or not own:
        raise RequestInvalid(f"name {own[:80]!r}: lower-case letters, digits and _, a letter first, at most 64")
    types: dict[str, TaskType] = {}
    examples: list[Example] = []
    for skill in theirs.skills[:64]:
        kind = _slug(skill.id) or _slug(skill.name)
        if not kind or kind in types:
            continue
        said = _line(skill.description) or _line(skill.name) or kind
        types[kind] = TaskType(name=kind, description=said)
        requests = dict.fromkeys(_line(one) for one in skill.examples[:50])
        examples += [Example(request=one, plan={f"{own}.{kind}": ()}) for one in requests if 3 <= len(one) <= 1000]
    if not types:
        raise FileInvalid(f"{shown(url)}: the agent's card names no skill, so nothing could be asked of it")
    return AgentCard(
        name=own,
        title=_line(theirs.name)[:100] or own,
        description=_line(theirs.description) or "; ".join(one.description for one in types.values()),
        version=_line(theirs.version)[:40] or "0",
        task_types=tuple(types.values()),
        timeout_s=600,
        url=url,
        examples=tuple(examples),
    )


async def fetch(url: str, http: httpx.AsyncClient) -> A2ACard:
    """The card at `url` or at its well-known place. Raises `NetworkError`, `Forbidden`."""
    import orjson
    from a2a.client.card_resolver import parse_agent_card
    from google.protobuf.json_format import ParseError  # type: ignore[import-untyped]

    address = url if urlsplit(url).path.endswith(".json") else url.rstrip("/") + WELL_KNOWN
    try:
        async with asyncio.timeout(CARD_S), http.stream("GET", address) as answer:
            body = bytearray()
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > MAX_CARD_BYTES:
                    raise NetworkError(f"{shown(address)}: the card has more than {MAX_CARD_BYTES:,} bytes")
    except TimeoutError as error:
        raise NetworkError(f"{shown(address)}: no card within {CARD_S:g} s") from error
    if answer.status_code in {401, 403}:
        raise wants_credentials(address)
    if answer.status_code != 200:
        raise NetworkError(f"{shown(address)}: answered {answer.status_code}, not with an agent card")
    try:
        return parse_agent_card(orjson.loads(body))
    except (ValueError, ParseError, TypeError) as error:
        raise NetworkError(f"{shown(address)}: is no A2A agent card") from error


def client_of(card: A2ACard, http: httpx.AsyncClient, url: str) -> Client:
    """A client for the first interface of the card that we can and may use. Raises `AgentRefused`."""
    from a2a.client import ClientConfig, ClientFactory

    usable = [
        one
        for one in card.supported_interfaces
        if one.protocol_version.partition(".")[0] == "1"
        and one.protocol_binding in {"JSONRPC", "HTTP+JSON"}
        and reach.origin(one.url) == reach.origin(url)
    ]
    if not usable:
        raise AgentRefused(
            f"{shown(url)}: its card offers no A2A 1.x interface over JSONRPC or HTTP+JSON at the same origin"
        )
    del card.supported_interfaces[:]
    card.supported_interfaces.extend(usable[:1])
    config = ClientConfig(
        streaming=False, polling=True, httpx_client=http, supported_protocol_bindings=["JSONRPC", "HTTP+JSON"]
    )
    return ClientFactory(config).create(card)


def wants_credentials(url: str) -> Forbidden:
    return Forbidden(f"{shown(url)}: wants credentials, and Genesis has none to give to remote agents yet")


def _slug(text: str) -> str:
    """`text` as a name of ours, or "".

    >>> _slug("Weather & Tides (v2)")
    'weather_tides_v2'
    """
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).lstrip("0123456789_")[:64].rstrip("_")


def _line(text: str) -> str:
    return " ".join(clean(text, 1000).split())
