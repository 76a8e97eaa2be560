"""The kill switch on every path: new work is refused, reading and cancelling go on, other processes obey at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from genesis.errors import SwitchedOff
from genesis.flags.switches import Switches
from genesis.objective import Objective
from tests.service.conftest import Service
from tests.service.test_bad_a2a import V, body, rpc


def kill(service: Service, *, on: bool = True) -> None:
    """Turns the switch as another process does: by the file alone."""
    other = Switches(service.parts.home / "switches.json")
    other.turn("emergency_shutdown", on=on, by="ann", reason="drill", at=1.0)


async def refused(service: Service, method: str, path: str, sent: Any) -> str:
    """The text of an answer that must be 503 with Retry-After and our code."""
    answer = await service.http.request(method, path, json=sent, headers=V)
    assert answer.status_code == 503, (path, answer.text)
    assert answer.headers["retry-after"] == "30"
    assert "SWITCHED_OFF" in answer.text
    assert "ann" in answer.text
    return answer.text


async def test_every_path_of_new_work_is_shut(service: Service) -> None:
    working = (await service.post("Wait", agent="slow", workspace=str(service.workspace))).json()["task_id"]
    waiting = (await service.post("Put it out", agent="publisher")).json()["task_id"]
    asking = (await service.post("ask me", agent="echo")).json()["task_id"]
    stopped = (await service.post("Wait", agent="slow", workspace=str(service.workspace))).json()["task_id"]
    await service.until(waiting, "input_required")
    await service.until(asking, "input_required")
    await service.until(stopped, "working")
    await service.http.delete(f"/task/{stopped}")
    before = await service.run_ids()

    kill(service)
    await refused(service, "POST", "/task", {"description": "Hi", "agent": "echo"})
    await refused(service, "POST", "/plan", {"description": "Hi", "agent": "echo"})
    await refused(service, "POST", f"/task/{stopped}/resume", {})
    await refused(service, "POST", f"/task/{waiting}/input", {"approve": True})
    await refused(service, "POST", f"/task/{asking}/input", {"text": "the blue one"})
    for door in ("", "/agents/echo"):
        await refused(service, "POST", door or "/", rpc())
        await refused(service, "POST", door or "/", rpc("SendStreamingMessage"))
        await refused(service, "POST", f"{door}/message:send", body())
        await refused(service, "POST", f"{door}/message:stream", body())
    await refused(service, "POST", "/", rpc(params=body(taskId=waiting, parts=[{"text": "yes"}])))
    await refused(service, "POST", "/", rpc(params=body(taskId=asking, parts=[{"text": "the blue one"}])))
    files = [{"text": "List"}, {"raw": "eA==", "filename": "a.txt"}]
    await refused(service, "POST", "/agents/lister", rpc(params=body(parts=files)))
    with pytest.raises(SwitchedOff):
        await service.parts.runs.submit(Objective(text="Hi", agent="echo"))
    assert await service.run_ids() == before
    assert not service.parts.uploads.exists()
    assert not (service.parts.home / "published").exists()

    # Reading, refusing an effect and cancelling go on; so does what was under way.
    assert (await service.http.get(f"/task/{working}")).status_code == 200
    assert (await service.http.post("/", json=rpc("GetTask", {"id": working}), headers=V)).json()["result"]["id"]
    assert (await service.http.post(f"/task/{waiting}/input", json={"approve": False})).status_code == 202
    assert (await service.http.delete(f"/task/{asking}")).status_code == 202
    service.go()
    await service.until(working, "completed")

    kill(service, on=False)
    assert (await service.post("Hi", agent="echo", wait_s=20)).json()["status"] == "completed"
    assert (await service.http.post(f"/task/{stopped}/resume", json={})).status_code == 202


def test_it_outlives_the_process_and_counts(tmp_path: Path) -> None:
    file = tmp_path / "switches.json"
    first = Switches(file)
    first.check()
    first.turn("emergency_shutdown", on=True, by="ann", reason="drill", at=5.0)
    second = Switches(file)
    with pytest.raises(SwitchedOff, match="ann: drill"):
        second.check()
    second.turn("emergency_shutdown", on=False, by="bob", reason="", at=6.0)
    first.check()
    assert first.generation == second.generation == 2


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"switches": {"emergency_shutdown": 1}}', b'{"colour": 1}'])
def test_a_file_that_cannot_be_understood_counts_as_on(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "switches.json"
    file.write_bytes(content)
    with pytest.raises(SwitchedOff, match="mend or remove"):
        Switches(file).check()
    file.unlink()
    Switches(file).check()


def test_a_switch_that_cannot_be_read_counts_as_on(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SwitchedOff, match="cannot be read"):
        Switches(tmp_path / "file" / "switches.json").check()
