"""The official a2a client talks to the root and to agents, over both bindings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from a2a.client import ClientConfig, ClientFactory
from a2a.client.client import Client
from a2a.types.a2a_pb2 import (
    CancelTaskRequest,
    GetTaskRequest,
    ListTasksRequest,
    Message,
    Part,
    Role,
    SendMessageConfiguration,
    SendMessageRequest,
    StreamResponse,
    SubscribeToTaskRequest,
    Task,
    TaskState,
)
from a2a.utils.errors import (
    ContentTypeNotSupportedError,
    InvalidParamsError,
    TaskNotCancelableError,
    TaskNotFoundError,
    UnsupportedOperationError,
)

from tests.service.conftest import Service

BINDINGS = ["JSONRPC", "HTTP+JSON"]


def message(text: str = "", *, id: str = "m-1", parts: list[Part] | None = None, task: str = "", context: str = "",
            now: bool = False, **metadata: str) -> SendMessageRequest:  # fmt: skip
    """A request to send a message; `now`: return immediately."""
    request = SendMessageRequest(
        message=Message(
            message_id=id, role=Role.ROLE_USER, parts=parts or [Part(text=text)], task_id=task, context_id=context
        ),
        configuration=SendMessageConfiguration(return_immediately=now),
    )
    request.metadata.update(metadata)
    return request


async def connect(service: Service, agent: str | None, binding: str, *, streaming: bool = False) -> Client:
    """A client for the root (None) or an agent, made from its card as a stranger would."""
    http = httpx.AsyncClient(timeout=30, trust_env=False)
    config = ClientConfig(streaming=streaming, httpx_client=http, supported_protocol_bindings=[binding])
    base = service.url if agent is None else f"{service.url}/agents/{agent}"
    client = await ClientFactory(config).create_from_url(base)
    _OPEN.append(http)
    return client


_OPEN: list[httpx.AsyncClient] = []


@pytest.fixture(autouse=True)
async def close_clients() -> AsyncIterator[None]:
    yield
    while _OPEN:
        await _OPEN.pop().aclose()


async def send(client: Client, request: SendMessageRequest) -> Task:
    [response] = [response async for response in client.send_message(request)]
    return response.task


def says(task: Task) -> str:
    return "".join(part.text for part in task.status.message.parts)


@pytest.mark.parametrize("binding", BINDINGS)
async def test_a_message_to_an_agent_is_done_and_answered(service: Service, binding: str) -> None:
    task = await send(await connect(service, "echo", binding), message("Hello"))
    assert task.status.state == TaskState.TASK_STATE_COMPLETED
    assert says(task) == "You said: Hello"
    assert [artifact.name for artifact in task.artifacts] == ["echo.txt", "blob.bin"]
    text, blob = (artifact.parts[0] for artifact in task.artifacts)
    assert (text.text, text.filename, text.media_type) == ("Hello", "echo.txt", "text/plain")
    address = task.artifacts[0].metadata["url"]
    assert (await service.http.get(address)).text == "Hello"
    fetched = await service.http.get(blob.url)
    assert fetched.content == bytes(range(256))
    assert task.context_id == task.id
    assert [part.text for part in task.history[0].parts] == ["Hello"]
    run = (await service.http.get(f"/task/{task.id}")).json()
    assert run["tasks"][0]["agent"] == "echo"


async def test_the_root_takes_an_objective_and_says_no_as_a2a_does(service: Service) -> None:
    root = await connect(service, None, "JSONRPC")
    task = await send(root, message("anybody there?"))
    assert (task.status.state, says(task)) == (TaskState.TASK_STATE_COMPLETED, "You said: anybody there?")
    refused = await send(root, message("never mind"))
    assert (refused.status.state, says(refused)) == (TaskState.TASK_STATE_REJECTED, "That is not done here.")


@pytest.mark.parametrize("binding", BINDINGS)
async def test_return_immediately_then_get(service: Service, binding: str) -> None:
    client = await connect(service, "slow", binding)
    task = await send(client, message("Wait", now=True, workspace=str(service.workspace)))
    assert task.status.state in {TaskState.TASK_STATE_SUBMITTED, TaskState.TASK_STATE_WORKING}
    service.go()
    await service.until(task.id, "completed")
    found = await client.get_task(GetTaskRequest(id=task.id))
    assert says(found) == "It went."


@pytest.mark.parametrize("binding", BINDINGS)
async def test_a_stream_tells_every_step_in_order(service: Service, binding: str) -> None:
    client = await connect(service, "echo", binding, streaming=True)
    events = [event async for event in client.send_message(message("Hello"))]
    assert events[0].HasField("task")
    kinds = [event.WhichOneof("payload") for event in events[1:]]
    assert set(kinds) == {"status_update", "artifact_update"}
    made = [event.artifact_update.artifact.name for event in events if event.HasField("artifact_update")]
    assert made == ["echo.txt", "blob.bin"]
    last = events[-1].status_update.status
    assert last.state == TaskState.TASK_STATE_COMPLETED
    assert last.message.parts[0].text == "You said: Hello"


async def test_a_second_reader_joins_and_the_first_may_leave(service: Service) -> None:
    client = await connect(service, "slow", "JSONRPC", streaming=True)
    request = message("Wait", workspace=str(service.workspace))
    first = aiter(client.send_message(request))
    task = (await anext(first)).task
    await service.until(task.id, "working")
    await first.aclose()  # type: ignore[attr-defined]
    seen: list[StreamResponse] = []

    async def follow() -> None:
        async for event in client.subscribe(SubscribeToTaskRequest(id=task.id)):
            seen.append(event)
            service.go()

    await asyncio.wait_for(follow(), 20)
    assert seen[0].task.id == task.id
    assert seen[-1].status_update.status.state == TaskState.TASK_STATE_COMPLETED
    with pytest.raises(UnsupportedOperationError):
        _ = [event async for event in client.subscribe(SubscribeToTaskRequest(id=task.id))]


@pytest.mark.parametrize("binding", BINDINGS)
async def test_cancel(service: Service, binding: str) -> None:
    client = await connect(service, "slow", binding)
    task = await send(client, message("Wait", now=True, workspace=str(service.workspace)))
    await service.until(task.id, "working")
    canceled = await client.cancel_task(CancelTaskRequest(id=task.id))
    assert canceled.status.state == TaskState.TASK_STATE_CANCELED
    with pytest.raises(TaskNotCancelableError):
        await client.cancel_task(CancelTaskRequest(id=task.id))


@pytest.mark.parametrize("binding", BINDINGS)
async def test_an_effect_is_approved_by_a_follow_up_message(service: Service, binding: str) -> None:
    client = await connect(service, "publisher", binding)
    task = await send(client, message("Put it out", context="c-1"))
    assert task.status.state == TaskState.TASK_STATE_INPUT_REQUIRED
    assert "t1" in says(task)
    for streaming in (False, True):  # neither yes nor no: words back, once, and the task waits on
        talking = await connect(service, "publisher", binding, streaming=streaming)
        [answer] = [one async for one in talking.send_message(message("maybe", id="m-2", task=task.id))]
        assert (answer.message.task_id, answer.message.context_id) == (task.id, "c-1")
        assert answer.message.role == Role.ROLE_AGENT
        assert "approval of t1" in answer.message.parts[0].text
    waiting = await client.get_task(GetTaskRequest(id=task.id))
    assert waiting.status.state == TaskState.TASK_STATE_INPUT_REQUIRED
    assert waiting.status.timestamp.ToMilliseconds() >= task.status.timestamp.ToMilliseconds() > 0
    with pytest.raises(InvalidParamsError):
        await send(client, message("yes", id="m-3", task=task.id, context="another"))
    done = await send(client, message("yes", id="m-4", task=task.id, context="c-1"))
    assert done.status.state == TaskState.TASK_STATE_COMPLETED
    assert (service.parts.home / "published").read_text() == f"{task.id}\n"
    assert [m.message_id for m in done.history] == ["m-1", "m-4"]
    again = await send(client, message("yes", id="m-4", task=task.id, context="c-1"))  # its answer was lost
    assert again.status.state == TaskState.TASK_STATE_COMPLETED
    with pytest.raises(UnsupportedOperationError):
        await send(client, message("yes, really", id="m-5", task=task.id))


async def test_an_approval_by_data_part_and_a_refusal(service: Service) -> None:
    client = await connect(service, "publisher", "JSONRPC")
    task = await send(client, message("Put it out"))
    no = Part()
    no.data.struct_value.update({"approve": False})
    ended = await send(client, message(id="m-2", parts=[no], task=task.id))
    assert ended.status.state != TaskState.TASK_STATE_COMPLETED
    assert not (service.parts.home / "published").exists()


async def test_a_question_is_answered_by_a_follow_up_message(service: Service) -> None:
    client = await connect(service, "echo", "JSONRPC")
    task = await send(client, message("ask me"))
    assert task.status.state == TaskState.TASK_STATE_INPUT_REQUIRED
    assert says(task) == "Which one?"
    done = await send(client, message("the blue one", id="m-2", task=task.id))
    assert "the blue one" in says(done)


async def test_a_stream_goes_on_with_a_follow_up_message(service: Service) -> None:
    client = await connect(service, "echo", "JSONRPC", streaming=True)
    events = [event async for event in client.send_message(message("ask me"))]
    assert events[-1].status_update.status.state == TaskState.TASK_STATE_INPUT_REQUIRED
    task = events[0].task.id
    events = [event async for event in client.send_message(message("the blue one", id="m-2", task=task))]
    assert events[-1].status_update.status.state == TaskState.TASK_STATE_COMPLETED


async def test_a_subscription_goes_through_questions_to_the_end(service: Service) -> None:
    client = await connect(service, "echo", "JSONRPC", streaming=True)
    events = [event async for event in client.send_message(message("ask me"))]
    task = events[0].task.id
    await service.until(task, "input_required")
    seen: list[StreamResponse] = []

    async def follow() -> None:
        async for event in client.subscribe(SubscribeToTaskRequest(id=task)):
            seen.append(event)  # noqa: PERF401  (it is looked at while it grows)

    reader = asyncio.create_task(follow())
    async with asyncio.timeout(20):
        while not seen:
            await asyncio.sleep(0.02)
        assert seen[0].task.status.state == TaskState.TASK_STATE_INPUT_REQUIRED
        await service.http.post(f"/task/{task}/input", json={"text": "the blue one"})
        await reader
    assert seen[-1].status_update.status.state == TaskState.TASK_STATE_COMPLETED


@pytest.mark.parametrize("binding", BINDINGS)
async def test_streams_and_waiting_calls_end_when_the_service_drains(service: Service, binding: str) -> None:
    stream = await connect(service, "slow", binding, streaming=True)
    call = await connect(service, "slow", binding)
    request = message("Wait", workspace=str(service.workspace))

    async def follow() -> list[StreamResponse]:
        return [event async for event in stream.send_message(request)]

    reader, waiter = asyncio.create_task(follow()), asyncio.create_task(send(call, request))
    async with asyncio.timeout(20):
        while not await service.run_ids():
            await asyncio.sleep(0.02)
        await service.until((await service.run_ids())[0], "working")
        await asyncio.sleep(0.1)
        service.parts.lifecycle.draining.set()
        assert (await waiter).status.state == TaskState.TASK_STATE_WORKING
        states = [event.status_update.status.state for event in await reader if event.HasField("status_update")]
        assert TaskState.TASK_STATE_COMPLETED not in states
    service.go()


async def test_a_message_sent_again_is_the_same_task_and_another_body_is_not(service: Service) -> None:
    client = await connect(service, "echo", "JSONRPC")
    first, again = await send(client, message("Hello")), await send(client, message("Hello"))
    other = await send(client, message("Goodbye"))  # the same messageId
    assert first.id == again.id != other.id
    assert sorted(await service.run_ids()) == sorted([first.id, other.id])
    elsewhere = await send(await connect(service, None, "JSONRPC"), message("Hello"))
    assert elsewhere.id != first.id


async def test_tasks_are_listed_by_context_and_state_and_page(service: Service) -> None:
    client = await connect(service, "echo", "JSONRPC")
    ids = [
        (await send(client, message(f"Say {n}", id=f"m-{n}", context="even" if n % 2 == 0 else "odd"))).id
        for n in range(5)
    ]
    page = await client.list_tasks(ListTasksRequest(page_size=3))
    rest = await client.list_tasks(ListTasksRequest(page_size=3, page_token=page.next_page_token))
    assert [task.id for task in (*page.tasks, *rest.tasks)] == ids[::-1]
    assert rest.next_page_token == ""
    assert not page.tasks[0].artifacts
    even = await client.list_tasks(ListTasksRequest(context_id="even", include_artifacts=True))
    assert [task.id for task in even.tasks] == [ids[4], ids[2], ids[0]]
    assert even.tasks[0].artifacts
    none = await client.list_tasks(ListTasksRequest(status=TaskState.TASK_STATE_FAILED))
    assert not none.tasks


async def test_one_agents_tasks_are_not_anothers(service: Service) -> None:
    echo = await connect(service, "echo", "JSONRPC")
    lister = await connect(service, "lister", "JSONRPC")
    root = await connect(service, None, "HTTP+JSON")
    task = await send(echo, message("Hello"))
    with pytest.raises(TaskNotFoundError):
        await lister.get_task(GetTaskRequest(id=task.id))
    with pytest.raises(TaskNotFoundError):
        await lister.cancel_task(CancelTaskRequest(id=task.id))
    with pytest.raises(TaskNotFoundError):
        await send(lister, message("yes", id="m-2", task=task.id))
    assert not (await lister.list_tasks(ListTasksRequest())).tasks
    assert (await root.get_task(GetTaskRequest(id=task.id))).id == task.id


async def test_files_become_a_workspace_of_their_own(service: Service) -> None:
    client = await connect(service, "lister", "JSONRPC")
    files = [Part(text="List them"), Part(raw=b"a,b\n1,2\n", filename="data/sales.csv", media_type="text/csv"),
             Part(raw=b"hello", filename="readme.md")]  # fmt: skip
    task = await send(client, message(parts=files))
    assert says(task) == "data/sales.csv, readme.md"
    assert (service.parts.uploads / task.id / "data" / "sales.csv").read_bytes() == b"a,b\n1,2\n"
    _, csv, _ = task.history[0].parts  # the history names the files, it does not hold them
    assert (csv.filename, csv.media_type, csv.text) == ("data/sales.csv", "text/csv", "(8 bytes)")
    again = await send(client, message(parts=files))
    assert again.id == task.id


@pytest.mark.parametrize("name", ["../out", "/etc/x", "a/../../b", "a\\b", "", "con", "x\0y", "a/./b"])
async def test_a_file_name_that_is_not_safe_is_refused_and_nothing_is_kept(service: Service, name: str) -> None:
    client = await connect(service, "lister", "JSONRPC")
    parts = [Part(text="List"), Part(raw=b"x", filename=name), Part(raw=b"y", filename="ok.txt")]
    if name == "":  # a file without a name gets one
        assert says(await send(client, message(parts=parts))) == "file-2, ok.txt"
        return
    with pytest.raises(InvalidParamsError):
        await send(client, message(parts=parts))
    assert await service.run_ids() == []
    uploads = service.parts.uploads
    assert not uploads.exists() or not list(uploads.iterdir())
    assert not (Path(service.parts.home) / "out").exists()


@pytest.mark.parametrize("binding", BINDINGS)
@pytest.mark.parametrize("streaming", [False, True])
async def test_files_without_words_are_asked_about_before_anything_is_taken(
    service: Service, binding: str, streaming: bool
) -> None:
    client = await connect(service, "lister", binding, streaming=streaming)
    files = [Part(raw=b"x", filename=f"{name}.bin", media_type="application/x-foreign") for name in "abcd"]
    for _ in range(2):  # the same message, the same answer
        [answer] = [one async for one in client.send_message(message(parts=files, context="c-1"))]
        assert answer.WhichOneof("payload") == "message"
        assert (answer.message.task_id, answer.message.context_id) == ("", "c-1")
        assert "a.bin, b.bin, c.bin, ...?" in answer.message.parts[0].text
    assert await service.run_ids() == []
    assert not service.parts.uploads.exists() or not list(service.parts.uploads.iterdir())
    task = await send(await connect(service, "lister", binding), message(parts=[Part(text="List"), *files]))
    assert says(task) == "a.bin, b.bin, c.bin, d.bin"


async def test_an_address_instead_of_a_file_is_not_fetched(service: Service) -> None:
    client = await connect(service, "lister", "JSONRPC")
    with pytest.raises(ContentTypeNotSupportedError) as refused:
        await send(client, message(parts=[Part(text="List"), Part(url="http://169.254.169.254/latest")]))
    assert refused.value.data is not None
    assert refused.value.data["code"] == "MEDIA_NOT_SUPPORTED"
    assert len(refused.value.data["correlation_id"]) == 32
