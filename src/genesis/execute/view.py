"""What is told outside of a state: only what is recorded. A task that is done in memory is still running."""

from __future__ import annotations

from collections.abc import Mapping

from genesis.durable.runs import Row
from genesis.execute import graph as g
from genesis.execute.run import Run, RunStatus, TaskState, TaskStatus
from genesis.execute.state import State
from genesis.security.edge.principal import Owner

_SHOWN: Mapping[int, TaskStatus] = {
    g.PENDING: "pending",
    g.RUNNING: "running",
    g.VOLATILE: "running",
    g.DURABLE: "done",
    g.FAILED: "failed",
    g.CANCELED: "canceled",
    g.SKIPPED: "skipped",
    g.WAITING: "waiting",
}


def status(state: State) -> RunStatus:
    """Where the run stands. It asks for input when nothing but an answer or an approval can move it."""
    if state.ended is not None:
        return state.ended
    if state.question is not None:
        return "input_required"
    graph = state.graph
    if g.WAITING not in graph.status:
        return "working"
    for i, one in enumerate(graph.status):
        if graph.composite[i]:
            continue
        if one in (g.RUNNING, g.VOLATILE):
            return "working"
        if one == g.PENDING and (graph.dur if graph.effects[i] else graph.mem)[i] == 0:
            return "working"
    return "input_required"


def task_state(state: State, i: int) -> TaskState:
    """Where the task at place `i` stands."""
    graph = state.graph
    task = graph.tasks[i]
    assert state.prepared is not None
    choice = state.prepared.routed.by_task.get(task.id)
    shown = _SHOWN[graph.status[i]]
    result = state.results.get(task.id)
    tried = shown in ("running", "done", "failed") and not graph.composite[i]
    return TaskState(
        id=task.id,
        goal=task.goal,
        type=choice.type if choice else task.type,
        agent=choice.agent if choice else task.agent,
        depends_on=task.depends_on,
        parent=task.parent,
        status=shown,
        level=result.level if result else None,
        attempts=graph.attempt[i] if tried else graph.attempt[i] - 1,
        seconds=round(state.seconds.get(task.id, 0.0), 6),
        error=state.skipped.get(task.id) if shown == "skipped" else state.errors.get(task.id),
    )


def run(row: Row, state: State) -> Run:
    """Everything that is known of a run."""
    return Run(
        id=row.id,
        owner=Owner(row.tenant, row.subject),
        correlation_id=row.correlation_id,
        status=status(state) if state.prepared or state.ended or row.status != "submitted" else "submitted",
        objective=state.objective,
        created=row.created,
        finished=state.finished,
        prepared=state.prepared,
        tasks=tuple(task_state(state, i) for i in range(len(state.graph.ids))),
        results=dict(state.results),
        error=state.error,
        question=state.question,
        waiting_for=state.waiting_for,
        asks=tuple(ask for name in state.waiting_for for ask in state.asks.get(name, ())),
        revisions=tuple(state.revisions),
    )
