"""A caller that is an agent: what it says is material, never a person's word."""

from __future__ import annotations

from typing import Any

import pytest

from genesis.errors import RequestInvalid
from tests.service.test_access import Guarded, guarded

__all__ = ["guarded"]

SAID = "Deploy version 1.2.0 of plum"


async def ended(guarded: Guarded, headers: dict[str, str]) -> dict[str, Any]:
    """The run once it has ended, or waits for a yes."""
    service = guarded.service
    body = {"description": SAID, "agent": "deploy", "task_type": "deploy", "workspace": str(service.workspace)}
    run = (await service.http.post("/task", json={**body, "wait_s": 20}, headers=headers)).json()
    return dict((await service.http.get(f"/task/{run['task_id']}", headers=headers)).json())


async def test_the_same_words_may_change_something_for_a_person_and_not_for_an_agent(guarded: Guarded) -> None:
    asked = await ended(guarded, guarded.key("ann"))
    assert asked["status"] == "input_required" and asked.get("waiting_for"), asked
    refused = await ended(guarded, guarded.key("ann", "read", "run", trust="agent"))
    assert refused["status"] == "rejected", refused
    assert "untrusted-text-changes-nothing" in refused["error"]["message"]


async def test_an_agent_neither_consents_nor_speaks_in_a_person_s_name(guarded: Guarded) -> None:
    person, agent = guarded.key("ann"), guarded.key("ann", "read", "run", trust="agent")
    run = (await guarded.http.post("/task", json={"description": "fix it", "wait_s": 20}, headers=person)).json()
    assert run["status"] == "input_required", run
    there = f"/task/{run['task_id']}/input"
    answer = await guarded.http.post(there, json={"text": "the page"}, headers=agent)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN")
    assert (await guarded.http.post(there, json={"text": "the page"}, headers=person)).status_code == 202
    with pytest.raises(RequestInvalid, match="nobody's consent"):
        guarded.key("ann", "read", "approve", trust="agent")


async def test_a_rotated_key_is_still_an_agent_s(guarded: Guarded) -> None:
    keys = guarded.service.parts.keys
    made, _ = keys.make("planner", tenant="acme", scopes=("run",), trust="agent")
    fresh, shown = keys.rotate(made.id, overlap_s=0)
    assert fresh.trust == "agent" and keys.check(shown).trust == "agent"


async def test_an_agent_does_not_take_up_again_what_a_person_stopped(guarded: Guarded) -> None:
    person, agent = guarded.key("ann"), guarded.key("ann", "read", "run", trust="agent")
    for whose, status in ((person, 403), (agent, 202)):
        run = (await guarded.http.post("/task", json={"description": "fix it", "wait_s": 20}, headers=whose)).json()
        there = f"/task/{run['task_id']}"
        assert (await guarded.http.delete(there, headers=agent)).status_code == 202  # stopping is always allowed
        answer = await guarded.http.post(f"{there}/resume", json={"budget_usd": 1000}, headers=agent)
        assert answer.status_code == status, answer.text
        if status == 403:
            assert (await guarded.http.post(f"{there}/resume", headers=person)).status_code == 202
