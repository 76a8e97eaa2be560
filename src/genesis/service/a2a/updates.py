"""A run's events as A2A's stream: first the task as it stands, then every change."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import cast

from a2a.server.events.event_queue import Event as A2AEvent

from genesis.execute.run import Event, Run, RunStatus
from genesis.service.a2a.admission import Taken
from genesis.service.a2a.messages import Messages
from genesis.service.a2a.outgoing import Outgoing, context_of
from genesis.service.own import OwnRuns
from genesis.service.parts import Parts
from genesis.service.rest.view import artifacts
from genesis.service.waiting import events


async def follow(
    parts: Parts, messages: Messages, outgoing: Outgoing, taken: Taken, at: float, until: frozenset[RunStatus]
) -> AsyncIterator[tuple[int, A2AEvent]]:
    """The run as `taken` shows it (it last changed its state `at`), then what happened after event `taken.after`.

    Each with the number of the event that it is about: who comes back with it misses nothing.
    Ends when the run is in one of `until`, and when the service drains (a client then subscribes again).
    """
    run = taken.run
    said = await messages.of(run.id)
    context = context_of(run, said)
    yield taken.after, outgoing.task(run, said, at)
    if run.status in until and not taken.moved:
        return
    told = run.status
    shown = {(by, one.name) for by, one in artifacts(run)}
    async for event in events(parts, run.id, taken.after):
        assert event is not None  # no ticks were asked for
        then = cast("RunStatus", event.data["status"]) if event.kind == "run" else None
        if event.kind == "task":
            yield event.seq, outgoing.progress(run, context, event.at, event.seq, _sentence(event))
            if event.data.get("status") != "done":
                continue
        elif then in {None, "submitted"} or then == told == "working":
            continue
        run = await OwnRuns(parts.runs).get(run.id)  # may be further than the event: it is the event that is told
        for by, one in artifacts(run):
            if (by, one.name) not in shown:
                shown.add((by, one.name))
                yield event.seq, outgoing.artifact_update(run, context, by, one)
        if then is None or (then in until and run.status != then):
            continue  # it stopped there once, and went on since
        told = then
        yield event.seq, outgoing.status_update(_as_then(run, event), context, event.at)
        if then in until:
            return


def _as_then(run: Run, event: Event) -> Run:
    """The run with the state, and what it asked, of the time of the event."""
    asked = cast("Sequence[str]", event.data.get("waiting_for", ()))
    then = {"status": event.data["status"], "question": event.data.get("question"), "waiting_for": tuple(asked)}
    return run.model_copy(update=then)


def _sentence(event: Event) -> str:
    task = event.data
    who = f"{task['agent']}: " if task.get("agent") else ""
    return f"{who}{task.get('goal', task['id'])} ({task.get('status')})"
