"""Cards and catalog: what a stranger learns before the first message, and how long it may be kept."""

from __future__ import annotations

from typing import Any

import pytest
from a2a.types.a2a_pb2 import AgentCard
from a2a.utils.proto_utils import validate_proto_required_fields
from google.protobuf.json_format import ParseDict  # type: ignore[import-untyped]

from tests.service.conftest import Service

pytestmark = pytest.mark.asyncio(loop_scope="module")
WELL_KNOWN = "/.well-known/agent-card.json"


async def card(shared: Service, path: str = "") -> dict[str, Any]:
    answer = await shared.http.get(path + WELL_KNOWN)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    validate_proto_required_fields(ParseDict(found, AgentCard()))  # strict: an unknown field would raise
    return found


async def test_the_root_card_names_every_agent_as_a_skill(shared: Service) -> None:
    root = await card(shared)
    assert [skill["id"] for skill in root["skills"]] == list(shared.parts.registry.agents)
    assert root["capabilities"] == {"streaming": True, "pushNotifications": False, "extendedAgentCard": False}
    assert [(one["protocolBinding"], one["protocolVersion"]) for one in root["supportedInterfaces"]] == [
        ("JSONRPC", "1.0"), ("HTTP+JSON", "1.0")
    ]  # fmt: skip


async def test_every_agent_has_a_card_and_answers_where_it_says(shared: Service) -> None:
    for name, agent in shared.parts.registry.agents.items():
        found = await card(shared, f"/agents/{name}")
        assert [skill["id"] for skill in found["skills"]] == [one.name for one in agent.card.task_types]
        rpc, rest = (one["url"] for one in found["supportedInterfaces"])
        ask = {"jsonrpc": "2.0", "id": 1, "method": "ListTasks", "params": {}}
        for url in (rpc, f"{rpc}/"):
            answer = await shared.http.post(url, json=ask, headers={"A2A-Version": "1.0"})
            assert answer.json()["result"]["tasks"] == []
        assert (await shared.http.get(f"{rest}/tasks", headers={"A2A-Version": "1.0"})).json()["tasks"] == []


async def test_cards_are_kept_and_asked_for_again_cheaply(shared: Service) -> None:
    for path in (WELL_KNOWN, f"/agents/echo{WELL_KNOWN}", "/.well-known/ai-catalog.json"):
        first = await shared.http.get(path)
        assert "max-age=" in first.headers["cache-control"]
        for headers in ({"if-none-match": first.headers["etag"]}, {"if-none-match": f'W/{first.headers["etag"]}, "x"'},
                        {"if-modified-since": first.headers["last-modified"]}):  # fmt: skip
            again = await shared.http.get(path, headers=headers)
            assert (again.status_code, again.content) == (304, b"")
        for headers in ({"if-none-match": '"other"'}, {"if-modified-since": "Thu, 01 Jan 1970 00:00:00 GMT"},
                        {"if-modified-since": "yesterday"},
                        {"if-none-match": '"other"', "if-modified-since": first.headers["last-modified"]}):  # fmt: skip
            assert (await shared.http.get(path, headers=headers)).status_code == 200


async def test_the_catalog_lists_the_cards(shared: Service) -> None:
    answer = await shared.http.get("/.well-known/ai-catalog.json")
    assert answer.headers["access-control-allow-origin"] == "*"
    body = answer.json()
    assert body["specVersion"] == "1.0"
    assert len(body["entries"]) == len(shared.parts.registry) + 1
    assert len({entry["identifier"] for entry in body["entries"]}) == len(body["entries"])
    for entry in body["entries"]:
        assert (await shared.http.get(entry["url"])).json()["name"] == entry["displayName"]
    linked = (await shared.http.get(WELL_KNOWN)).headers["link"]
    assert 'rel="ai-catalog"' in linked
