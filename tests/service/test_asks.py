"""Over HTTP: a release whose name only a file says is asked about, with value and place, and answered exactly."""

from __future__ import annotations

import asyncio

import pytest

from genesis.cli import compose
from genesis.errors import FileInvalid
from genesis.security.gate import Policy

from .conftest import Service


async def test_the_value_is_shown_with_its_place_and_the_answer_is_to_it(service: Service) -> None:
    (service.workspace / "pyproject.toml").write_text('[project]\nname = "plum"\nversion = "1.2.0"\n')
    where = {"agent": "deploy", "task_type": "deploy", "workspace": str(service.workspace)}
    run = (await service.post("Deploy version 1.2.0 of what is here", **where)).json()
    there = f"/task/{run['task_id']}/input"
    waits = await service.until(run["task_id"], "input_required", "failed", "completed")
    assert waits["waiting_for"] and "asks" not in waits  # first the task as such
    await service.http.post(there, json={"approve": True})
    async with asyncio.timeout(30):
        while "asks" not in waits and waits["status"] not in ("failed", "completed"):
            waits = await service.until(run["task_id"], "input_required", "failed", "completed")
    (ask,) = waits["asks"]
    assert (ask["tool"], ask["argument"], ask["value"]) == ("publish_release", "name", "plum")
    assert (ask["found"], ask["origin"]["trust"]) == ("pyproject.toml:2", "file")
    assert "pyproject.toml:2 says so" in waits["summary"]
    releases = service.parts.home / "releases"
    assert not releases.exists()
    stale = await service.http.post(there, json={"approve": True, "values": ["0" * 64]})
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "CONFLICT")
    wrong = await service.http.post(there, json={"text": "yes", "values": [ask["digest"]]})
    assert wrong.status_code == 400
    await service.http.post(there, json={"approve": True, "values": [ask["digest"]]})
    done = await service.until(run["task_id"], "completed", "failed")
    assert done["status"] == "completed", done
    assert [one.name for one in releases.iterdir()] == ["plum-1.2.0"]


async def test_the_operators_policy_is_read_and_a_wrong_one_is_refused(service: Service) -> None:
    file = service.parts.home / "gate.yaml"
    assert compose.policy(file) == Policy()
    file.write_text("place: deny\nknown:\n  recipients: [ops@example.com]\n")
    assert compose.policy(file).place == "deny" and compose.policy(file).known.recipients == ("ops@example.com",)
    file.write_text("place: perhaps\n")
    with pytest.raises(FileInvalid, match=r"gate\.yaml:1: place"):
        compose.policy(file)
