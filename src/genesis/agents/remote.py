"""A remote A2A agent as one of the fleet: its card becomes ours, a task becomes a message, its answer a result.

Only here and in `service/a2a` are a2a's types known. Words go out (the goal, and of earlier tasks' products what the
card names), nothing else; files of the workspace only when the card says `needs: [workspace]`. What comes back is
somebody else's word: it is bounded, cleaned, and labelled `agent`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from genesis.agents import reach
from genesis.agents.card import AgentCard, Example, TaskType
from genesis.agents.reply import clean, reply
from genesis.agents.result import Assignment, Result
from genesis.agents.toolbox import STOPPING, Toolbox
from genesis.errors import (
    AgentFailed,
    AgentRefused,
    FileInvalid,
    Forbidden,
    NeedsMissing,
    NetworkError,
    RequestInvalid,
)
from genesis.security.edge.outbound import Resolve, shown, system_resolve
from genesis.telemetry import correlation

# Read when the SDK is imported: its spans cost 11-19 % of its CPU, and nobody exports them.
os.environ.setdefault("OTEL_INSTRUMENTATION_A2A_SDK_ENABLED", "false")

if TYPE_CHECKING:
    import httpx
    from a2a.client import Client
    from a2a.types.a2a_pb2 import AgentCard as A2ACard
    from a2a.types.a2a_pb2 import Message, Task

MAX_CARD_BYTES = 1_000_000
MAX_SENT_BYTES = 10_000_000
MAX_SENT_FILES = 60
CARD_S = 10.0
CANCEL_S = 5.0
FIRST_POLL_S, LAST_POLL_S = 0.05, 2.0
LOST_POLLS = 5
"""How many answers in a row may be lost while a task is followed."""
WELL_KNOWN = "/.well-known/agent-card.json"

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
            client = _client(await _fetch(url, http), http, url)
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


async def describe(url: str, *, private: bool, name: str | None = None, resolve: Resolve = system_resolve) -> AgentCard:
    """Our card for the agent at `url`, from its own: skills become task types and examples.

    Raises `Forbidden`, `NetworkError`, `FileInvalid` when there is no card there that can be used.
    """
    origin = reach.origin(url)
    async with reach.client(url, private=private, resolve=resolve) as http:
        theirs = await _fetch(url, http)
        _client(theirs, http, url)
    own = name or _slug(theirs.name) or _slug(origin[1])
    if own != _slug(own) or not own:
        raise RequestInvalid(f"name {own[:80]!r}: lower-case letters, digits and _, a letter first, at most 64")
    types: dict[str, TaskType] = {}
    examples: list[Example] = []
    for skill in theirs.skills[:64]:
        kind = _slug(skill.id) or _slug(skill.name)
        if not kind or kind in types:
            continue
        said = _line(skill.description) or _line(skill.name) or kind
        types[kind] = TaskType(name=kind, description=said)
        requests = dict.fromkeys(_line(one) for one in skill.examples[:50])
        examples += [Example(request=one, plan={f"{own}.{kind}": ()}) for one in requests if 3 <= len(one) <= 1000]
    if not types:
        raise FileInvalid(f"{shown(url)}: the agent's card names no skill, so nothing could be asked of it")
    return AgentCard(
        name=own,
        title=_line(theirs.name)[:100] or own,
        description=_line(theirs.description) or "; ".join(one.description for one in types.values()),
        version=_line(theirs.version)[:40] or "0",
        task_types=tuple(types.values()),
        timeout_s=600,
        url=url,
        examples=tuple(examples),
    )


# ---- its card -------------------------------------------------------------------------------------------------------


async def _fetch(url: str, http: httpx.AsyncClient) -> A2ACard:
    import orjson
    from a2a.client.card_resolver import parse_agent_card
    from google.protobuf.json_format import ParseError

    address = url if urlsplit(url).path.endswith(".json") else url.rstrip("/") + WELL_KNOWN
    try:
        async with asyncio.timeout(CARD_S), http.stream("GET", address) as answer:
            body = bytearray()
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > MAX_CARD_BYTES:
                    raise NetworkError(f"{shown(address)}: the card has more than {MAX_CARD_BYTES:,} bytes")
    except TimeoutError as error:
        raise NetworkError(f"{shown(address)}: no card within {CARD_S:g} s") from error
    if answer.status_code in {401, 403}:
        raise _wants_credentials(address)
    if answer.status_code != 200:
        raise NetworkError(f"{shown(address)}: answered {answer.status_code}, not with an agent card")
    try:
        return parse_agent_card(orjson.loads(body))
    except (ValueError, ParseError, TypeError) as error:
        raise NetworkError(f"{shown(address)}: is no A2A agent card") from error


def _client(card: A2ACard, http: httpx.AsyncClient, url: str) -> Client:
    """A client for the first interface of the card that we can and may use."""
    from a2a.client import ClientConfig, ClientFactory

    usable = [
        one
        for one in card.supported_interfaces
        if one.protocol_version.partition(".")[0] == "1"
        and one.protocol_binding in {"JSONRPC", "HTTP+JSON"}
        and reach.origin(one.url) == reach.origin(url)
    ]
    if not usable:
        raise AgentRefused(
            f"{shown(url)}: its card offers no A2A 1.x interface over JSONRPC or HTTP+JSON at the same origin"
        )
    del card.supported_interfaces[:]
    card.supported_interfaces.extend(usable[:1])
    config = ClientConfig(
        streaming=False, polling=True, httpx_client=http, supported_protocol_bindings=["JSONRPC", "HTTP+JSON"]
    )
    return ClientFactory(config).create(card)


# ---- there and back -------------------------------------------------------------------------------------------------


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
        parts.append(part)
    files: list[tuple[str, str, bytes]] = []
    if "workspace" in wanted and tools.workspace is not None:
        for file in tools.workspace.files:
            content = tools.workspace.read_bytes(file.name)
            if content is not None:
                files.append((file.name, "application/octet-stream", content))
            if len(files) > MAX_SENT_FILES:
                break
    if wanted - {"workspace"}:
        files += [(one.name, one.media_type, tools.store.read(one)) for one in task.artifacts]
    size = sum(len(content) for _, _, content in files)
    if len(files) > MAX_SENT_FILES or size > MAX_SENT_BYTES:
        raise RequestInvalid(
            f"agent {card.name}: over {MAX_SENT_FILES} files or {MAX_SENT_BYTES:,} bytes would go to it; "
            "give the run a smaller workspace"
        )
    parts += [Part(raw=content, filename=name, media_type=media) for name, media, content in files]
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
            raise _wants_credentials(url) from error
        raise NetworkError(f"{where}: answered with an error: {said}") from error
    except TaskNotFoundError as error:
        raise AgentFailed(f"{where}: does not know the task any more that it took") from error
    except A2AError as error:
        raise AgentRefused(f"{where}: refused the message: {clean(str(error), 300)}") from error
    except (ParseError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise NetworkError(f"{where}: answered something that is not A2A ({type(error).__name__})") from error


def _wants_credentials(url: str) -> Forbidden:
    return Forbidden(f"{shown(url)}: wants credentials, and Genesis has none to give to remote agents yet")


def _slug(text: str) -> str:
    """`text` as a name of ours, or "".

    >>> _slug("Weather & Tides (v2)")
    'weather_tides_v2'
    """
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).lstrip("0123456789_")[:64].rstrip("_")


def _line(text: str) -> str:
    return " ".join(clean(text, 1000).split())
