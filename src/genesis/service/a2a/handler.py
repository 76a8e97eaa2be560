"""A2A's operations over `Runs`. One handler for the root (every run), one for each agent (its own runs only)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import NoReturn

from a2a.server.context import ServerCallContext
from a2a.server.events.event_queue import Event as A2AEvent
from a2a.server.request_handlers.request_handler import RequestHandler
from a2a.types.a2a_pb2 import (
    AgentCard,
    CancelTaskRequest,
    DeleteTaskPushNotificationConfigRequest,
    GetExtendedAgentCardRequest,
    GetTaskPushNotificationConfigRequest,
    GetTaskRequest,
    ListTaskPushNotificationConfigsRequest,
    ListTaskPushNotificationConfigsResponse,
    ListTasksRequest,
    ListTasksResponse,
    Message,
    SendMessageRequest,
    SubscribeToTaskRequest,
    Task,
    TaskPushNotificationConfig,
)

from genesis.errors import GenesisError, NotFound
from genesis.execute.run import TERMINAL, Run, RunStatus
from genesis.security.redact.redactor import LARGE
from genesis.service import observe
from genesis.service.a2a import incoming
from genesis.service.a2a.admission import Admission, Reply, Taken
from genesis.service.a2a.errors import (
    NotCancelable,
    NotSupported,
    PushNotSupported,
    failed,
    translated,
    translated_stream,
)
from genesis.service.a2a.listing import Listing
from genesis.service.a2a.messages import Messages
from genesis.service.a2a.outgoing import SETTLED, Outgoing
from genesis.service.a2a.recent import Recent
from genesis.service.a2a.updates import follow
from genesis.service.own import OwnRuns
from genesis.service.parts import Parts
from genesis.service.waiting import settled

MAX_BLOCK_S = 900.0


class Handler(RequestHandler):
    """Every method raises `A2AError` and nothing else; see `errors.translate`."""

    def __init__(self, parts: Parts, messages: Messages, recent: Recent, agent: str | None) -> None:
        self.parts = parts
        self.messages = messages
        self.recent = recent
        self.agent = agent
        self.runs = OwnRuns(parts.runs)
        self.outgoing = Outgoing(parts.url, parts.artifacts, parts.registry)
        self.admission = Admission(parts, messages, recent, agent)
        self.listing = Listing(parts, messages, recent, agent, self.outgoing)

    async def on_message_send(self, params: SendMessageRequest, context: ServerCallContext) -> Task | Message:
        return await translated(context, lambda: self._send(params))

    async def on_message_send_stream(
        self, params: SendMessageRequest, context: ServerCallContext
    ) -> AsyncGenerator[A2AEvent]:
        async with aclosing(translated_stream(context, self._send_stream(params, context))) as events:
            async for event in events:
                yield event

    async def on_get_task(self, params: GetTaskRequest, context: ServerCallContext) -> Task | None:
        return await translated(context, lambda: self._get(params))

    async def on_list_tasks(self, params: ListTasksRequest, context: ServerCallContext) -> ListTasksResponse:
        return await translated(context, lambda: self.listing.page(params))

    async def on_cancel_task(self, params: CancelTaskRequest, context: ServerCallContext) -> Task | None:
        return await translated(context, lambda: self._cancel(params))

    async def on_subscribe_to_task(
        self, params: SubscribeToTaskRequest, context: ServerCallContext
    ) -> AsyncGenerator[A2AEvent]:
        async with aclosing(translated_stream(context, self._subscribe(params, context))) as events:
            async for event in events:
                yield event

    # ---- what they do -----------------------------------------------------------------------------------------------

    async def _send(self, params: SendMessageRequest) -> Task | Message:
        asked = await self._read(params)
        taken = await self.admission.admit(params.message, asked)
        observe.durable(self.parts.clock)
        if isinstance(taken, Reply):
            return self.outgoing.reply(taken, asked.digest)
        run = taken.run
        if not params.configuration.return_immediately and (taken.moved or run.status not in SETTLED):
            run = await settled(self.parts, run.id, MAX_BLOCK_S)
        history = params.configuration.history_length if params.configuration.HasField("history_length") else None
        return await self._task(run, history)

    async def _send_stream(self, params: SendMessageRequest, context: ServerCallContext) -> AsyncIterator[A2AEvent]:
        asked = await self._read(params)
        taken = await self.admission.admit(params.message, asked)
        observe.durable(self.parts.clock)
        if isinstance(taken, Reply):
            yield self.outgoing.reply(taken, asked.digest)
            return
        async for event in self._follow(taken, SETTLED, context):
            yield event

    async def _read(self, params: SendMessageRequest) -> incoming.Asked:
        if params.ByteSize() < LARGE:
            return incoming.read(params, self.parts.redactor)
        return await asyncio.to_thread(incoming.read, params, self.parts.redactor)  # it redacts

    async def _get(self, params: GetTaskRequest) -> Task:
        run = await self._own(params.id)
        history = params.history_length if params.HasField("history_length") else None
        if history is not None and history < 0:
            raise NotSupported("historyLength: must not be negative")
        return await self._task(run, history)

    async def _cancel(self, params: CancelTaskRequest) -> Task:
        run = await self._own(params.id)
        if run.status in TERMINAL:
            raise NotCancelable(f"task {run.id} is {run.status} and cannot be canceled")
        return await self._task(await self.runs.cancel(run.id))

    async def _subscribe(self, params: SubscribeToTaskRequest, context: ServerCallContext) -> AsyncIterator[A2AEvent]:
        told = (await self.recent.stand(params.id)).seq  # before the run is read: what comes between may come twice
        run = await self._own(params.id)
        if run.status in TERMINAL:
            raise NotSupported(f"task {run.id} is {run.status}; there is nothing more to come (use GetTask)")
        # Through questions too, to the end (3.1.6): who subscribes wants to see the answer work.
        async for event in self._follow(Taken(run, told), TERMINAL, context):
            yield event

    async def _follow(
        self, taken: Taken, until: frozenset[RunStatus], context: ServerCallContext
    ) -> AsyncIterator[A2AEvent]:
        """The run's events, from where the reader left off (`state["after"]`) if it says so; before each is handed
        out, its number is in `state["event"]`."""
        stand = await self.recent.stand(taken.run.id)
        left = context.state.get("after")
        if left is not None:  # a number that was never given is no reason to wait for it
            taken = replace(taken, after=min(left, stand.seq))
        async for number, event in follow(self.parts, self.messages, self.outgoing, taken, stand.at, until):
            context.state["event"] = number
            yield event

    async def _task(self, run: Run, history: int | None = None) -> Task:
        stand = await self.recent.stand(run.id)
        return self.outgoing.task(run, await self.messages.of(run.id), stand.at, history=history)

    async def _own(self, run_id: str) -> Run:
        """The run, if it is this door's. Somebody else's is not there, alike."""
        missing = NotFound(f"task {run_id[:128]!r}: not here")
        try:
            run = await self.runs.get(run_id)
        except NotFound as error:
            raise missing from error
        if self.agent is not None and run.objective.agent != self.agent:
            raise missing
        return run

    # ---- what is not offered ----------------------------------------------------------------------------------------

    async def on_get_extended_agent_card(
        self, params: GetExtendedAgentCardRequest, context: ServerCallContext
    ) -> AgentCard:
        await _refuse(context, NotSupported("there is no extended card; the public one says everything"))

    async def on_create_task_push_notification_config(
        self, params: TaskPushNotificationConfig, context: ServerCallContext
    ) -> TaskPushNotificationConfig:
        await _refuse(context, _NO_PUSH)

    async def on_get_task_push_notification_config(
        self, params: GetTaskPushNotificationConfigRequest, context: ServerCallContext
    ) -> TaskPushNotificationConfig:
        await _refuse(context, _NO_PUSH)

    async def on_list_task_push_notification_configs(
        self, params: ListTaskPushNotificationConfigsRequest, context: ServerCallContext
    ) -> ListTaskPushNotificationConfigsResponse:
        await _refuse(context, _NO_PUSH)

    async def on_delete_task_push_notification_config(
        self, params: DeleteTaskPushNotificationConfigRequest, context: ServerCallContext
    ) -> None:
        await _refuse(context, _NO_PUSH)


_NO_PUSH = PushNotSupported("push notifications are not offered; stream, or ask with GetTask")


async def _refuse(context: ServerCallContext, error: GenesisError) -> NoReturn:
    raise failed(context, error)
