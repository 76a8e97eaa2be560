"""A run's events as A2A's stream: first the task as it stands, then every change, to the end or to a question."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

from a2a.server.events.event_queue import Event as A2AEvent

from genesis.execute.run import Event, Run
from genesis.service.a2a.messages import Messages
from genesis.service.a2a.outgoing import SETTLED, Outgoing, context_of
from genesis.service.parts import Parts
from genesis.service.rest.view import artifacts


async def follow(
    parts: Parts, messages: Messages, outgoing: Outgoing, run: Run, *, after: int = 0
) -> AsyncIterator[A2AEvent]:
    """`run` as it stands, then what happens after event number `after`.

    Changes that `run` already shows are not told again. Ends when the run has ended or waits for somebody, and when
    the service drains (a client then subscribes again).
    """
    said = await messages.of(run.id)
    context = context_of(run, said)
    yield outgoing.task(run, said)
    if run.status in SETTLED:
        return
    status = run.status
    shown = {(by, one.name) for by, one in artifacts(run)}
    done = {task.id: (task.status, task.attempts) for task in run.tasks}
    async with aclosing(parts.runs.events(run.id, after)) as events:
        async for event in events:
            if event.kind == "task":
                task = event.data
                state = (task.get("status"), task.get("attempts"))
                if done.get(str(task["id"])) == state:
                    continue
                done[str(task["id"])] = state  # type: ignore[assignment]
                yield outgoing.progress(run, context, event.at, event.seq, _sentence(event))
                if task.get("status") != "done":
                    continue
            elif event.kind != "run" or event.data.get("status") == status:
                continue
            run = await parts.runs.get(run.id)
            for by, one in artifacts(run):
                if (by, one.name) not in shown:
                    shown.add((by, one.name))
                    yield outgoing.artifact_update(run, context, by, one)
            if run.status != status:
                status = run.status
                yield outgoing.status_update(run, context, event.at)
            if run.status in SETTLED:
                return


def _sentence(event: Event) -> str:
    task = event.data
    who = f"{task['agent']}: " if task.get("agent") else ""
    return f"{who}{task.get('goal', task['id'])} ({task.get('status')})"
