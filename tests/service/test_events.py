"""`/task/{id}/events`: every event once and in order, heartbeats, an end when the service drains."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import orjson

from tests.service.conftest import Service, Start


async def read(
    service: Service, run_id: str, after: int | None = None, begun: asyncio.Event | None = None
) -> list[tuple[int, str, dict[str, Any]]]:
    """The whole stream as (id, event, data). `begun` is set when the first one is there."""
    headers = {} if after is None else {"last-event-id": str(after)}
    found: list[tuple[int, str, dict[str, Any]]] = []
    async with service.http.stream("GET", f"/task/{run_id}/events", headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        fields: dict[str, str] = {}
        async for line in answer.aiter_lines():
            if line.startswith(":"):
                continue
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif fields:
                found.append((int(fields["id"]), fields["event"], orjson.loads(fields["data"])))
                fields = {}
                if begun is not None:
                    begun.set()
    return found


async def test_events_come_in_order_and_a_reader_comes_back_without_gap_or_double(service: Service) -> None:
    run_id = (await service.post("Hello", agent="echo", wait_s=20)).json()["task_id"]
    events = await read(service, run_id)
    assert [seq for seq, _, _ in events] == list(range(1, len(events) + 1))
    assert {kind for _, kind, _ in events} == {"run", "plan", "task"}
    assert events[0][2]["status"] == "submitted"
    assert events[-1][2]["status"] == "completed"
    assert all(data["task_id"] == run_id for _, _, data in events)
    for after in range(len(events) + 1):
        assert await read(service, run_id, after) == events[after:]


async def test_a_live_stream_tells_as_it_happens(service: Service) -> None:
    run_id = (await service.post("Wait", agent="slow", workspace=str(service.workspace))).json()["task_id"]
    begun = asyncio.Event()
    reader = asyncio.create_task(read(service, run_id, begun=begun))
    await service.until(run_id, "working")
    await asyncio.wait_for(begun.wait(), 20)
    assert not reader.done()
    service.go()
    assert (await reader)[-1][2]["status"] == "completed"


async def test_a_quiet_line_is_kept_open_by_comments(start: Start) -> None:
    service = await start(heartbeat_s=0.05)
    run_id = (await service.post("Wait", agent="slow", workspace=str(service.workspace))).json()["task_id"]
    comments = 0
    async with service.http.stream("GET", f"/task/{run_id}/events") as answer:
        async for line in answer.aiter_lines():
            comments += line.startswith(":")
            if comments == 3:
                break
    assert comments == 3
    service.go()


async def test_a_stream_ends_when_the_service_drains(service: Service) -> None:
    run_id = (await service.post("Wait", agent="slow", workspace=str(service.workspace))).json()["task_id"]
    await service.until(run_id, "working")
    begun = asyncio.Event()
    reader = asyncio.create_task(read(service, run_id, begun=begun))
    await asyncio.wait_for(begun.wait(), 20)
    service.parts.lifecycle.draining.set()
    events = await asyncio.wait_for(reader, 20)
    assert events[-1][2].get("status") != "completed"
    assert (await service.http.get("/readyz")).status_code == 503


async def test_a_reader_that_goes_away_leaves_nothing_behind(service: Service) -> None:
    run_id = (await service.post("Wait", agent="slow", workspace=str(service.workspace))).json()["task_id"]
    await service.until(run_id, "working")
    before = len(asyncio.all_tasks()) + 1  # the run's own task may begin after this; five readers would leave five
    for _ in range(5):
        async with service.http.stream("GET", f"/task/{run_id}/events") as answer:
            async for _line in answer.aiter_lines():
                break
    with suppress(TimeoutError):
        async with asyncio.timeout(10):
            while len(asyncio.all_tasks()) > before:
                await asyncio.sleep(0.02)
    assert len(asyncio.all_tasks()) <= before
    service.go()


async def test_an_id_that_is_none(service: Service) -> None:
    run_id = (await service.post("Hello", agent="echo", wait_s=20)).json()["task_id"]
    for wrong in ("x", "-1", "1.5", "9" * 19):
        answer = await service.http.get(f"/task/{run_id}/events", headers={"last-event-id": wrong})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "REQUEST_INVALID")


async def test_head_of_a_stream_does_not_wait_for_its_end(service: Service) -> None:
    run = (await service.post("Wait", agent="slow", workspace=str(service.workspace))).json()["task_id"]
    await service.until(run, "working")
    answer = await service.http.head(f"/task/{run}/events", timeout=5)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, "text/event-stream")
    assert (await service.http.get("/livez", timeout=5)).status_code == 200  # on the same line
    service.go()
