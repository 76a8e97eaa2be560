"""What a code base does that somebody must be able to see, and with what it can be seen today."""

from __future__ import annotations

import asyncio

from genesis.finding import NotDone, Source
from genesis.frozen import Frozen
from genesis.security.workspace import Workspace
from genesis.tools.instrumentation.seen import Endpoint, Job, Metric, Outgoing, Seen, Silent, look
from genesis.tools.python.modules import Module, modules
from genesis.tools.tool import ToolContext, tool


class SurveyInstrumentationInput(Frozen):
    """Nothing to choose: the whole workspace is read."""


class SurveyInstrumentationOutput(Frozen):
    """`whole_app`: where a library is taken in that measures all requests. `log_calls` counts lines that log.

    `files`: how many production modules were read.
    """

    files: int
    endpoints: tuple[Endpoint, ...]
    jobs: tuple[Job, ...]
    outgoing: tuple[Outgoing, ...]
    metrics: tuple[Metric, ...]
    silent: tuple[Silent, ...]
    whole_app: tuple[Source, ...]
    log_calls: int
    first_log: Source | None
    not_done: tuple[NotDone, ...] = ()


@tool(trust="file", timeout_s=90)
async def survey_instrumentation(
    given: SurveyInstrumentationInput, context: ToolContext
) -> SurveyInstrumentationOutput:
    """Lists the endpoints, jobs and outgoing calls of the workspace's Python code, and its metrics and logs."""
    return await asyncio.to_thread(_survey, context.workspace_for("surveying the code"))


def _survey(workspace: Workspace) -> SurveyInstrumentationOutput:
    not_done: list[NotDone] = []
    seen: list[tuple[Module, Seen]] = []
    for module in modules(workspace, not_done):
        try:
            seen.append((module, look(module)))
        except RecursionError:
            not_done.append(NotDone(what=module.file, why="nested too deeply to be read"))
    variables = {name for _, one in seen for name in one.metric_variables}
    covered = any(one.whole_app for _, one in seen)
    measured_hook = any(one.names_used.get(hook, set()) & variables for _, one in seen for hook in one.hooks)
    endpoints: list[Endpoint] = []
    jobs: list[Job] = []
    for _, one in seen:
        logged_hook = bool(one.hooks & one.logging_functions)
        for endpoint in one.endpoints:
            own = bool(one.names_used.get(endpoint.handler, set()) & variables)
            logged = logged_hook or endpoint.handler in one.logging_functions
            endpoints.append(
                endpoint.model_copy(update={"measured": covered or measured_hook or own, "logged": logged})
            )
        jobs.extend(
            job.model_copy(
                update={"measured": bool(one.names_used.get(job.name.rpartition(".")[2], set()) & variables)}
            )
            for job in one.jobs
        )
    logs = [place for _, one in seen for place in one.log_calls]
    return SurveyInstrumentationOutput(
        files=len(seen),
        endpoints=tuple(endpoints),
        jobs=tuple(jobs),
        outgoing=tuple(call for _, one in seen for call in one.outgoing),
        metrics=tuple(metric for _, one in seen for metric in one.metrics),
        silent=tuple(silent for _, one in seen for silent in one.silent),
        whole_app=tuple(place for _, one in seen for place in one.whole_app),
        log_calls=len(logs),
        first_log=logs[0] if logs else None,
        not_done=tuple(not_done),
    )
