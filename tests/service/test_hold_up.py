"""What a caller, or a stranger, could send to hold the service up: too long for what it is, or no request at all."""

from __future__ import annotations

import asyncio
import base64
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest

from tests.service.conftest import Service

pytestmark = pytest.mark.asyncio(loop_scope="module")
V = {"A2A-Version": "1.0"}
FLOOD = "password=" * 3000  # each could be the beginning of a secret, and whatever is told is searched for those


async def wire(service: Service, *pieces: bytes) -> bytes:
    """What comes back to these bytes, until the service has nothing more to say."""
    where = urlsplit(service.url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    async with asyncio.timeout(20):
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            answer = await reader.read()
        except ConnectionError:
            answer = b""
    writer.close()
    return answer


def lines(service: Service) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in service.log.getvalue().splitlines()]


def message(**more: Any) -> dict[str, Any]:
    return {"message": {"messageId": "m", "role": "ROLE_USER", "parts": [{"text": "Hi"}], **more}}


async def test_a_long_path_is_not_gone_over_for_the_log(shared: Service) -> None:
    for path in ("/" + FLOOD, "/task/" + FLOOD[:3000]):
        async with asyncio.timeout(20):
            assert (await shared.http.get(path)).status_code == 414
        told = [line for line in lines(shared) if line["message"] == "request"][-1]
        assert told["status"] == 414 and told["path"] == f"({len(path):,} characters)"


async def test_what_is_told_back_is_bounded(shared: Service) -> None:
    answer = await shared.http.post("/", json={"jsonrpc": "2.0", "id": FLOOD, "method": "x"}, headers=V)
    assert answer.json()["error"]["code"] == -32600 and "id" in answer.json()["error"]["message"]
    answer = await shared.http.post("/task", json={"description": "Hi", FLOOD: 1})
    assert answer.status_code == 400 and len(answer.content) < 1000
    answer = await shared.http.get("/task/x/artifacts/" + "a" * 600)
    assert answer.status_code == 414


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (message(parts=[{"text": FLOOD}]), "20,000"),
        (message(parts=[{"text": "Hi"}] + [{"text": "x" * 10_000}] * 2), "20,000"),
        (message(metadata={"a": FLOOD}), "metadata"),
        (message(extensions=[FLOOD]), "extensions"),
        (message(parts=[{"text": "Hi", "filename": FLOOD}]), "parts"),
        (message() | {"metadata": {"task_type": FLOOD}}, "task_type"),
    ],
)
async def test_a_message_is_bounded_before_it_is_searched_for_secrets(
    shared: Service, sent: dict[str, Any], says: str
) -> None:
    answer = await shared.http.post("/agents/echo/message:send", json=sent, headers=V)
    assert answer.status_code == 400 and says in answer.json()["error"]["message"], answer.text[:500]


async def test_the_history_names_large_data_as_it_names_files(shared: Service) -> None:
    rows = [["x" * 90] * 10 for _ in range(100)]
    parts = [{"text": "Say this"}, {"data": {"rows": rows}}, {"text": "and that"}]
    ask = message(parts=parts, messageId="large-data")
    first = (await shared.http.post("/agents/lister/message:send", json=ask, headers=V)).json()["task"]
    told = [next(iter(part.keys() & {"text", "data"})) for part in first["history"][0]["parts"]]
    assert told == ["text", "text", "text"] and first["history"][0]["parts"][1]["text"].endswith("bytes)")
    again = (await shared.http.post("/agents/lister/message:send", json=ask, headers=V)).json()["task"]
    assert again["id"] == first["id"]
    rows[0][0] = "y"  # other data is another message
    other = (await shared.http.post("/agents/lister/message:send", json=ask, headers=V)).json()["task"]
    assert other["id"] != first["id"]


async def test_a_handshake_for_a_web_socket_is_an_ordinary_request(shared: Service) -> None:
    head = b"GET /livez HTTP/1.1\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    head += b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    assert (await wire(shared, head + b"Host: 127.0.0.1\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
    foreign = head.replace(b"/livez", b"/task") + b"Host: evil.example\r\n\r\n"
    assert (await wire(shared, foreign)).startswith(b"HTTP/1.1 403 ")
    assert not [line for line in lines(shared) if line["level"] == "error"]


async def test_headers_without_end_are_refused(shared: Service) -> None:
    line = b"x: " + b"a" * 8000 + b"\r\n"
    for pieces in ([line] * 100, [b"x: ", *[b"a" * 8000] * 100]):
        answer = await wire(shared, b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n", *pieces)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")
    ask = b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"x: " + b"a" * 30_000 + b"\r\n"
    assert (await wire(shared, ask, b"Connection: close\r\n\r\n")).startswith(b"HTTP/1.1 200 ")


async def test_trailers_are_no_headers_and_end(shared: Service) -> None:
    head = b"POST /plan HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
    answer = await wire(shared, head + b"Origin: http://evil.example\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 415 ")
    for pieces in ([b"x: " + b"a" * 8000 + b"\r\n"] * 100, [b"x: ", *[b"a" * 8000] * 100]):
        answer = await wire(shared, head, *pieces)
        assert answer == b"" or b" 400 " in answer or b" 415 " in answer
    tiny = b"".join(b"1\r\n%c\r\n" % one for one in orjson.dumps({"code": "#" * 30_000}))
    head = head.replace(b"/plan", b"/code/check").replace(b"\r\n\r\n0", b"\r\nContent-Type: application/json\r\n\r\n0")
    assert (await wire(shared, head[:-3], tiny, b"0\r\n\r\n")).startswith(b"HTTP/1.1 200 ")


async def test_a_long_body_is_no_long_head(shared: Service) -> None:
    body = orjson.dumps({"code": "#" * 200_000})
    head = b"POST /code/check HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: close\r\n"
    pieces = [body[at : at + 9000] for at in range(0, len(body), 9000)]
    assert (await wire(shared, head + b"Content-Length: %d\r\n\r\n" % len(body), *pieces)).startswith(b"HTTP/1.1 200 ")
    many = b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 3000  # one after the other on one connection
    answer = await wire(shared, many, b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200 ") == 3001


async def test_an_origin_that_is_no_address_is_a_foreign_one(shared: Service) -> None:
    for origin in ("http://[", "http://a]b"):
        assert (await shared.http.post("/task", headers={"origin": origin})).status_code == 403


@pytest.mark.parametrize("token", [f"{-(10**30)} 1.0 x", f"{10**30} nan x"])
async def test_a_page_token_that_was_made_up_is_no_error_of_ours(shared: Service, token: str) -> None:
    made = base64.urlsafe_b64encode(token.encode()).decode()
    assert (await shared.http.get("/tasks", params={"pageToken": made}, headers=V)).status_code in {200, 400}


@pytest.mark.parametrize("path", ["~root/x", "~nobody-of-this-name/x", "~"])
async def test_a_workspace_tells_nothing_of_the_homes_of_this_machine(shared: Service, path: str) -> None:
    answer = await shared.post("Hi", workspace=path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "WORKSPACE_REFUSED")
    assert f"workspace {path}:" in answer.json()["error"]["message"]
