"""What is large is redacted beside the event loop: while that goes on, everybody else is served.

No time is measured: the redactor here waits until the loop has done something since it was asked, which it never does
while it waits for the redactor.
"""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from genesis.security.redact import redactor
from genesis.security.redact.redactor import LARGE, Redactor
from tests.service.conftest import Start

WAIT_S = 10.0
"""How long a redactor waits for a sign of life: long enough for any machine, and then the test has failed."""


async def test_the_loop_goes_on_while_what_is_large_is_redacted(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    held: list[str] = []
    seen: set[str] = set()

    def watched(name: str, size: int) -> None:
        if size < LARGE:
            return
        alive = threading.Event()
        loop.call_soon_threadsafe(alive.set)
        seen.add(name)
        if not alive.wait(WAIT_S):
            held.append(f"{name} of {size:,} held the loop up")

    whole, text, value = Redactor.redact_json, Redactor.redact, Redactor.redact_value

    def redact_json(self: Redactor, data: bytes) -> bytes:
        watched("redact_json", len(data))
        return whole(self, data)

    def redact(self: Redactor, one: str) -> str:
        watched("redact", len(one))
        return text(self, one)

    def redact_value(self: Redactor, one: object) -> object:
        watched("redact_value", len(repr(one)))
        return value(self, one)

    monkeypatch.setattr(redactor.Redactor, "redact_json", redact_json)
    monkeypatch.setattr(redactor.Redactor, "redact", redact)
    monkeypatch.setattr(redactor.Redactor, "redact_value", redact_value)
    folder = tmp_path / "home" / "agents" / "large"
    folder.mkdir()
    types = "task_types:\n  - {name: talk, description: Talks.}\n"
    (folder / "agent.yaml").write_text(f"name: large\ntitle: Large\ndescription: Talks at length.\n{types}")
    (folder / "work.py").write_text(
        "from genesis.agents.result import Result\n\nasync def work(task, tools):\n"
        f"    return Result(summary='password ' * {LARGE // 4}, outputs={{'answer': 'token ' * {LARGE}}})\n"
    )
    service = await start()
    run = (await service.post("Talk", agent="large")).json()["task_id"]
    assert (await service.until(run, "completed", "failed"))["status"] == "completed"
    for kind in ("md", "html", "json"):
        assert (await service.http.get(f"/task/{run}/report?format={kind}")).status_code == 200
    for part in ({"text": "password " * LARGE}, {"data": {"a": ["password is x"] * (LARGE // 8)}}):
        message = {"messageId": "m", "role": "ROLE_USER", "parts": [part]}
        asked = {"jsonrpc": "2.0", "id": 1, "method": "SendMessage", "params": {"message": message}}
        assert (await service.http.post("/", json=asked, headers={"A2A-Version": "1.0"})).status_code == 200
    # A message's large data is only named, so nothing large of it reaches `redact_value`.
    assert held == [] and seen == {"redact_json", "redact"}
