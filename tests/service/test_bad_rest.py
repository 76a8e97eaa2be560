"""Bad input at the REST door: a clear error with its category and code, and nothing half-done."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.service.conftest import Service

pytestmark = pytest.mark.asyncio(loop_scope="module")
LONG = "x" * 20_001
BIG = "x" * 1_100_000
CYCLE = [
    {"id": "a", "goal": "a", "type": "echo", "agent": "echo", "depends_on": ["b"]},
    {"id": "b", "goal": "b", "type": "echo", "agent": "echo", "depends_on": ["a"]},
]
MANY = [{"id": f"t{n}", "goal": "g", "type": "echo", "agent": "echo"} for n in range(1001)]

# what is sent; status; code; category; what the message must say
BODIES: list[tuple[str, Any, int, str, str, str]] = [
    ("/task", {}, 400, "REQUEST_INVALID", "validation", "description"),
    ("/task", {"description": ""}, 400, "OBJECTIVE_INVALID", "validation", "empty"),
    ("/task", {"description": " \n\t"}, 400, "OBJECTIVE_INVALID", "validation", "empty"),
    ("/task", {"description": LONG}, 400, "OBJECTIVE_INVALID", "validation", "20,000"),
    ("/task", {"description": "a\u0000b"}, 400, "OBJECTIVE_INVALID", "validation", "U+0000"),
    ("/task", {"description": 7}, 400, "REQUEST_INVALID", "validation", "description"),
    ("/plan", {"description": BIG}, 413, "BODY_TOO_LARGE", "validation", "1,048,576"),
    ("/task", {"description": BIG * 14}, 413, "BODY_TOO_LARGE", "validation", "14,680,064"),  # files come here
    ("/task", {"description": "a", "colour": "red"}, 400, "REQUEST_INVALID", "validation", "colour: unknown field"),
    ("/task", {"description": "a", "task_id": "../x"}, 400, "REQUEST_INVALID", "validation", "task_id"),
    ("/task", {"description": "a", "task_id": "x" * 200}, 400, "REQUEST_INVALID", "validation", "task_id"),
    ("/task", {"description": "a", "wait_s": -1}, 400, "REQUEST_INVALID", "validation", "wait_s"),
    ("/task", {"description": "a", "wait_s": 1e9}, 400, "REQUEST_INVALID", "validation", "wait_s"),
    ("/task", {"description": "a", "budget_usd": -1}, 400, "REQUEST_INVALID", "validation", "budget_usd"),
    ("/task", {"description": "a", "agent": "nobody"}, 404, "NOT_FOUND", "validation", "'nobody'"),
    ("/task", {"description": "a", "workspace": "relative"}, 403, "WORKSPACE_REFUSED", "security", "absolute"),
    ("/task", {"description": "a", "workspace": "/etc"}, 403, "WORKSPACE_REFUSED", "security", "allowed roots"),
    ("/task", {"description": "a", "workspace": "/a\0b"}, 403, "WORKSPACE_REFUSED", "security", "not a path"),
    ("/task", [], 400, "REQUEST_INVALID", "validation", "object"),
    ("/task", "text", 400, "REQUEST_INVALID", "validation", "object"),
    ("/plan", {}, 400, "REQUEST_INVALID", "validation", "description"),
    ("/plan", {"description": "a", "plan": {}}, 400, "REQUEST_INVALID", "validation", "either"),
    ("/plan", {"description": ""}, 400, "OBJECTIVE_INVALID", "validation", "empty"),
    ("/plan", {"plan": 7}, 422, "PLAN_INVALID", "decomposition", "object"),
    ("/plan", {"plan": {"tasks": CYCLE}}, 422, "PLAN_INVALID", "decomposition", "cycle"),
    ("/plan", {"plan": {"tasks": MANY}}, 422, "PLAN_INVALID", "decomposition", "1,000"),
    ("/plan", {"plan": {"tasks": [{"id": "A B"}]}}, 422, "PLAN_INVALID", "decomposition", "plan.tasks.0"),
    ("/task/none/input", {"approve": True}, 404, "NOT_FOUND", "validation", "none"),
    ("/task/none/input", {}, 400, "REQUEST_INVALID", "validation", "either"),
    ("/task/none/input", {"approve": True, "text": "x"}, 400, "REQUEST_INVALID", "validation", "either"),
    ("/task/none/resume", {}, 404, "NOT_FOUND", "validation", "none"),
]

RAW: list[tuple[bytes, str, int, str]] = [
    (b"", "application/json", 400, "empty"),
    (b"{", "application/json", 400, "line 1"),
    (b'{"description": "a\xff"}', "application/json", 400, "JSON"),
    (b"\x00\x01\x02", "application/json", 400, "JSON"),
    (b"[" * 100_000, "application/json", 400, "JSON"),
    (b'{"description": "a"}', "text/plain", 415, "Content-Type"),
    (b'{"description": "a"}', "text/application+json", 415, "Content-Type"),
    (b"description=a", "application/x-www-form-urlencoded", 415, "Content-Type"),
]

GETS: list[tuple[str, str, int, str]] = [
    ("GET", "/task/none", 404, "none"),
    ("GET", "/task/none/events", 404, "none"),
    ("GET", "/task/none/report", 404, "none"),
    ("GET", "/task/none/artifacts/x", 404, "none"),
    ("DELETE", "/task/none", 404, "none"),
    ("GET", "/task?limit=0", 400, "limit"),
    ("GET", "/task?limit=ten", 400, "limit"),
    ("GET", "/task?status=asleep", 400, "status"),
    ("GET", "/task?cursor=@@", 400, "cursor"),
    ("GET", "/task?colour=red", 400, "colour"),
    ("GET", "/agents/nobody", 404, "nobody"),
    ("GET", "/logs", 400, "correlation_id"),
    ("GET", "/logs?correlation_id=xyz", 400, "correlation_id"),
    ("GET", "/nowhere", 404, "/openapi.json"),
    ("GET", "/task//", 404, "/openapi.json"),
    ("PATCH", "/task", 405, "GET, HEAD, OPTIONS, POST"),
    ("DELETE", "/health", 405, "GET, HEAD, OPTIONS"),
]


async def refused(service: Service, answer: httpx.Response, status: int) -> dict[str, Any]:
    """The error of an answer that must be one, in the one shape; the run list is as it was: empty."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert body.keys() == {"error"}
    error: dict[str, Any] = body["error"]
    assert error.keys() - {"retry_after"} == {"code", "category", "message", "correlation_id"}
    assert error["correlation_id"] == answer.headers["x-correlation-id"]
    assert await service.run_ids() == []
    return error


@pytest.mark.parametrize(("path", "body", "status", "code", "category", "says"), BODIES)
async def test_body(shared: Service, path: str, body: Any, status: int, code: str, category: str, says: str) -> None:
    error = await refused(shared, await shared.http.post(path, json=body), status)
    assert (error["code"], error["category"]) == (code, category)
    assert says in error["message"]
    assert len(error["message"]) < 600


@pytest.mark.parametrize(("body", "kind", "status", "says"), RAW)
async def test_what_is_no_json(shared: Service, body: bytes, kind: str, status: int, says: str) -> None:
    answer = await shared.http.post("/task", content=body, headers={"content-type": kind})
    error = await refused(shared, answer, status)
    assert error["code"] == ("REQUEST_INVALID" if status == 400 else "CONTENT_TYPE_NOT_SUPPORTED")
    assert says in error["message"]


@pytest.mark.parametrize(("method", "path", "status", "says"), GETS)
async def test_path_and_query(shared: Service, method: str, path: str, status: int, says: str) -> None:
    error = await refused(shared, await shared.http.request(method, path), status)
    assert says in error["message"]
