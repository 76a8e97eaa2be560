"""What is served, path by path, and what all paths have in common: HEAD, OPTIONS, slashes, queries, errors."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.service.conftest import Service

pytestmark = pytest.mark.asyncio(loop_scope="module")
JSON = {"content-type": "application/json"}
TRACE = "0af7651916cd43dd8448eb211c80319c"


@dataclass(frozen=True)
class Call:
    """A request that is right. `{run}` in the path is a run that has completed, `{open}` one that waits for a yes."""

    method: str
    path: str
    status: int
    body: Any = None
    kind: str = "application/json"
    keys: frozenset[str] = field(default_factory=frozenset)


def call(method: str, path: str, status: int, body: Any = None, kind: str = "application/json", keys: str = "") -> Call:
    return Call(method, path, status, body, kind, frozenset(keys.split()))


SURFACE = [
    call("GET", "/health", 200, keys="status version agents_loaded checks resources"),
    call("GET", "/livez", 200, keys="status"),
    call("GET", "/readyz", 200, keys="status"),
    call("GET", "/startupz", 200, keys="status"),
    call("GET", "/metrics", 200, kind="text/plain"),
    call("GET", "/openapi.json", 200, keys="openapi paths components"),
    call("GET", "/agents", 200),
    call("GET", "/agents/echo", 200, keys="id name task_types url live"),
    call("GET", "/task", 200, keys="tasks"),
    call("GET", "/task?limit=100&status=completed", 200, keys="tasks"),
    call("POST", "/task", 202, {"description": "Hi", "agent": "echo"}, keys="task_id status links correlation_id"),
    call("POST", "/task", 200, {"description": "Hi", "agent": "echo", "wait_s": 20}, keys="task_id status summary"),
    call(
        "GET", "/task/{run}", 200, keys="task_id status level correlation_id created tasks artifacts summary cost_usd"
    ),
    call("GET", "/task/{run}/events", 200, kind="text/event-stream"),
    call("GET", "/task/{run}/events?after=1", 200, kind="text/event-stream"),
    call("GET", "/task/{run}/report", 200, kind="text/markdown"),
    call("GET", "/task/{run}/report?format=html", 200, kind="text/html"),
    call("GET", "/task/{run}/report?format=json", 200),
    call("GET", "/task/{run}/artifacts/echo.txt", 200, kind="text/plain"),
    call("POST", "/task/{open}/input", 202, {"approve": False}, keys="task_id status"),
    call("DELETE", "/task/{open}", 202, keys="task_id status"),
    call("POST", "/plan", 200, {"description": "Please echo something"}, keys="tasks vetting level seconds"),
    call("POST", "/code/check", 200, {"code": "print(1)"}, keys="allowed findings"),
    call("GET", f"/logs?correlation_id={TRACE}", 200, keys="correlation_id lines"),
    call("GET", "/switches", 200, keys="generation switches"),
    call("GET", "/.well-known/agent-card.json", 200, keys="name supportedInterfaces skills"),
    call("GET", "/agents/echo/.well-known/agent-card.json", 200, keys="name supportedInterfaces skills"),
    call("GET", "/.well-known/ai-catalog.json", 200, keys="specVersion entries"),
]
# By hand, so that a path that is served and not in the table above turns this red.
ELSEWHERE = {("POST", "/task/{id}/resume"), ("PUT", "/switches/{name}")}


async def at(service: Service, path: str) -> str:
    """The path with its runs in it."""
    if "{run}" in path:
        done = await service.post("Hello", agent="echo", task_id="surface", wait_s=20)
        path = path.replace("{run}", done.json()["task_id"])
    if "{open}" in path:
        asked = (await service.post("Put it out", agent="publisher")).json()["task_id"]
        await service.until(asked, "input_required")
        path = path.replace("{open}", asked)
    return path


async def send(service: Service, one: Call, path: str) -> httpx.Response:
    return await service.http.request(one.method, path, **({} if one.body is None else {"json": one.body}))


def assert_refused(answer: httpx.Response, status: int, code: str, says: str) -> None:
    """The one shape of errors."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert body.keys() == {"error"}
    error = body["error"]
    assert error.keys() - {"retry_after"} == {"code", "category", "message", "correlation_id"}
    assert error["code"] == code
    assert error["correlation_id"] == answer.headers["x-correlation-id"]
    assert says in error["message"]
    assert len(error["message"]) < 1000


async def test_the_table_is_the_whole_of_the_documented_surface(shared: Service) -> None:
    paths = (await shared.http.get("/openapi.json")).json()["paths"]
    served = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    tried = set[tuple[str, str]]()
    for method, path in served:
        pattern = re.sub(r"{\w+}", "[^/]+", path)
        if any(one.method == method and re.fullmatch(pattern, one.path.partition("?")[0]) for one in SURFACE):
            tried.add((method, path))
    assert served - tried == ELSEWHERE


@pytest.mark.parametrize("one", SURFACE, ids=lambda one: f"{one.method} {one.path}")
async def test_what_is_right_is_answered(shared: Service, one: Call) -> None:
    answer = await send(shared, one, await at(shared, one.path))
    assert answer.status_code == one.status, answer.text
    assert answer.headers["content-type"].partition(";")[0] == one.kind
    assert len(answer.headers["x-correlation-id"]) == 32
    if one.keys:
        assert one.keys <= answer.json().keys()


@pytest.mark.parametrize("one", SURFACE, ids=lambda one: f"{one.method} {one.path}")
async def test_a_slash_at_the_end_means_nothing(shared: Service, one: Call) -> None:
    path, mark, query = (await at(shared, one.path)).partition("?")
    answer = await send(shared, one, f"{path}/{mark}{query}")
    assert answer.status_code == one.status, answer.text


@pytest.mark.parametrize("path", sorted({one.path for one in SURFACE} | {"/", "/rpc", "/message:send", "/tasks/{run}"}))
async def test_options_and_wrong_methods(shared: Service, path: str) -> None:
    path = await at(shared, path)
    answer = await shared.http.options(path)
    assert (answer.status_code, answer.content) == (204, b"")
    allowed = answer.headers["allow"].split(", ")
    assert "OPTIONS" in allowed
    assert ("HEAD" in allowed) == ("GET" in allowed)
    for method in {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "TRACE"} - set(allowed):
        answer = await shared.http.request(method, path)
        assert answer.status_code == 405
        assert sorted(answer.headers["allow"].split(", ")) == allowed
        if method != "HEAD":
            assert_refused(answer, 405, "METHOD_NOT_ALLOWED", ", ".join(allowed))


@pytest.mark.parametrize("one", [one for one in SURFACE if one.method == "GET"], ids=lambda one: one.path)
async def test_head_is_get_without_its_body(shared: Service, one: Call) -> None:
    path = await at(shared, one.path)
    answer = await shared.http.head(path)
    assert (answer.status_code, answer.content) == (one.status, b"")
    assert answer.headers["content-type"].partition(";")[0] == one.kind


DOCUMENTED = [one for one in SURFACE if ".well-known" not in one.path]


@pytest.mark.parametrize("one", DOCUMENTED, ids=lambda one: f"{one.method} {one.path}")
async def test_a_query_that_nobody_knows_is_refused(shared: Service, one: Call) -> None:
    path = await at(shared, one.path)
    mark = "&" if "?" in path else "?"
    assert_refused(await send(shared, one, f"{path}{mark}colour=red"), 400, "REQUEST_INVALID", "colour: unknown")
    if mark == "&":
        twice = path.partition("?")[2].partition("&")[0]
        assert_refused(await send(shared, one, f"{path}&{twice}"), 400, "REQUEST_INVALID", "more than once")


BODIES = [one for one in SURFACE if one.body is not None] + [call("POST", "/task/x/resume", 202, {})]


@pytest.mark.parametrize("one", BODIES, ids=lambda one: one.path)
async def test_bodies_that_are_not_what_they_say(shared: Service, one: Call) -> None:
    path = await at(shared, one.path)
    kinds = ["text/plain", "", "multipart/form-data", "application/x-www-form-urlencoded", "application/jsonx"]
    for kind in kinds:
        answer = await shared.http.post(path, content=b"{}", headers={"content-type": kind})
        assert_refused(answer, 415, "CONTENT_TYPE_NOT_SUPPORTED", "application/json")
    packed = {**JSON, "content-encoding": "gzip"}
    answer = await shared.http.post(path, content=gzip.compress(b"{}"), headers=packed)
    assert_refused(answer, 415, "CONTENT_TYPE_NOT_SUPPORTED", "Content-Encoding")
    assert_refused(await shared.http.post(path, content=b"{", headers=JSON), 400, "REQUEST_INVALID", "JSON")
    assert_refused(await shared.http.post(path, json=[1]), 400, "REQUEST_INVALID", "object")
    assert_refused(await shared.http.post(path, json={"colour": 1}), 400, "REQUEST_INVALID", "colour")
    answer = await shared.http.post(path, content=b"x" * 15_000_000, headers=JSON)
    assert_refused(answer, 413, "BODY_TOO_LARGE", "limit")


@pytest.mark.parametrize(
    ("path", "status", "code", "says"),
    [
        ("/" + "a" * 4096, 414, "URI_TOO_LONG", "4,096"),
        ("/task/" + "a" * 4096, 414, "URI_TOO_LONG", "4,096"),
        ("/task?cursor=" + "a" * 4096, 414, "URI_TOO_LONG", "4,096"),
        ("/" + "a" * 500, 404, "NOT_FOUND", "openapi"),
        ("/task/" + "a" * 900, 414, "URI_TOO_LONG", "512"),
        ("/task/" + "a" * 500, 404, "NOT_FOUND", "no such run"),
        ("/task/%00", 404, "NOT_FOUND", "no such run"),
        ("/task/..%2f..%2fetc", 404, "NOT_FOUND", "openapi"),
        ("/health//", 404, "NOT_FOUND", "openapi"),
        ("/task?limit=-1", 400, "REQUEST_INVALID", "1 to 100"),
        ("/task?limit=101", 400, "REQUEST_INVALID", "1 to 100"),
        ("/task?limit=" + "9" * 4000, 400, "REQUEST_INVALID", "1 to 100"),
        ("/task?limit=", 400, "REQUEST_INVALID", "1 to 100"),
        ("/task?limit=1.0", 400, "REQUEST_INVALID", "1 to 100"),
        ("/task?cursor=%FF", 400, "REQUEST_INVALID", "cursor"),
        ("/task/{run}/events?after=-1", 400, "REQUEST_INVALID", "Last-Event-ID"),
        ("/task/{run}/report?format=pdf", 400, "REQUEST_INVALID", "md, html, json"),
        ("/task/{run}/artifacts/none.txt", 404, "NOT_FOUND", "none.txt"),
        ("/task/{open}/report", 404, "NOT_FOUND", "input_required"),
        ("/agents/nobody/.well-known/agent-card.json", 404, "NOT_FOUND", "nobody"),
    ],
)
async def test_targets_that_lead_nowhere(shared: Service, path: str, status: int, code: str, says: str) -> None:
    assert_refused(await shared.http.get(await at(shared, path)), status, code, says)


async def test_states_that_forbid_it(shared: Service) -> None:
    done = await at(shared, "/task/{run}")
    assert_refused(await shared.http.delete(done), 409, "CONFLICT", "completed")
    assert_refused(await shared.http.post(f"{done}/resume"), 409, "CONFLICT", "completed")
    assert_refused(await shared.http.post(f"{done}/resume", json={"budget_usd": -1}), 400, "REQUEST_INVALID", "budget")
    assert_refused(await shared.http.post(f"{done}/input", json={"approve": True}), 409, "CONFLICT", "completed")
    same = {"description": "Another", "agent": "echo", "task_id": "surface"}
    assert_refused(await shared.http.post("/task", json=same), 409, "CONFLICT", "surface")
    answer = await shared.http.post("/plan", json={"plan": {"tasks": [{"id": "A B"}]}})
    assert_refused(answer, 422, "PLAN_INVALID", "plan.tasks.0")


async def test_code_that_is_not_allowed(shared: Service) -> None:
    body = (await shared.http.post("/code/check", json={"code": "x = 1\nimport socket\n"})).json()
    assert body["allowed"] is False
    [finding] = body["findings"]
    assert "socket" in finding["message"]
    assert finding["source"]["line"] == 2
    fine = (await shared.http.post("/code/check", json={"code": "x = 1\n"})).json()
    assert fine == {"allowed": True, "findings": []}


async def test_a_fault_of_ours_has_the_same_shape(shared: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    async def bug(*args: object, **more: object) -> object:
        raise KeyError("the secret is hunter2")

    monkeypatch.setattr(shared.parts.runs, "list", bug)
    answer = await shared.http.get("/task")
    assert_refused(answer, 500, "INTERNAL", "log")
    assert "hunter2" not in answer.text
