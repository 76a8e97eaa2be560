"""Who gets in: every route is in the table, and outside `dev` every route but the public ones wants a key."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import orjson
import pytest
from pydantic import SecretStr

from genesis.errors import Unauthorized
from genesis.security.edge import principal
from genesis.security.edge.principal import Scope, Speaker
from genesis.security.edge.rate import Limits
from genesis.service import access
from genesis.service.a2a import Doors
from genesis.service.app import operations
from genesis.service.routing import Answer, Operation, routes
from tests.service.conftest import Service, Start

ADMIN = SecretStr("generated-for-this-test")
PUBLIC = {
    "GET /health",
    "GET /livez",
    "GET /readyz",
    "GET /startupz",
    "GET /.well-known/agent-card.json",
    "GET /.well-known/ai-catalog.json",
    "GET /.well-known/jwks.json",
    "GET /agents/{id}/.well-known/agent-card.json",
}


@dataclass(frozen=True)
class Guarded:
    """A service in profile production."""

    service: Service

    def key(
        self,
        subject: str,
        *scopes: Scope,
        tenant: str = "acme",
        agents: tuple[str, ...] = (),
        trust: Speaker = "user",
    ) -> dict[str, str]:
        """The headers of a fresh key."""
        _, shown = self.service.parts.keys.make(
            subject, tenant=tenant, scopes=scopes or ("read", "run", "approve"), agents=agents, trust=trust
        )
        return {"authorization": f"Bearer {shown}"}

    @property
    def http(self) -> httpx.AsyncClient:
        return self.service.http


@pytest.fixture
async def guarded(start: Start) -> AsyncIterator[Guarded]:
    yield Guarded(await start(profile="production", admin_key=ADMIN))


async def served(service: Service) -> list[Operation]:
    doors = Doors(service.parts)
    table = operations(service.parts, doors)
    await doors.close()
    return table


def path_of(one: Operation) -> str:
    return re.sub(r"{\w+}", "x", one.path.replace("/agents/{id}", "/agents/echo"))


async def test_every_route_is_in_the_table_and_nothing_else(service: Service) -> None:
    assert {f"{one.method} {one.path}" for one in await served(service)} == access.TABLE.keys()
    assert {route for route, rights in access.TABLE.items() if rights is access.PUBLIC} == PUBLIC


def test_a_route_that_nobody_put_into_the_table_is_not_served() -> None:
    async def handler(request: object) -> object:
        raise AssertionError("never called")

    with pytest.raises(ValueError, match="nobody has said who may call it"):
        routes([Operation("GET", "/forgotten", handler, "", {200: Answer("")})])  # type: ignore[arg-type]


async def test_without_a_key_every_route_but_the_public_ones_is_401(guarded: Guarded) -> None:
    for one in await served(guarded.service):
        for headers in ({}, {"authorization": "Bearer wrong"}, {"x-api-key": "gk_" + "0" * 12 + "_" + "A" * 43}):
            answer = await guarded.http.request(one.method, path_of(one), headers=headers, content=b"{}")
            if f"{one.method} {one.path}" in PUBLIC and (one.path != "/health" or not headers):
                assert answer.status_code == 200, one.path
                continue
            assert answer.status_code == 401, (one.method, one.path)
            assert answer.headers["www-authenticate"].startswith("Bearer")
            error = answer.json()["error"]
            if one.documented:
                assert error["code"] == "UNAUTHORIZED"
            elif one.path in {"/", "/rpc", "/agents/{id}"}:
                assert answer.json()["jsonrpc"] == "2.0"
                assert error["data"][0]["metadata"]["code"] == "UNAUTHORIZED"
            else:
                assert (error["code"], error["status"]) == (401, "UNAUTHENTICATED")
    for method, path in (("GET", "/nothing"), ("PATCH", "/task"), ("OPTIONS", "/task"), ("GET", "/task/x/y/z")):
        assert (await guarded.http.request(method, path)).status_code == 401, path


async def test_a_key_without_the_scope_is_403_on_every_route_that_wants_one(guarded: Guarded) -> None:
    for one in await served(guarded.service):
        rights = access.TABLE[f"{one.method} {one.path}"]
        if not rights:
            continue
        other: Scope = "approve" if "approve" not in rights else "operate"
        headers = guarded.key("bob", other)
        answer = await guarded.http.request(one.method, path_of(one), headers=headers, content=b"{}")
        assert answer.status_code == 403, (one.method, one.path)
        assert "scope" in answer.text
        if one.documented:
            assert answer.json()["error"]["code"] == "FORBIDDEN"


async def test_what_each_scope_opens(guarded: Guarded) -> None:
    expected: dict[Scope, dict[str, int]] = {
        "read": {"/health": 200, "/metrics": 403, "/logs?correlation_id=" + "a" * 32: 403, "/task": 200},
        "operate": {"/health": 200, "/metrics": 200, "/logs?correlation_id=" + "a" * 32: 200, "/task": 403},
        "approve": {"/metrics": 403, "/task": 403, "/agents": 200, "/openapi.json": 200},
    }
    for scope, paths in expected.items():
        headers = guarded.key("ann", scope)
        for path, status in paths.items():
            assert (await guarded.http.get(path, headers=headers)).status_code == status, (scope, path)
    probe = guarded.key("checks", "probe", tenant="probe")
    for path in ("/health", "/metrics", "/task"):
        assert (await guarded.http.get(path, headers=probe)).status_code == 200, path
    turn = {"on": False, "by": "me"}
    assert (await guarded.http.put("/switches/emergency_shutdown", json=turn, headers=probe)).status_code == 403
    admin = guarded.key("root", "admin")
    answer = await guarded.http.put("/switches/emergency_shutdown", json=turn, headers=admin)
    assert (answer.status_code, answer.json()["by"]) == (200, "root")  # not who it says it is


async def test_strangers_are_told_how_it_stands_and_nothing_behind_it(guarded: Guarded) -> None:
    brief = (await guarded.http.get("/health")).json()
    assert brief == {"status": "healthy", "agents_loaded": len(guarded.service.parts.registry), "profile": "production"}
    assert (await guarded.http.get("/health", headers=guarded.key("ann", "approve"))).json() == brief
    for scope in ("read", "operate"):
        full = (await guarded.http.get("/health", headers=guarded.key("ann", scope))).json()
        assert brief.items() <= full.items()
        assert {"version", "checks", "switches", "resources"} <= full.keys()


async def test_each_rpc_method_wants_its_scope(guarded: Guarded) -> None:
    async def call(headers: dict[str, str], method: str) -> tuple[int, str]:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"id": "x"}}
        answer = await guarded.http.post("/", json=body, headers={**headers, "a2a-version": "1.0"})
        return answer.status_code, answer.json()["error"]["data"][0]["metadata"]["code"]

    reader, runner = guarded.key("ann", "read"), guarded.key("ann", "run")
    for method in ("SendMessage", "SendStreamingMessage", "CancelTask"):
        assert await call(reader, method) == (403, "FORBIDDEN")
        assert (await call(runner, method))[1] != "FORBIDDEN"
    for method in ("GetTask", "SubscribeToTask"):
        assert await call(runner, method) == (403, "FORBIDDEN")
        assert (await call(reader, method))[1] == "NOT_FOUND"


async def test_a_run_key_can_neither_approve_nor_grant_what_needs_approval(guarded: Guarded) -> None:
    runner = guarded.key("ann", "run", "read")
    body = {"description": "Put it out", "agent": "publisher"}
    run = (await guarded.http.post("/task", json=body, headers=runner)).json()["task_id"]
    for _ in range(200):
        if (await guarded.http.get(f"/task/{run}", headers=runner)).json()["status"] == "input_required":
            break
    answer = await guarded.http.post(f"/task/{run}/input", json={"approve": True}, headers=runner)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN")
    granted = await guarded.http.post("/task", json={**body, "permissions": ["install"]}, headers=runner)
    assert granted.status_code == 403
    approver = guarded.key("ann", "approve")
    answer = await guarded.http.post(f"/task/{run}/input", json={"approve": False, "by": "boss"}, headers=approver)
    assert answer.status_code == 202


async def test_two_credentials_are_one_too_many(guarded: Guarded) -> None:
    headers = guarded.key("ann")
    both = {**headers, "x-api-key": headers["authorization"].partition(" ")[2]}
    assert (await guarded.http.get("/task", headers=headers)).status_code == 200
    assert (await guarded.http.get("/task", headers={"x-api-key": both["x-api-key"]})).status_code == 200
    assert (await guarded.http.get("/task", headers=both)).status_code == 401


async def test_in_dev_a_wrong_key_is_not_taken_for_none(service: Service) -> None:
    assert (await service.http.get("/task")).status_code == 200
    assert (await service.http.get("/task", headers={"authorization": "Bearer wrong"})).status_code == 401


async def test_a_revoked_key_opens_nothing_from_the_next_request_on(guarded: Guarded) -> None:
    made, shown = guarded.service.parts.keys.make("ann", tenant="acme", scopes=("read",))
    headers = {"authorization": f"Bearer {shown}"}
    assert (await guarded.http.get("/task", headers=headers)).status_code == 200
    guarded.service.parts.keys.revoke(made.id)
    assert (await guarded.http.get("/task", headers=headers)).status_code == 401


async def test_who_asks_is_in_the_log_and_the_key_is_not(guarded: Guarded) -> None:
    headers = guarded.key("ann")
    await guarded.http.get("/task", headers=headers)
    text = guarded.service.log.getvalue()
    [line] = [one for one in map(orjson.loads, text.splitlines()) if one.get("path") == "/task"]
    assert (line["tenant"], line["subject"]) == ("acme", "ann")
    assert line["key"] in headers["authorization"]
    assert headers["authorization"].partition(" ")[2][16:].encode() not in text


def test_where_nobody_was_let_in_nothing_is_seen() -> None:
    with pytest.raises(Unauthorized):
        principal.current()


# ---- limits ---------------------------------------------------------------------------------------------------------


async def test_each_caller_has_a_rate_of_its_own(start: Start) -> None:
    guarded = Guarded(await start(profile="production", admin_key=ADMIN, limits=Limits(per_minute=5)))
    ann, bob = guarded.key("ann"), guarded.key("bob")
    answers = [await guarded.http.get("/task", headers=ann) for _ in range(8)]
    assert [one.status_code for one in answers[:5]] == [200] * 5
    assert 429 in {one.status_code for one in answers[5:]}
    late = next(one for one in answers if one.status_code == 429)
    assert late.json()["error"]["code"] == "RATE_LIMITED"
    assert 1 <= int(late.headers["retry-after"]) <= 12
    assert (await guarded.http.get("/task", headers=bob)).status_code == 200
    assert (await guarded.http.get("/livez")).status_code == 200


async def test_guessing_keys_is_slowed_down_by_address(start: Start) -> None:
    guarded = Guarded(await start(profile="production", admin_key=ADMIN, limits=Limits(strangers_per_minute=5)))
    answers = [await guarded.http.get("/task", headers={"x-api-key": f"guess-{n}"}) for n in range(7)]
    assert [one.status_code for one in answers[:5]] == [401] * 5
    assert 429 in {one.status_code for one in answers[5:]}
    assert (await guarded.http.get("/task", headers=guarded.key("ann"))).status_code == 200


async def test_open_streams_are_counted_and_given_back(start: Start) -> None:
    limits = Limits(open_requests=2)
    service = await start(profile="production", admin_key=ADMIN, limits=limits, heartbeat_s=0.05)
    guarded = Guarded(service)
    ann = guarded.key("ann")
    body = {"description": "Wait", "agent": "slow", "workspace": str(service.workspace)}
    run = (await guarded.http.post("/task", json=body, headers=ann)).json()["task_id"]
    async with guarded.http.stream("GET", f"/task/{run}/events", headers=ann) as first:
        assert first.status_code == 200
        async with guarded.http.stream("GET", f"/task/{run}/events", headers=ann):
            third = await guarded.http.get("/task", headers=ann)
            assert (third.status_code, third.headers["retry-after"]) == (429, "1")
            assert (await guarded.http.get("/task", headers=guarded.key("bob"))).status_code == 200
    for _ in range(100):  # the server notices that a reader is gone a moment later
        if (await guarded.http.get("/task", headers=ann)).status_code == 200:
            break
    else:
        pytest.fail("the streams were never given back")
    service.go()


async def test_runs_that_have_not_ended_are_counted(start: Start) -> None:
    service = await start(profile="production", admin_key=ADMIN)
    service.parts.runs._open_runs = 2
    guarded = Guarded(service)
    ann, bob = guarded.key("ann"), guarded.key("bob")
    body = {"description": "Wait", "agent": "slow", "workspace": str(service.workspace)}
    for status in (202, 202, 429):
        assert (await guarded.http.post("/task", json=body, headers=ann)).status_code == status
    assert (await guarded.http.post("/task", json=body, headers=bob)).status_code == 202
    service.go()
