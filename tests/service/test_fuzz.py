"""Anything may be sent to any door: the answer comes, is no 5xx, has its door's form, and the service goes on."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import httpx
import orjson
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from tests.fuzzing import JSON, TEXT, near, tries
from tests.service.conftest import Service

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(3000),
    # The service's own threads use it at the same time.
    pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies"),
    pytest.mark.filterwarnings("ignore:Generating overly large repr"),
]
V = {"A2A-Version": "1.0"}
TASK = {"id": "a", "goal": "say it", "type": "echo", "agent": "echo", "depends_on": ["b"], "parent": None}
VALID: dict[str, dict[str, Any]] = {
    "/task": {
        "description": "echo",
        "task_id": "x",
        "agent": "echo",
        "workspace": "/a",
        "wait_s": 0,
        "budget_usd": 1.0,
    },
    "/plan": {"description": "echo", "plan": {"objective": "x", "tasks": [TASK]}},
    "/code/check": {"code": "x = 1"},
    "/task/none/input": {"approve": True, "text": "x"},
    "/task/none/resume": {},
}
MESSAGE = {
    "messageId": "m",
    "contextId": "c",
    "taskId": "none",
    "role": "ROLE_USER",
    "parts": [{"text": "echo"}],
    "extensions": [],
    "referenceTaskIds": ["x"],
    "metadata": {"agent": "echo"},
}
PARAMS = {
    "message": MESSAGE,
    "configuration": {"blocking": True, "historyLength": 3},
    "id": "none",
    "tenant": "",
    "metadata": {},
}
METHODS = (
    st.sampled_from(
        [
            "SendMessage",
            "GetTask",
            "ListTasks",
            "CancelTask",
            "GetExtendedAgentCard",
            "CreateTaskPushNotificationConfig",
            "GetTaskPushNotificationConfig",
            "ListTaskPushNotificationConfigs",
            "DeleteTaskPushNotificationConfig",
            "message/send",
        ]
    )
    | TEXT
)
BYTES = st.binary(max_size=200) | JSON.map(lambda one: json.dumps(one).encode())


def sendable(body: Any) -> bytes:
    """As JSON, also what a careful library would not send: lone surrogates stay escaped."""
    return json.dumps(body).encode()


def check_rest(answer: httpx.Response) -> None:
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        error = answer.json()["error"]
        assert error["code"] != "INTERNAL" and error["category"] != "unknown", error
        assert "Traceback" not in answer.text


@pytest.mark.parametrize("path", VALID)
@given(data=st.data())
@tries(30)
async def test_rest_bodies(shared: Service, path: str, data: st.DataObject) -> None:
    content = data.draw(st.one_of((JSON | near(VALID[path])).map(sendable), near(VALID[path]).map(sendable), BYTES))
    answer = await shared.http.post(path, content=content, headers={"content-type": "application/json"})
    check_rest(answer)


@given(
    method=st.sampled_from(["GET", "POST", "DELETE", "PUT", "HEAD", "OPTIONS", "TRACE"]),
    parts=st.lists(
        st.sampled_from(
            [
                "task",
                "plan",
                "agents",
                "input",
                "resume",
                "report",
                "artifacts",
                "logs",
                "traces",
                "openapi.json",
                "health",
                "code",
                "check",
                "flags",
                "switches",
                "metrics",
                ".well-known",
                "..",
                "",
            ]
        )
        | TEXT,
        min_size=1,
        max_size=4,
    ),
    query=st.dictionaries(
        st.sampled_from(["limit", "status", "cursor", "correlation_id", "format", "A2A-Version"]) | TEXT,
        TEXT,
        max_size=3,
    ),
    header=st.sampled_from(
        ["traceparent", "x-correlation-id", "last-event-id", "accept", "content-length", "idempotency-key", "range"]
    ),
    value=st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=60),
)
@tries(150)
async def test_paths_queries_and_headers(
    shared: Service, method: str, parts: list[str], query: dict[str, str], header: str, value: str
) -> None:
    if header == "content-length":  # a wrong length is HTTP's matter, and ends in waiting for what never comes
        value = "0"
    path = "/" + "/".join(quote(part, safe="", errors="replace") for part in parts)
    pairs = "&".join(f"{quote(key, errors='replace')}={quote(one, errors='replace')}" for key, one in query.items())
    try:
        request = shared.http.build_request(method, f"{path}?{pairs}"[:8000], headers={header: value.strip()})
    except httpx.InvalidURL:
        reject()  # by the client, which would not send it
    answer = await shared.http.send(request, stream=True)  # an event stream does not end by itself
    assert answer.status_code < 500, (method, path)
    await answer.aclose()


@pytest.mark.parametrize("door", ["/", "/agents/echo"])
@given(
    method=METHODS, params=JSON | near(PARAMS) | near({"message": MESSAGE}), envelope=near({"jsonrpc": "2.0", "id": 1})
)
@tries(60)
async def test_a2a_calls(shared: Service, door: str, method: str, params: Any, envelope: Any) -> None:
    body = {**envelope, "method": method, "params": params}
    answer = await shared.http.post(door, content=sendable(body), headers=V | {"content-type": "application/json"})
    assert answer.status_code < 500, answer.text
    if answer.status_code == 204:
        assert "id" not in body, "only a notification is not answered"
        return
    said = orjson.loads(answer.content)
    assert ("error" in said) != ("result" in said), said
    assert said.get("error", {}).get("code") != -32603, (body, said)


@given(content=BYTES | JSON.map(sendable))
@tries(60)
async def test_a2a_bytes(shared: Service, content: bytes) -> None:
    for path in ("/", "/message:send"):
        answer = await shared.http.post(path, content=content, headers=V | {"content-type": "application/json"})
        assert answer.status_code < 500, answer.text
        said = orjson.loads(answer.content)
        assert said["error"]["code"] not in (-32603, 500)


@given(body=near({"message": MESSAGE, "configuration": {"blocking": True}}))
@tries(60)
async def test_a2a_http_json(shared: Service, body: Any) -> None:
    answer = await shared.http.post(
        "/message:send", content=sendable(body), headers=V | {"content-type": "application/json"}
    )
    assert answer.status_code < 500, (body, answer.text)
    assert isinstance(orjson.loads(answer.content), dict)


async def test_the_service_is_well_after_all_that(shared: Service) -> None:
    answer = await shared.http.get("/health")
    assert answer.status_code == 200 and answer.json()["status"] == "healthy"
