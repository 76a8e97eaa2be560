"""A remote A2A agent as one of the fleet: a task becomes a message, its answer a result.

Only here, in remote_card.py and in `service/a2a` are a2a's types known. Words go out (the goal, and of earlier tasks'
products what the card names), each with its label in the part's metadata (`trust`), nothing else; files of the
workspace only when the card says `needs: [workspace]`. What comes back is somebody else's word: it is bounded, cleaned,
and labelled `agent`.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING

from genesis.agents import reach
from genesis.agents.card import AgentCard
from genesis.agents.gatehouse import WORKSPACE
from genesis.agents.remote_card import client_of, fetch, wants_credentials
from genesis.agents.reply import clean, reply
from genesis.agents.result import Assignment, Result
from genesis.agents.toolbox import STOPPING, Toolbox
from genesis.errors import AgentFailed, AgentRefused, NeedsMissing, NetworkError, RequestInvalid
from genesis.security.edge.outbound import Resolve, shown, system_resolve
from genesis.security.provenance import lowest
from genesis.telemetry import correlation

if TYPE_CHECKING:
    from a2a.client import Client
    from a2a.types.a2a_pb2 import Message, Task

MAX_SENT_BYTES = 10_000_000
MAX_SENT_FILES = 60
CANCEL_S = 5.0
FIRST_POLL_S, LAST_POLL_S = 0.05, 2.0
LOST_POLLS = 5
"""How many answers in a row may be lost while a task is followed."""

log = logging.getLogger(__name__)


def remote(
    card: AgentCard, *, private: bool, resolve: Resolve = system_resolve
) -> Callable[[Assignment, Toolbox], Awaitable[Result]]:
    """The `work` of a remote agent. `private`: it may be at a loopback or private address."""
    url = card.url
    assert url is not None

    async def work(task: Assignment, tools: Toolbox) -> Result:
        from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]

        message = await asyncio.to_thread(_message, card, task, tools)
        async with reach.client(url, private=private, resolve=resolve, read_s=card.timeout_s) as http:
            if correlation.is_id(correlation.current()):
                http.headers["traceparent"] = correlation.traceparent(correlation.current())
            client = client_of(await fetch(url, http), http, url)
            answer = await _send(client, message, task.type, url)
            if answer.DESCRIPTOR.name == "Task":
                try:
                    answer = await _follow(client, answer, tools, url)
                except asyncio.CancelledError as error:
                    if STOPPING not in error.args:
                        await _cancel(client, answer.id)
                    raise
                _must_be_completed(card, answer)
            return await reply(card, MessageToDict(answer), tools, http)

    return work


def _message(card: AgentCard, task: Assignment, tools: Toolbox) -> Message:
    """What is sent. The same attempt makes the same message, byte for byte, so that the agent knows it again."""
    from a2a.types.a2a_pb2 import Message, Part, Role
    from google.protobuf.json_format import ParseDict

    kind = card.task_type(task.type)
    wanted = {word for need in (*kind.needs, *kind.uses) for word in need.split("|")} if kind else set()
    parts = [Part(text=task.goal, media_type="text/plain")]
    products = {name: task.inputs[name] for name in sorted(wanted & task.inputs.keys())}
    if products:
        part = Part(filename="inputs.json", media_type="application/json")
        ParseDict(products, part.data)
        part.metadata["trust"] = lowest(task.labels.get(name, WORKSPACE) for name in products).trust
        parts.append(part)
    files: list[tuple[str, str, bytes, str]] = []
    if "workspace" in wanted and tools.workspace is not None:
        for file in tools.workspace.files:
            content = tools.workspace.read_bytes(file.name)
            if content is not None:
                files.append((file.name, "application/octet-stream", content, "file"))
            if len(files) > MAX_SENT_FILES:
                break
    if wanted - {"workspace"}:
        files += [(one.name, one.media_type, tools.store.read(one), one.trust) for one in task.artifacts]
    size = sum(len(content) for _, _, content, _ in files)
    if len(files) > MAX_SENT_FILES or size > MAX_SENT_BYTES:
        raise RequestInvalid(
            f"agent {card.name}: over {MAX_SENT_FILES} files or {MAX_SENT_BYTES:,} bytes would go to it; "
            "give the run a smaller workspace"
        )
    for name, media, content, trust in files:
        part = Part(raw=content, filename=name, media_type=media)
        part.metadata["trust"] = trust
        parts.append(part)
    # The run's correlation id is in it because ids of runs are given by people: two homes may have the same.
    name = f"{correlation.current()}/{task.key}"
    return Message(message_id=sha256(name.encode()).hexdigest(), role=Role.ROLE_USER, parts=parts)


async def _send(client: Client, message: Message, skill: str, url: str) -> Task | Message:
    from a2a.types.a2a_pb2 import SendMessageRequest

    request = SendMessageRequest(message=message)
    request.configuration.return_immediately = True
    request.metadata["skill"] = skill  # A2A has no field for it; Genesis reads this, others ignore it
    with _translated(url):
        async for event in client.send_message(request):
            kind = event.WhichOneof("payload")
            if kind == "task":
                return event.task
            if kind == "message":
                return event.message
    raise NetworkError(f"{shown(url)}: answered with neither a task nor a message")


async def _follow(client: Client, task: Task, tools: Toolbox, url: str) -> Task:
    """The task once it has come to a stop."""
    from a2a.types.a2a_pb2 import GetTaskRequest, TaskState

    wait, lost = FIRST_POLL_S, 0
    while task.status.state in {TaskState.TASK_STATE_SUBMITTED, TaskState.TASK_STATE_WORKING}:
        await tools.clock.sleep(wait)
        wait = min(LAST_POLL_S, wait * 1.5)
        try:
            with _translated(url):
                task = await client.get_task(GetTaskRequest(id=task.id, history_length=0))
            lost = 0
        except NetworkError:
            lost += 1
            if lost >= LOST_POLLS:
                raise
    return task


async def _cancel(client: Client, task: str) -> None:
    """Best effort: who gave the task up must not wait long for somebody who may be down."""
    from a2a.types.a2a_pb2 import CancelTaskRequest

    try:
        async with asyncio.timeout(CANCEL_S):
            await client.cancel_task(CancelTaskRequest(id=task))
    except Exception as error:
        log.warning("remote task %s could not be canceled (%s)", task, type(error).__name__)


def _must_be_completed(card: AgentCard, task: Task) -> None:
    """Raises what a task that ended otherwise means here."""
    from a2a.types.a2a_pb2 import TaskState

    said = clean("\n".join(part.text for part in task.status.message.parts if part.text), 500) or "no reason given"
    who = f"remote agent {card.name} (its task {task.id[:128]})"
    state = task.status.state
    if state == TaskState.TASK_STATE_COMPLETED:
        return
    if state == TaskState.TASK_STATE_REJECTED:
        raise AgentRefused(f"{who} rejected this: {said}")
    if state == TaskState.TASK_STATE_INPUT_REQUIRED:
        raise NeedsMissing(f"{who} asks: {said}. Put the answer into the objective, or answer there, and resume")
    if state == TaskState.TASK_STATE_AUTH_REQUIRED:
        raise NeedsMissing(f"{who} wants somebody to authenticate there: {said}")
    if state == TaskState.TASK_STATE_CANCELED:
        raise AgentFailed(f"{who} was canceled there: {said}")
    raise AgentFailed(f"{who} failed: {said}")


@contextmanager
def _translated(url: str) -> Iterator[None]:
    """What the SDK raises, in our words; what ours raise goes through."""
    from a2a.client.errors import A2AClientError, A2AClientTimeoutError
    from a2a.utils.errors import A2AError, InternalError, TaskNotFoundError
    from google.protobuf.json_format import ParseError

    where = shown(url)
    try:
        yield
    except A2AClientTimeoutError as error:
        raise NetworkError(f"{where}: no answer in time") from error
    except (A2AClientError, InternalError) as error:
        said = clean(str(error), 200)
        if re.search(r"HTTP Error 40[13]", said):
            raise wants_credentials(url) from error
        raise NetworkError(f"{where}: answered with an error: {said}") from error
    except TaskNotFoundError as error:
        raise AgentFailed(f"{where}: does not know the task any more that it took") from error
    except A2AError as error:
        raise AgentRefused(f"{where}: refused the message: {clean(str(error), 300)}") from error
    except (ParseError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise NetworkError(f"{where}: answered something that is not A2A ({type(error).__name__})") from error
