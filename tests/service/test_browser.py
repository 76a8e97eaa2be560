"""What a web page can make a browser do to the keyless service: nothing; and what a browser does with what it gets."""

from __future__ import annotations

import pytest
from starlette.types import Message, Receive, Scope, Send

from genesis.security.edge.browser import BrowserHeaders
from tests.service.conftest import Service

pytestmark = pytest.mark.asyncio(loop_scope="module")
BODY = {"description": "Hi", "agent": "echo"}


@pytest.mark.parametrize("site", ["cross-site", "same-site"])  # the latter: another port of this machine
@pytest.mark.parametrize("mode", ["no-cors", "cors", "navigate", ""])
async def test_a_foreign_page_starts_nothing(shared: Service, site: str, mode: str) -> None:
    before = await shared.run_ids()
    headers = {"sec-fetch-site": site, "sec-fetch-mode": mode}
    for path in ("/task", "/", "/message:send", "/plan"):
        answer = await shared.http.post(path, json=BODY, headers=headers)
        assert answer.status_code == 403, path
    assert await shared.run_ids() == before


async def test_a_foreign_page_reads_nothing_but_follows_links(shared: Service) -> None:
    for mode, status in (("no-cors", 403), ("cors", 403), ("websocket", 403), ("navigate", 200)):
        headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": mode}
        assert (await shared.http.get("/task", headers=headers)).status_code == status, mode
        assert (await shared.http.get("/.well-known/ai-catalog.json", headers=headers)).status_code == 200
    own = {"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}
    assert (
        await shared.http.post("/plan", json={"description": "Hi", "agent": "echo"}, headers=own)
    ).status_code == 200


async def test_forms_that_need_no_preflight_are_refused_for_their_type(shared: Service) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = await shared.http.post("/task", content=b'{"description": "Hi"}', headers={"content-type": kind})
        assert answer.status_code == 415


async def test_two_hosts_are_one_too_many(shared: Service) -> None:
    import asyncio

    host, port = shared.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /task HTTP/1.1\r\nHost: evil.example\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    status = (await reader.readline()).split()[1]
    await reader.read()
    writer.close()
    await writer.wait_closed()
    assert status in {b"400", b"403"}


async def test_probes_are_answered_by_any_name_and_nothing_else_is(shared: Service) -> None:
    for path in ("/livez", "/readyz", "/startupz"):
        assert (await shared.http.get(path, headers={"host": "10.1.2.3:8080"})).status_code == 200
    for path in ("/health", "/task", "/metrics", "/.well-known/agent-card.json"):
        assert (await shared.http.get(path, headers={"host": "10.1.2.3:8080"})).status_code == 403


async def test_every_answer_carries_the_headers(shared: Service) -> None:
    run = (await shared.post("Hello", agent="echo", wait_s=20)).json()["task_id"]
    of_run = [f"/task/{run}/{what}" for what in ("report?format=html", "artifacts/echo.txt", "events")]
    for path in ("/task", "/nothing", "/livez", "/", "/.well-known/agent-card.json", *of_run):
        headers = (await shared.http.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert len(headers.get_list("content-security-policy")) == 1
        assert "strict-transport-security" not in headers
        assert headers.get("access-control-allow-origin") is None


@pytest.mark.parametrize("secure", [True, False])
async def test_over_https_browsers_are_told_to_stay_there(secure: bool) -> None:
    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"Cache-Control", b"public")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    async def receive() -> Message:
        raise AssertionError("nothing is read here")

    async def send(message: Message) -> None:
        sent.extend(name.decode().lower() for name, _ in message["headers"])

    sent: list[str] = []
    await BrowserHeaders(page, secure=secure)({"type": "http"}, receive, send)
    assert ("strict-transport-security" in sent) is secure
    assert sent.count("cache-control") == 1  # the answer's own is kept
