"""Whose runs: other people's are not there, by any door, in any form, for reading or for writing."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from a2a.client import ClientConfig, ClientFactory
from a2a.client.client import Client
from a2a.types.a2a_pb2 import (
    CancelTaskRequest,
    GetTaskRequest,
    ListTasksRequest,
    SubscribeToTaskRequest,
    TaskState,
)
from a2a.utils.errors import TaskNotFoundError

from genesis.service import own
from tests.service.conftest import Start, running
from tests.service.test_a2a_client import BINDINGS, message, send
from tests.service.test_access import ADMIN, Guarded

RPC = {"a2a-version": "1.0"}


@pytest.fixture
async def guarded(start: Start) -> AsyncIterator[Guarded]:
    yield Guarded(await start(profile="production", admin_key=ADMIN))


async def begun(guarded: Guarded, headers: dict[str, str], agent: str, status: str, **more: Any) -> str:
    """A run of that agent, once it is in that state."""
    body = {"description": f"Please {agent}", "agent": agent, **more}
    answer = await guarded.http.post("/task", json=body, headers=headers)
    assert answer.status_code == 202, answer.text
    run: str = answer.json()["task_id"]
    async with asyncio.timeout(30):
        while (await guarded.http.get(f"/task/{run}", headers=headers)).json()["status"] != status:
            await asyncio.sleep(0.02)
    return run


async def test_rest_shows_and_moves_ones_own_runs_only(guarded: Guarded) -> None:
    ann = guarded.key("ann")
    done = await begun(guarded, ann, "echo", "completed")
    waits = await begun(guarded, ann, "publisher", "input_required")
    files = [{"name": "a.txt", "content": "aGVsbG8="}]
    sent = await begun(guarded, ann, "lister", "completed", files=files)
    strangers = {
        "another subject": guarded.key("bob"),
        "the same subject of another tenant": guarded.key("ann", tenant="globex"),
        "the same subject, bound to another agent": guarded.key("ann", agents=("slow",)),
        "the admin": {"authorization": f"Bearer {ADMIN.get_secret_value()}"},
        "a key with scope admin": guarded.key("carol", "admin"),
    }
    asked = [
        ("GET", ""), ("DELETE", ""), ("GET", "/events"), ("GET", "/report"), ("GET", "/report?format=html"),
        ("GET", "/artifacts/echo.txt"), ("POST", "/resume"),
    ]  # fmt: skip
    for who, headers in strangers.items():
        for run in (done, waits, sent):
            for method, path in asked:
                answer = await guarded.http.request(method, f"/task/{run}{path}", headers=headers)
                nobody = await guarded.http.request(method, f"/task/nobody-s{path}", headers=headers)
                assert answer.status_code == nobody.status_code == 404, (who, method, path)
                told = answer.json()["error"]["message"].replace(run, "?")
                assert told == nobody.json()["error"]["message"].replace("nobody-s", "?")
            for said in ({"approve": True}, {"text": "Go on"}):
                answer = await guarded.http.post(f"/task/{run}/input", json=said, headers=headers)
                assert answer.status_code == 404, (who, said)
        assert (await guarded.http.get("/task", headers=headers)).json() == {"tasks": []}
    listed = (await guarded.http.get("/task", headers=ann)).json()["tasks"]
    assert {row["task_id"] for row in listed} == {done, waits, sent}
    for path in ("", "/events", "/report", "/artifacts/echo.txt"):
        assert (await guarded.http.get(f"/task/{done}{path}", headers=ann)).status_code == 200, path
    # The same person with another key, as after a rotation, has them all.
    assert (await guarded.http.delete(f"/task/{waits}", headers=guarded.key("ann"))).status_code == 202


_OPEN: list[httpx.AsyncClient] = []


@pytest.fixture(autouse=True)
async def close_clients() -> AsyncIterator[None]:
    yield
    while _OPEN:
        await _OPEN.pop().aclose()


async def client(
    guarded: Guarded, headers: dict[str, str], binding: str, agent: str | None = None, *, streaming: bool = False
) -> Client:
    http = httpx.AsyncClient(timeout=30, trust_env=False, headers=headers)
    _OPEN.append(http)
    config = ClientConfig(streaming=streaming, httpx_client=http, supported_protocol_bindings=[binding])
    url = guarded.service.url if agent is None else f"{guarded.service.url}/agents/{agent}"
    return await ClientFactory(config).create_from_url(url)


@pytest.mark.parametrize("binding", BINDINGS)
async def test_a2a_shows_and_moves_ones_own_tasks_only(guarded: Guarded, binding: str) -> None:
    ann, bob = guarded.key("ann"), guarded.key("bob")
    for agent in (None, "publisher"):
        context = f"ours-{agent}"
        hers, his = await client(guarded, ann, binding, agent), await client(guarded, bob, binding, agent)
        reader = await client(guarded, bob, binding, agent, streaming=True)
        request = message("Put it out", id="same", context=context, skill="publisher")
        task = await send(hers, request)
        assert task.status.state == TaskState.TASK_STATE_INPUT_REQUIRED
        for ask in (
            lambda: his.get_task(GetTaskRequest(id=task.id)),  # noqa: B023
            lambda: his.cancel_task(CancelTaskRequest(id=task.id)),  # noqa: B023
            lambda: send(his, message("yes", id="m-2", task=task.id)),  # noqa: B023
            lambda: anext(reader.subscribe(SubscribeToTaskRequest(id=task.id))),  # noqa: B023
        ):
            with pytest.raises(TaskNotFoundError):
                await ask()
        assert (await his.list_tasks(ListTasksRequest(context_id=context))).total_size == 0
        mine = await hers.list_tasks(ListTasksRequest(context_id=context))
        assert task.id in {one.id for one in mine.tasks}
        # The same message of somebody else is another task, in a context of the same name that is another.
        other = await send(his, request)
        assert other.id != task.id
        assert {one.id for one in (await his.list_tasks(ListTasksRequest(context_id=context))).tasks} == {other.id}
        assert (await send(hers, request)).id == task.id  # and of herself it is the same one
        await his.cancel_task(CancelTaskRequest(id=other.id))
        assert (await hers.get_task(GetTaskRequest(id=task.id))).status.state == task.status.state


async def test_an_id_that_somebody_else_has_taken_is_a_conflict_that_shows_nothing(guarded: Guarded) -> None:
    body = {"description": "Hi", "agent": "echo", "task_id": "mine"}
    assert (await guarded.http.post("/task", json=body, headers=guarded.key("ann"))).status_code == 202
    answer = await guarded.http.post("/task", json=body, headers=guarded.key("bob"))
    assert answer.status_code == 409
    assert "Hi" not in answer.text


async def test_a_key_for_one_agent_gives_to_no_other(guarded: Guarded) -> None:
    headers = guarded.key("ann", agents=("echo",))
    run = await begun(guarded, headers, "echo", "completed")
    for body in ({"description": "Hi", "agent": "lister"}, {"description": "anybody"}):
        assert (await guarded.http.post("/task", json=body, headers=headers)).status_code == 403
    ask = {"jsonrpc": "2.0", "id": 1, "method": "ListTasks", "params": {}}
    for path, count in (("/agents/echo", 1), ("/", 1), ("/agents/lister", 0)):
        answer = await guarded.http.post(path, json=ask, headers={**headers, **RPC})
        assert answer.json()["result"]["totalSize"] == count, path
    assert [row["task_id"] for row in (await guarded.http.get("/task", headers=headers)).json()["tasks"]] == [run]


async def test_runs_from_before_there_were_owners_are_the_local_owner_s(tmp_path: Path) -> None:
    from tests.service import fleet

    home, workspace = tmp_path / "home", tmp_path / "roots" / "workspace"
    workspace.mkdir(parents=True)
    fleet.write(home)
    async with running(home, workspace) as service:
        run = (await service.post("Hello", agent="echo", wait_s=20)).json()["task_id"]
    with sqlite3.connect(home / "genesis.db") as db:  # as the schema was
        db.execute("DROP INDEX genesis_runs_owner")
        db.execute("ALTER TABLE genesis_runs DROP COLUMN tenant")
        db.execute("ALTER TABLE genesis_runs DROP COLUMN subject")
        db.execute("DELETE FROM genesis_schema WHERE version = 3")
    db.close()
    async with running(home, workspace) as service:
        assert await service.run_ids() == [run]
    async with running(home, workspace, profile="production", admin_key=ADMIN) as service:
        guarded = Guarded(service)
        admin = {"authorization": f"Bearer {ADMIN.get_secret_value()}"}
        assert (await guarded.http.get(f"/task/{run}", headers=admin)).status_code == 200
        assert (await guarded.http.get(f"/task/{run}", headers=guarded.key("ann"))).status_code == 404


def test_handlers_reach_runs_through_their_owner_only() -> None:
    """Who asks `Runs` itself sees everybody's. Named here are the places that ask on nobody's behalf."""
    allowed = {"app.py", "health.py", "uploads.py", "waiting.py", "doors.py", "own.py"}
    folder = Path(own.__file__).parent
    found = {
        file.name for file in folder.rglob("*.py") if "parts.runs." in file.read_text() and file.name not in allowed
    }
    assert not found
