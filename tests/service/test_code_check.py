"""POST /code/check: the parser's death is not the service's, and nobody waits for somebody else's code."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from tests.service.conftest import Service

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_service_outlives_its_parser(shared: Service) -> None:
    assert (await shared.http.post("/code/check", json={"code": "x = 1"})).json()["allowed"]
    first = shared.parts.checker.pid
    assert first is not None and first != os.getpid()
    os.kill(first, signal.SIGSTOP)
    asking = asyncio.create_task(shared.http.post("/code/check", json={"code": "x = 1"}))
    assert (await shared.http.get("/livez")).status_code == 200, "served while the parser stands still"
    os.kill(first, signal.SIGKILL)
    answer = await asking  # the signal may come before the question: then a new parser answers it
    assert answer.status_code == 200
    assert answer.json()["allowed"] or "the parser ended on it" in answer.json()["findings"][0]["message"]
    assert (await shared.http.post("/code/check", json={"code": "x = 1"})).json()["allowed"]
    assert shared.parts.checker.pid not in (None, first)
