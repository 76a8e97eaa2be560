"""What the A2A doors put on the wire, beyond what the official client looks at."""

from __future__ import annotations

import pytest

from tests.service.conftest import Service
from tests.service.test_bad_a2a import V, body, check, rpc


async def test_a_notification_is_done_and_not_answered(service: Service) -> None:
    notification = rpc()
    del notification["id"]
    answer = await service.http.post("/agents/echo", json=notification, headers=V)
    assert (answer.status_code, answer.content) == (204, b"")
    [run_id] = await service.run_ids()
    await service.until(run_id, "completed")


async def test_an_unforeseen_error_says_nothing_of_itself(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    async def bug(*args: object, **more: object) -> object:
        raise KeyError("the secret is hunter2")

    monkeypatch.setattr(service.parts.runs, "submit", bug)
    for path, sent, details in (("/agents/echo", rpc(), "data"), ("/agents/echo/message:send", body(), "details"),
                                ("/agents/echo", rpc("SendStreamingMessage"), "data"),
                                ("/agents/echo/message:stream", body(), "details")):  # fmt: skip
        answer = await service.http.post(path, json=sent, headers=V)
        assert answer.status_code == 500
        await check(service, answer, "INTERNAL", "log", details)
        assert "hunter2" not in answer.text
    assert "hunter2" in service.log.getvalue().decode()
