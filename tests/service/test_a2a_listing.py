"""ListTasks: the task that changed last comes first, and no page skips or repeats one while they change."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from genesis.errors import RequestInvalid, StorageFailed
from genesis.service.a2a.recent import Recent, Wanted
from tests.service.conftest import Service

V = {"A2A-Version": "1.0"}


async def listed(service: Service, prefix: str = "", **query: Any) -> dict[str, Any]:
    answer = await service.http.get(f"{prefix}/tasks", params=query, headers=V)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def walk(service: Service, token: str = "", **query: Any) -> list[str]:
    """The ids on all pages, or on those from `token` on."""
    found: list[str] = []
    while True:
        page = await listed(service, **query, **({"pageToken": token} if token else {}))
        found += [task["id"] for task in page.get("tasks", ())]
        token = page["nextPageToken"]
        if not token:
            return found


async def waiting(service: Service, count: int) -> list[str]:
    """Runs that wait for an approval, one begun when the one before waits."""
    ids: list[str] = []
    for number in range(count):
        ids.append((await service.post(f"Put {number} out", agent="publisher")).json()["task_id"])
        await service.until(ids[-1], "input_required")
    return ids


async def approve(service: Service, run: str) -> None:
    assert (await service.http.post(f"/task/{run}/input", json={"approve": True})).status_code == 202
    await service.until(run, "completed")


async def test_the_order_is_that_of_the_last_change(service: Service) -> None:
    first, second, third = await waiting(service, 3)
    assert await walk(service) == [third, second, first]
    await approve(service, second)
    await approve(service, first)
    page = await listed(service)
    assert [task["id"] for task in page["tasks"]] == [first, second, third]
    times = [task["status"]["timestamp"] for task in page["tasks"]]
    assert times == sorted(times, reverse=True)
    assert len(set(times)) == 3
    shown = (await service.http.get(f"/tasks/{third}", headers=V)).json()["status"]["timestamp"]
    assert shown == times[2]
    since = await listed(service, statusTimestampAfter=times[1])
    assert [task["id"] for task in since["tasks"]] == [first, second]


async def test_a_walk_meets_each_task_once_whatever_changes_meanwhile(service: Service) -> None:
    ids = await waiting(service, 9)
    page = await listed(service, pageSize=3)
    assert [task["id"] for task in page["tasks"]] == ids[:5:-1]
    assert page["totalSize"] == 9
    await approve(service, ids[0])  # not shown yet: by time it now stands before what was shown
    await approve(service, ids[7])  # shown already
    [late] = await waiting(service, 1)
    rest = await walk(service, page["nextPageToken"], pageSize=3)
    assert rest == ids[5::-1]
    assert await walk(service, pageSize=3) == [late, ids[7], ids[0], ids[8], *ids[6:0:-1]]


async def test_walks_under_steady_change(service: Service) -> None:
    ids = await waiting(service, 12)
    over = asyncio.Event()

    async def change() -> None:
        for run in ids[::2]:
            await approve(service, run)
            await service.post("Hello", agent="echo")
        over.set()

    changing = asyncio.create_task(change())
    walks = 0
    while not over.is_set() or walks < 3:
        found = await walk(service, pageSize=2)
        assert len(found) == len(set(found))
        assert set(ids) <= set(found)
        walks += 1
    await changing


async def test_filters_and_the_total(service: Service) -> None:
    one, two = await waiting(service, 2)
    echo = (await service.post("Hello", agent="echo", wait_s=20)).json()["task_id"]
    page = await listed(service, status="TASK_STATE_INPUT_REQUIRED", pageSize=1)
    assert ([task["id"] for task in page["tasks"]], page["totalSize"]) == ([two], 2)
    rest = await listed(service, status="TASK_STATE_INPUT_REQUIRED", pageSize=1, pageToken=page["nextPageToken"])
    assert ([task["id"] for task in rest["tasks"]], rest["nextPageToken"], rest["totalSize"]) == ([one], "", 2)
    assert [task["id"] for task in (await listed(service, "/agents/echo"))["tasks"]] == [echo]
    # By another door, so nobody named a context: the run is one of its own.
    assert [task["id"] for task in (await listed(service, contextId=echo))["tasks"]] == [echo]
    assert (await listed(service, contextId="none"))["totalSize"] == 0


@pytest.mark.parametrize("token", ["@@", "MSAy", "MSAyIDMgNA==", "eCB5IHo=", "x" * 3000])
async def test_a_token_that_no_page_gave(service: Service, token: str) -> None:
    answer = await service.http.get("/tasks", params={"pageToken": token}, headers=V)
    assert answer.status_code == 400
    assert "pageToken" in answer.json()["error"]["message"]


async def test_without_a_database_it_says_so(tmp_path: Path) -> None:
    recent = Recent(tmp_path / "none.db")
    with pytest.raises(StorageFailed, match=r"none\.db"):
        await recent.page(Wanted(), 5)
    with pytest.raises(RequestInvalid):
        await recent.page(Wanted(), 5, "@@")
    await recent.close()
