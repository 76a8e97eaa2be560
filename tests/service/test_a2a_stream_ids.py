"""Ids on A2A's streams: a reader that was cut off comes back with the last one and misses nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from tests.service.conftest import Service
from tests.service.test_a2a_listing import waiting
from tests.service.test_bad_a2a import V, body, check, rpc

BOTH = "Please echo something, then please wait something"
DOORS = [("/", "rpc"), ("/message:stream", "rest")]


async def read(
    service: Service,
    path: str,
    sent: Any,
    *,
    most: int = 1000,
    last: int | None = None,
    begun: asyncio.Event | None = None,
) -> list[tuple[int, Any]]:
    """Up to `most` events of a stream, as (id, what is in it). `last`: the id to come back with. `begun` is set when
    the first one is there."""
    headers = V if last is None else V | {"Last-Event-ID": str(last)}
    found: list[tuple[int, Any]] = []
    fields: dict[str, str] = {}
    async with service.http.stream("POST", path, json=sent, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream"), await answer.aread()
        async for line in answer.aiter_lines():
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                fields[name] = value
            elif fields:
                data = orjson.loads(fields["data"])
                found.append((int(fields["id"]), data.get("result", data)))
                fields = {}
                if begun is not None:
                    begun.set()
                if len(found) == most:
                    break
    return found


def ask(service: Service, kind: str) -> dict[str, Any]:
    params = body(parts=[{"text": BOTH}]) | {"metadata": {"workspace": str(service.workspace)}}
    return rpc("SendStreamingMessage", params) if kind == "rpc" else params


def said(events: list[tuple[int, Any]]) -> list[tuple[int, Any]]:
    """The status updates of a stream."""
    return [(number, event["statusUpdate"]) for number, event in events if "statusUpdate" in event]


async def half_done(service: Service, run: str) -> None:
    """Returns when the first of the two tasks is done, and told to be."""
    async with service.http.stream("GET", f"/task/{run}/events") as answer:
        async for line in answer.aiter_lines():
            if line.startswith("data: ") and '"agent":"echo"' in line and '"status":"done"' in line:
                return
    raise AssertionError("the run ended before")


@pytest.mark.parametrize(("path", "kind"), DOORS)
async def test_a_reader_comes_back_without_a_gap(service: Service, path: str, kind: str) -> None:
    sent = ask(service, kind)
    before = await read(service, path, sent, most=2)  # and the line is cut
    task = before[0][1]["task"]["id"]
    await half_done(service, task)
    begun, again = asyncio.Event(), asyncio.Event()
    whole = asyncio.create_task(read(service, path, sent, begun=begun))  # the same message again is the same task
    back = asyncio.create_task(read(service, path, sent, last=before[-1][0], begun=again))
    await asyncio.wait_for(asyncio.gather(begun.wait(), again.wait()), 20)
    service.go()
    await service.until(task, "completed")
    numbers = [number for number, _ in await whole]
    assert numbers[0] == 0
    assert numbers == sorted(numbers)
    assert (await back)[0][0] == before[-1][0]
    assert (await back)[1:] == [one for one in (await whole)[1:] if one[0] > before[-1][0]]
    assert said(await back)[-1][1]["status"]["state"] == "TASK_STATE_COMPLETED"


async def test_a_subscriber_is_told_what_it_missed(service: Service) -> None:
    objective = {"description": BOTH, "workspace": str(service.workspace)}
    run = (await service.http.post("/task", json=objective)).json()["task_id"]
    await half_done(service, run)
    path = f"/tasks/{run}:subscribe"
    [(now, first)] = await read(service, path, {}, most=1)
    assert first["task"]["status"]["state"] == "TASK_STATE_WORKING"
    (left, task), (missed, update) = await read(service, path, {}, most=2, last=2)
    assert (left, task["task"]["id"]) == (2, run)
    assert 2 < missed <= now
    assert update["statusUpdate"]["status"]["message"]["parts"][0]["text"].endswith("(done)")
    # A number that was never given: from now on, and not "once there are so many".
    begun = asyncio.Event()
    reader = asyncio.create_task(read(service, path, {}, last=999_999, begun=begun))
    await asyncio.wait_for(begun.wait(), 20)
    service.go()
    late = await asyncio.wait_for(reader, 20)
    assert late[0][0] == now
    assert all(number > now for number, _ in late[1:])
    assert said(late)[-1][1]["status"]["state"] == "TASK_STATE_COMPLETED"


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


async def test_what_happened_is_told_as_it_was_when_the_run_has_gone_on(service: Service) -> None:
    run = (await service.post("ask me", agent="slow", workspace=str(service.workspace))).json()["task_id"]
    await service.until(run, "input_required")
    path = f"/tasks/{run}:subscribe"
    [(asked, _)] = await read(service, path, {}, most=1)
    await service.http.post(f"/task/{run}/input", json={"text": "the blue one"})
    await service.until(run, "working")
    begun = asyncio.Event()
    reader = asyncio.create_task(read(service, path, {}, last=1, begun=begun))
    await asyncio.wait_for(begun.wait(), 20)
    service.go()
    told = said(await asyncio.wait_for(reader, 20))
    states = [update["status"]["state"].removeprefix("TASK_STATE_") for _, update in told]
    assert states[-1] == "COMPLETED"
    assert [one for one in states if one != "WORKING"] == ["INPUT_REQUIRED", "COMPLETED"]
    question = next(update for number, update in told if number == asked)
    assert question["status"]["message"]["parts"][0]["text"] == "Which one?"
    times = [update["status"]["timestamp"] for _, update in told]
    assert times == sorted(times)
