"""Bad input at the A2A doors, on the wire: A2A's form of errors with our code, category and correlation id."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.service.conftest import Service

pytestmark = pytest.mark.asyncio(loop_scope="module")
V = {"A2A-Version": "1.0"}


def body(**message: Any) -> dict[str, Any]:
    """The params of a message that is right but for what is given."""
    return {"message": {"messageId": "m", "role": "ROLE_USER", "parts": [{"text": "Hi"}], **message}}


def rpc(method: str = "SendMessage", params: Any = None, **more: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": body() if params is None else params, **more}


DEEP: Any = "x"
for _ in range(300):
    DEEP = [DEEP]
FILE = {"raw": "eA==", "filename": "a"}
# request; JSON-RPC code; our code; what the message must say
WRONG: list[tuple[Any, int, str, str]] = [
    ([rpc()], -32600, "REQUEST_INVALID", "batch"),
    ("text", -32600, "REQUEST_INVALID", "object"),
    (rpc() | {"jsonrpc": "1.0"}, -32600, "REQUEST_INVALID", "jsonrpc"),
    (rpc() | {"id": True}, -32600, "REQUEST_INVALID", "id"),
    (rpc() | {"id": {"a": 1}}, -32600, "REQUEST_INVALID", "id"),
    (rpc() | {"method": ""}, -32600, "REQUEST_INVALID", "method"),
    (rpc() | {"method": 7}, -32600, "REQUEST_INVALID", "method"),
    (rpc() | {"params": [1]}, -32600, "REQUEST_INVALID", "params"),
    (rpc() | {"more": None}, -32600, "REQUEST_INVALID", "nothing else"),
    (rpc("message/send"), -32601, "REQUEST_INVALID", "SendMessage"),
    (rpc(params={}), -32602, "REQUEST_INVALID", "message"),
    (rpc(params={"message": 7}), -32602, "REQUEST_INVALID", "message"),
    (rpc(params=body(messageId="")), -32602, "REQUEST_INVALID", "messageId"),
    (rpc(params=body(messageId="x" * 129)), -32602, "REQUEST_INVALID", "messageId"),
    (rpc(params=body(contextId="x" * 129)), -32602, "REQUEST_INVALID", "contextId"),
    (rpc(params=body(role="ROLE_AGENT")), -32602, "REQUEST_INVALID", "role"),
    (rpc(params=body(role="ROLE_KING")), -32602, "REQUEST_INVALID", "role"),
    (rpc(params=body(parts=[])), -32602, "REQUEST_INVALID", "parts"),
    (rpc(params=body(parts=[{}])), -32602, "REQUEST_INVALID", "parts[0]"),
    (rpc(params=body(parts=[{"text": "a"}] * 65)), -32602, "REQUEST_INVALID", "64"),
    (rpc(params=body(parts="x")), -32602, "REQUEST_INVALID", "message.parts"),
    (rpc(params=body(parts=[{"text": ""}])), -32602, "OBJECTIVE_INVALID", "empty"),
    (rpc(params=body(parts=[{"text": "x" * 20_001}])), -32602, "OBJECTIVE_INVALID", "20,000"),
    (rpc(params=body(parts=[{"text": "a\u0001b"}])), -32602, "OBJECTIVE_INVALID", "U+0001"),
    (rpc(params=body(parts=[{"text": "a"}, {"raw": "!!"}])), -32602, "REQUEST_INVALID", "parts"),
    (rpc(params=body(parts=[{"text": "a"}, FILE, FILE])), -32602, "REQUEST_INVALID", "twice"),
    (rpc(params=body(parts=[{"text": "a", "mediaType": "image/png"}])), -32005, "MEDIA_NOT_SUPPORTED", "image/png"),
    (rpc(params=body(taskId="nothing")), -32001, "NOT_FOUND", "nothing"),
    (rpc(params=body() | {"tenant": "evil"}), -32602, "REQUEST_INVALID", "tenant"),
    (rpc(params=body(metadata={"workspace": "/etc"})), -32602, "WORKSPACE_REFUSED", "allowed roots"),
    (rpc(params=body(metadata={"workspace": 7})), -32602, "REQUEST_INVALID", "workspace"),
    (rpc(params=body() | {"configuration": {"acceptedOutputModes": ["image/png"]}}), -32005, "MEDIA_NOT_SUPPORTED",
     "acceptedOutputModes"),
    (rpc(params=body() | {"configuration": {"taskPushNotificationConfig": {"url": "http://10.0.0.1/"}}}), -32003,
     "PUSH_NOT_SUPPORTED", "push"),
    (rpc(params=body(parts=[{"text": "a"}, {"data": DEEP}])), -32602, "REQUEST_INVALID", "parse"),
    (rpc(params=body(metadata={"a": DEEP})), -32602, "REQUEST_INVALID", "parse"),
    (rpc("GetTask", {"id": "none"}), -32001, "NOT_FOUND", "none"),
    (rpc("CancelTask", {"id": "none"}), -32001, "NOT_FOUND", "none"),
    (rpc("SubscribeToTask", {"id": "none"}), -32001, "NOT_FOUND", "none"),
    (rpc("ListTasks", {"pageSize": 101}), -32602, "REQUEST_INVALID", "pageSize"),
    (rpc("ListTasks", {"pageToken": "@@"}), -32602, "REQUEST_INVALID", "pageToken"),
    (rpc("GetExtendedAgentCard", {}), -32004, "NOT_SUPPORTED", "extended"),
    (rpc("CreateTaskPushNotificationConfig", {"taskId": "a", "url": "http://10.0.0.1/"}), -32003,
     "PUSH_NOT_SUPPORTED", "push"),
]  # fmt: skip


async def check(service: Service, answer: httpx.Response, code: str, says: str, details: str) -> dict[str, Any]:
    """The error of an answer; the run list is as it was: empty."""
    error: dict[str, Any] = answer.json()["error"]
    info = error[details][0]
    assert info["@type"] == "type.googleapis.com/google.rpc.ErrorInfo"
    assert info["domain"] == "a2a-protocol.org"
    assert info["metadata"]["code"] == code, error
    assert info["metadata"]["category"] in {"validation", "security", "resource", "unknown"}
    assert info["metadata"]["correlation_id"] == answer.headers["x-correlation-id"]
    assert says in error["message"], error
    assert await service.run_ids() == []
    return error


@pytest.mark.parametrize("path", ["/", "/agents/echo"])
@pytest.mark.parametrize(("request_body", "rpc_code", "code", "says"), WRONG)
async def test_json_rpc(shared: Service, path: str, request_body: Any, rpc_code: int, code: str, says: str) -> None:
    answer = await shared.http.post(path, json=request_body, headers=V)
    assert answer.status_code == 200
    error = await check(shared, answer, code, says, "data")
    assert error["code"] == rpc_code
    asked = request_body.get("id") if isinstance(request_body, dict) else None
    assert answer.json()["id"] == (asked if type(asked) is int else None)


REST: list[tuple[str, str, Any, int, str, str]] = [
    ("POST", "/message:send", {}, 400, "REQUEST_INVALID", "message"),
    ("POST", "/message:send", body(role="ROLE_AGENT"), 400, "REQUEST_INVALID", "role"),
    ("POST", "/message:send", body(parts="x"), 400, "REQUEST_INVALID", "message.parts"),
    ("POST", "/message:stream", body(parts=[{"text": ""}]), 400, "OBJECTIVE_INVALID", "empty"),
    ("POST", "/message:send", body(parts=[{"text": "a"}, {"url": "http://10.0.0.1/"}]), 400, "MEDIA_NOT_SUPPORTED",
     "fetched"),
    ("GET", "/tasks/none", None, 404, "NOT_FOUND", "none"),
    ("POST", "/tasks/none:cancel", {}, 404, "NOT_FOUND", "none"),
    ("POST", "/tasks/none:subscribe", None, 404, "NOT_FOUND", "none"),
    ("GET", "/tasks?pageSize=0", None, 400, "REQUEST_INVALID", "pageSize"),
    ("GET", "/tasks?pageSize=x", None, 400, "REQUEST_INVALID", "parse"),
    ("GET", "/tasks/a/pushNotificationConfigs", None, 400, "PUSH_NOT_SUPPORTED", "push"),
    ("GET", "/extendedAgentCard", None, 400, "NOT_SUPPORTED", "extended"),
]  # fmt: skip


@pytest.mark.parametrize("prefix", ["", "/agents/echo"])
@pytest.mark.parametrize(("method", "path", "sent", "status", "code", "says"), REST)
async def test_http_json(
    shared: Service, prefix: str, method: str, path: str, sent: Any, status: int, code: str, says: str
) -> None:
    answer = await shared.http.request(method, prefix + path, headers=V, **({"json": sent} if sent is not None else {}))
    assert answer.status_code == status, answer.text
    error = await check(shared, answer, code, says, "details")
    assert error["code"] == status


@pytest.mark.parametrize("version", ["", "0.3", "1.1", "1.0.1", "2.0", "one"])
async def test_a_version_that_is_not_spoken(shared: Service, version: str) -> None:
    answer = await shared.http.post("/", json=rpc(), headers={"A2A-Version": version})
    assert (await check(shared, answer, "VERSION_NOT_SUPPORTED", "1.0", "data"))["code"] == -32009
    answer = await shared.http.post("/message:send", json=body(), headers={"A2A-Version": version})
    assert answer.status_code == 400
    await check(shared, answer, "VERSION_NOT_SUPPORTED", "1.0", "details")


async def test_the_version_may_be_a_query_parameter(shared: Service) -> None:
    answer = await shared.http.post("/?A2A-Version=1.0", json=rpc("GetTask", {"id": "none"}))
    assert answer.json()["error"]["code"] == -32001


@pytest.mark.parametrize("path", ["/", "/message:send"])
async def test_what_is_no_json(shared: Service, path: str) -> None:
    details = "data" if path == "/" else "details"
    for content, kind, code in ((b"{", "application/json", "REQUEST_INVALID"),
                                (b"\xff\xfe", "application/json", "REQUEST_INVALID"),
                                (b"[" * 100_000, "application/json", "REQUEST_INVALID"),
                                (b"{}", "text/plain", "CONTENT_TYPE_NOT_SUPPORTED")):  # fmt: skip
        answer = await shared.http.post(path, content=content, headers=V | {"content-type": kind})
        error = await check(shared, answer, code, "", details)
        if kind == "text/plain":
            assert answer.status_code == 415
            assert error["code"] == (-32005 if path == "/" else 415)
            assert error[details][0]["reason"] == "CONTENT_TYPE_NOT_SUPPORTED"


async def test_a_message_over_the_limit(shared: Service) -> None:
    answer = await shared.http.post("/", content=b"x" * 15_000_000, headers=V | {"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "BODY_TOO_LARGE")
    assert await shared.run_ids() == []


async def test_files_over_the_limit(shared: Service) -> None:
    big = {"raw": "eHh4" * 3_500_000, "filename": "big.bin"}
    answer = await shared.http.post("/", json=rpc(params=body(parts=[{"text": "a"}, big])), headers=V)
    await check(shared, answer, "BODY_TOO_LARGE", "10,485,760", "data")


async def test_an_agent_that_is_not_there(shared: Service) -> None:
    for method, path in (("POST", "/agents/nobody"), ("POST", "/agents/nobody/message:send"),
                         ("GET", "/agents/nobody/.well-known/agent-card.json")):  # fmt: skip
        answer = await shared.http.request(method, path, headers=V)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
