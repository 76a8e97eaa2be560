"""Words to one run over A2A are taken one at a time, however many wait."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from a2a.types.a2a_pb2 import Message

from genesis.security.edge import principal
from genesis.security.edge.principal import HERE
from genesis.service.a2a.admission import Admission
from genesis.service.a2a.incoming import Asked
from genesis.service.a2a.messages import Messages
from genesis.service.a2a.recent import Recent
from tests.service.conftest import Service


async def test_one_word_at_a_time_even_for_who_comes_while_another_waits(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = (await service.post("Hello", agent="echo", wait_s=20)).json()["task_id"]
    home = service.parts.home
    admission = Admission(service.parts, Messages(home / "m.db"), Recent(home / "genesis.db"), None)
    inside = most = 0

    async def say(*_: Any) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0.05)
        inside -= 1

    monkeypatch.setattr(admission, "_say", say)

    async def word(after: float) -> None:
        await asyncio.sleep(after)
        await admission.admit(Message(task_id=run), Asked("yes", (), True, {}, ""))

    with principal.acting(HERE):
        await asyncio.gather(*(word(at / 100) for at in range(0, 12, 2)))
    assert most == 1
    await admission.recent.close()
    await admission.messages.close()
