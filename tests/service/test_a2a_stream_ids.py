"""Ids on A2A's streams: a reader that was cut off comes back with the last one and misses nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from tests.service.conftest import Service
from tests.service.test_a2a_listing import waiting
from tests.service.test_bad_a2a import V, body, check, rpc

DOORS = [("/agents/slow", "rpc"), ("/agents/slow/message:stream", "rest")]


async def read(service: Service, path: str, sent: Any, most: int = 1000, **headers: str) -> list[tuple[int, Any]]:
    """Up to `most` events of a stream, as (id, what is in it)."""
    found: list[tuple[int, Any]] = []
    fields: dict[str, str] = {}
    async with service.http.stream("POST", path, json=sent, headers=V | headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream"), await answer.aread()
        async for line in answer.aiter_lines():
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                fields[name] = value
            elif fields:
                data = orjson.loads(fields["data"])
                found.append((int(fields["id"]), data.get("result", data)))
                fields = {}
                if len(found) == most:
                    break
    return found


def ask(service: Service, kind: str) -> dict[str, Any]:
    params = body() | {"metadata": {"workspace": str(service.workspace)}}
    return rpc("SendStreamingMessage", params) if kind == "rpc" else params


def said(events: list[tuple[int, Any]]) -> list[tuple[int, Any]]:
    """The status updates of a stream."""
    return [(number, event["statusUpdate"]) for number, event in events if "statusUpdate" in event]


@pytest.mark.parametrize(("path", "kind"), DOORS)
async def test_a_reader_comes_back_without_a_gap(service: Service, path: str, kind: str) -> None:
    sent = ask(service, kind)
    before = await read(service, path, sent, most=2)  # and the line is cut
    task = before[0][1]["task"]["id"]
    await service.until(task, "working")
    service.go()
    await service.until(task, "completed")
    whole = await read(service, path, sent)  # the same message again is the same task
    numbers = [number for number, _ in whole]
    assert numbers == sorted(numbers)
    last = before[-1][0]
    back = await read(service, path, sent, **{"Last-Event-ID": str(last)})
    assert back[0][0] == last
    assert back[0][1]["task"]["status"]["state"] == "TASK_STATE_COMPLETED"


async def test_a_subscriber_is_told_what_it_missed(service: Service) -> None:
    run = (await service.post("Wait", agent="slow", workspace=str(service.workspace))).json()["task_id"]
    await service.until(run, "working")
    path = f"/agents/slow/tasks/{run}:subscribe"
    [(number, first)] = await read(service, path, {}, most=1)
    assert first["task"]["status"]["state"] == "TASK_STATE_WORKING"
    assert number > 1
    stored = [event for event in await events(service, run) if event["kind"] in {"task", "run"}]
    missed = await read(service, path, {}, most=2, **{"Last-Event-ID": "1"})
    assert "task" in missed[0][1]
    assert missed[1][0] == next(event["seq"] for event in stored if event["seq"] > 1 and event["kind"] == "task")
    # A number that was never given: from now on, and not "once there are so many".
    reader = asyncio.create_task(read(service, path, {}, **{"Last-Event-ID": "999999"}))
    await asyncio.sleep(0.1)
    service.go()
    late = await asyncio.wait_for(reader, 20)
    assert late[0][0] == number
    assert said(late)[-1][1]["status"]["state"] == "TASK_STATE_COMPLETED"
    assert [number for number, _ in said(late)] == sorted(number for number, _ in said(late))


async def events(service: Service, run: str) -> list[dict[str, Any]]:
    """What is stored of a run that goes on."""
    found: list[dict[str, Any]] = []
    async with service.http.stream("GET", f"/task/{run}/events") as answer:
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                found.append(orjson.loads(line[6:]))
                if found[-1].get("status") == "running":
                    return found
    raise AssertionError("the run ended")


@pytest.mark.parametrize("wrong", ["abc", "-1", "1.5", "9" * 30])
async def test_an_id_that_is_none(service: Service, wrong: str) -> None:
    headers = V | {"Last-Event-ID": wrong}
    answer = await service.http.post("/", json=rpc("SendStreamingMessage"), headers=headers)
    assert (await check(service, answer, "REQUEST_INVALID", "Last-Event-ID", "data"))["code"] == -32602
    answer = await service.http.post("/message:stream", json=body(), headers=headers)
    assert answer.status_code == 400
    await check(service, answer, "REQUEST_INVALID", "Last-Event-ID", "details")


async def test_words_back_have_no_id(service: Service) -> None:
    [run] = await waiting(service, 1)
    sent = body(taskId=run, parts=[{"text": "perhaps"}])
    answer = await service.http.post("/message:stream", json=sent, headers=V)
    lines = [line for line in answer.text.splitlines() if line]
    assert [line.partition(":")[0] for line in lines] == ["data"]
    assert "approval" in lines[0]
