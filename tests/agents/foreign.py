"""A remote A2A agent that somebody else wrote: a2a-sdk's own server on a free port of this machine."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import uvicorn
from a2a.server.agent_execution import AgentExecutor, RequestContext
from a2a.server.events import EventQueue
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes import create_agent_card_routes, create_jsonrpc_routes
from a2a.server.tasks import InMemoryTaskStore, TaskUpdater
from a2a.types.a2a_pb2 import (
    AgentCapabilities,
    AgentCard,
    AgentInterface,
    AgentSkill,
    Message,
    Part,
    Role,
    Task,
    TaskState,
    TaskStatus,
)
from starlette.applications import Starlette


@dataclass
class Foreign:
    """`got`: the messages, `headers`: those of each request, `canceled`: the texts of tasks that were canceled."""

    url: str = ""
    got: list[Message] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)
    canceled: list[str] = field(default_factory=list)


class Executor(AgentExecutor):
    """Does what the first word of the message says."""

    def __init__(self, seen: Foreign) -> None:
        self.seen = seen
        self.texts: dict[str, str] = {}

    async def execute(self, context: RequestContext, event_queue: EventQueue) -> None:
        message = context.message
        assert message is not None and context.task_id and context.context_id
        self.seen.got.append(message)
        text = context.get_user_input()
        self.texts[context.task_id] = text
        if text.startswith("just talk"):
            said = Message(message_id="m", role=Role.ROLE_AGENT, parts=[Part(text="Only words.")])
            await event_queue.enqueue_event(said)
            return
        state = TaskStatus(state=TaskState.TASK_STATE_SUBMITTED)
        await event_queue.enqueue_event(Task(id=context.task_id, context_id=context.context_id, status=state))
        task = TaskUpdater(event_queue, context.task_id, context.context_id)
        await task.start_work()
        say = task.new_agent_message([Part(text=f"About \x1b[31m{text}\x07: done.")])
        word = text.partition(" ")[0]
        if word == "hang":
            await asyncio.sleep(600)
        elif word == "files":
            page = Part(text="# Page", filename="../notes/page.md", media_type="text/markdown")
            blob = Part(raw=bytes(range(256)), filename="blob.bin", media_type="application/octet-stream")
            figures = Part(media_type="application/json")
            figures.data.struct_value.update({"answer": {"degrees": 21}})
            away = Part(url="http://127.0.0.1:1/away.png", media_type="image/png")
            for name, part in {"page": page, "blob": blob, "figures": figures, "away": away}.items():
                await task.add_artifact([part], name=name)
            await task.complete()
        elif word == "fail":
            await task.failed(say)
        elif word == "reject":
            await task.reject(say)
        elif word == "ask":
            await task.requires_input(say)
        else:
            await task.complete(say)

    async def cancel(self, context: RequestContext, event_queue: EventQueue) -> None:
        assert context.task_id and context.context_id
        self.seen.canceled.append(self.texts[context.task_id])
        await TaskUpdater(event_queue, context.task_id, context.context_id).cancel()


@contextmanager
def foreign(
    *skills: AgentSkill, binding: str = "JSONRPC", version: str = "1.0", at: str | None = None
) -> Iterator[Foreign]:
    """The agent, as long as the block lasts. `at`: what its card says of its address, if that is another."""
    seen = Foreign()
    sock = socket.create_server(("127.0.0.1", 0))
    seen.url = f"http://127.0.0.1:{sock.getsockname()[1]}"
    card = AgentCard(
        name="Weather & Tides",
        description="Knows the weather.",
        version="3.1",
        supported_interfaces=[
            AgentInterface(url=at or f"{seen.url}/rpc", protocol_binding=binding, protocol_version=version)
        ],
        capabilities=AgentCapabilities(streaming=True),
        default_input_modes=["text/plain"],
        default_output_modes=["text/plain"],
        skills=skills
        or [AgentSkill(id="fore-cast", name="Forecast", description="Says\nwhat comes.", tags=[], examples=["Rain?"])],
    )
    executor = Executor(seen)
    handler = DefaultRequestHandler(agent_executor=executor, task_store=InMemoryTaskStore(), agent_card=card)
    app = Starlette(routes=[*create_agent_card_routes(card), *create_jsonrpc_routes(handler, "/rpc")])

    async def noted(scope: object, receive: object, send: object) -> None:
        headers = dict(scope["headers"]) if scope["type"] == "http" else {}  # type: ignore[index]
        seen.traces.append(headers.get(b"traceparent", b"").decode())
        await app(scope, receive, send)  # type: ignore[arg-type]

    server = uvicorn.Server(uvicorn.Config(noted, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[sock])), daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        server.should_exit = server.force_exit = True
        thread.join(10)
        sock.close()
