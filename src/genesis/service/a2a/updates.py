"""A run's events as A2A's stream: first the task as it stands, then every change, to the end or to a question."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import cast

from a2a.server.events.event_queue import Event as A2AEvent

from genesis.execute.run import Event
from genesis.service.a2a.admission import Taken
from genesis.service.a2a.messages import Messages
from genesis.service.a2a.outgoing import SETTLED, Outgoing, context_of
from genesis.service.parts import Parts
from genesis.service.rest.view import artifacts


async def follow(parts: Parts, messages: Messages, outgoing: Outgoing, taken: Taken) -> AsyncIterator[A2AEvent]:
    """The run as `taken` shows it, then what changes.

    Ends when the run has ended or waits for somebody, and when the service drains (a client then subscribes again).
    """
    run = taken.run
    said = await messages.of(run.id)
    context = context_of(run, said)
    yield outgoing.task(run, said)
    if run.status in SETTLED and not taken.moved:
        return
    status = run.status
    shown = {(by, one.name) for by, one in artifacts(run)}
    async with aclosing(cast("AsyncGenerator[Event, None]", parts.runs.events(run.id))) as events:
        async for event in events:
            if event.kind == "task":
                if event.at < taken.since:
                    continue
                yield outgoing.progress(run, context, event.at, event.seq, _sentence(event))
                if event.data.get("status") != "done":
                    continue
            elif event.kind != "run" or (taken.moved and event.at < taken.since):
                continue
            run = await parts.runs.get(run.id)
            for by, one in artifacts(run):
                if (by, one.name) not in shown:
                    shown.add((by, one.name))
                    yield outgoing.artifact_update(run, context, by, one)
            if run.status != status or (event.kind == "run" and run.status in SETTLED):
                status = run.status
                yield outgoing.status_update(run, context, event.at)
            if run.status in SETTLED and event.kind == "run":
                return


def _sentence(event: Event) -> str:
    task = event.data
    who = f"{task['agent']}: " if task.get("agent") else ""
    return f"{who}{task.get('goal', task['id'])} ({task.get('status')})"
