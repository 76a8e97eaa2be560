"""The observability plan: what the code does, what of it can be seen, what is missing; each with file and line."""

from __future__ import annotations

from collections.abc import Sequence

from genesis.agents.draft import Draft
from genesis.agents.monitoring.name import dashed, service_name
from genesis.agents.result import Assignment
from genesis.agents.toolbox import Toolbox
from genesis.finding import Finding, Source
from genesis.tools.instrumentation.seen import Endpoint
from genesis.tools.survey_instrumentation import (
    SurveyInstrumentationInput,
    SurveyInstrumentationOutput,
    survey_instrumentation,
)

FILE = "observability-plan.md"
HEALTH = ("/health", "/healthz", "/livez", "/readyz", "/ready", "/live", "/ping", "/status", "/up")


async def plan_observability(task: Assignment, tools: Toolbox, draft: Draft) -> bool:
    """Surveys the workspace's code and says what is to be measured. Whether there was code to survey."""
    if tools.workspace is None:
        return False
    name, _ = await service_name(task, tools)
    seen = await tools.call(survey_instrumentation, SurveyInstrumentationInput())
    draft.not_done.extend(seen.not_done)
    if not seen.files:
        draft.skip(
            "the observability plan", "the workspace has no Python code of its own; other languages are not read"
        )
        return False
    _facts(seen, draft)
    _findings(seen, draft)
    draft.artifacts.append(tools.artifact(FILE, "text/markdown", _page(name, seen)))
    missing = sum(not one.measured for one in seen.endpoints) + sum(not one.measured for one in seen.jobs)
    draft.lines.append(
        f"{len(seen.endpoints)} endpoints, {len(seen.jobs)} jobs and {len(seen.outgoing)} outgoing calls in"
        f" {seen.files} modules; {missing} of the endpoints and jobs have no metric"
    )
    draft.output["observability"] = {
        "endpoints": len(seen.endpoints),
        "jobs": len(seen.jobs),
        "outgoing": len(seen.outgoing),
        "metrics": [metric.name for metric in seen.metrics],
        "not_measured": missing,
    }
    return True


def _facts(seen: SurveyInstrumentationOutput, draft: Draft) -> None:
    for endpoint in seen.endpoints[:60]:
        draft.fact(f"{endpoint.method} {endpoint.path} is answered by {endpoint.handler}.", endpoint.source)
    for job in seen.jobs[:30]:
        draft.fact(f"{job.name} runs as a {job.kind}.", job.source)
    for call in seen.outgoing[:30]:
        draft.fact(f"{call.call} reaches out ({call.kind}).", call.source)
    for metric in seen.metrics[:60]:
        labels = f" with the labels {', '.join(metric.labels)}" if metric.labels else ""
        draft.fact(f"The {metric.kind.lower()} {metric.name} is there{labels}.", metric.source)
    for place in seen.whole_app[:3]:
        draft.fact("A library that measures every request is taken in.", place)
    if seen.first_log:
        draft.fact(f"{seen.log_calls} calls write to a log; the first is this one.", seen.first_log)


def _findings(seen: SurveyInstrumentationOutput, draft: Draft) -> None:
    """Few and worth acting on: one per kind of gap where a gap has many places, its first place shown."""

    def gap(kind: str, severity: str, message: str, source: Source, remedy: str) -> None:
        found = {"kind": kind, "severity": severity, "message": message, "source": source, "remedy": remedy}
        draft.findings.append(Finding.model_validate(found))

    blind = [one for one in seen.endpoints if not one.measured]
    if blind:
        gap(
            "endpoints_not_measured",
            "medium",
            f"{len(blind)} of {len(seen.endpoints)} endpoints have no metric: their errors and delays are invisible",
            blind[0].source,
            "Count requests by route and status, and time them in a histogram, in one hook round all requests.",
        )
    silent_jobs = [one for one in seen.jobs if not one.measured]
    if silent_jobs:
        gap(
            "jobs_not_measured",
            "medium",
            f"{len(silent_jobs)} of {len(seen.jobs)} jobs have no metric: one that stops is noticed by nobody",
            silent_jobs[0].source,
            "Record the time of the last success in a gauge, and alert on its age.",
        )
    if seen.endpoints and not any(_is_health(one) for one in seen.endpoints):
        gap(
            "no_health_endpoint",
            "medium",
            f"none of {len(seen.endpoints)} endpoints tells whether the service is healthy",
            seen.endpoints[0].source,
            "Add GET /health that checks what the service depends on.",
        )
    if seen.log_calls == 0 and (seen.endpoints or seen.jobs):
        gap(
            "nothing_logged",
            "medium",
            f"none of {seen.files} modules writes to a log",
            seen.endpoints[0].source if seen.endpoints else seen.jobs[0].source,
            "Log each request's outcome with an id that follows it.",
        )
    for call in seen.outgoing:
        if not call.bounded:
            gap(
                "call_without_timeout",
                "medium",
                f"{call.call} has no time-out: when the other side hangs, this does too",
                call.source,
                "Give it a `timeout`.",
            )
    for silent in seen.silent:
        gap(
            "silent_failure",
            "low",
            f"catches {silent.caught} and leaves no trace",
            silent.source,
            "Log it, count it, or catch only what is expected.",
        )


def _page(name: str, seen: SurveyInstrumentationOutput) -> str:
    prefix = dashed(name).replace("-", "_")
    lines = [
        f"# Observability plan of {name}",
        "",
        f"Read: {seen.files} Python modules, without tests and examples.",
        "",
    ]
    lines += ["## What is there to be seen", ""]
    lines += _table(
        ("what", "where", "metric", "log"),
        [(f"{e.method} {e.path}", e.source, _yes(e.measured), _yes(e.logged)) for e in seen.endpoints]
        + [(f"{j.kind} {j.name}", j.source, _yes(j.measured), "-") for j in seen.jobs]
        + [(f"call {c.call}", c.source, "-", "-") for c in seen.outgoing],
    )
    lines += ["", "## Metrics that exist", ""]
    lines += _table(
        ("metric", "where", "kind", "labels"),
        [(m.name, m.source, m.kind.lower(), ", ".join(m.labels) or "-") for m in seen.metrics],
    )
    lines += ["", "## Metrics to add", ""]
    lines += _wanted(prefix, seen) or ["None: every endpoint and job has one."]
    return "\n".join(lines) + "\n"


def _wanted(prefix: str, seen: SurveyInstrumentationOutput) -> list[str]:
    wanted = []
    if any(not one.measured for one in seen.endpoints):
        wanted.append(
            f"- `{prefix}_requests_total` (counter; labels route, method, status): rate and errors of requests."
        )
        wanted.append(f"- `{prefix}_request_duration_seconds` (histogram; label route): how long they take.")
    if any(not one.measured for one in seen.jobs):
        wanted.append(f"- `{prefix}_job_last_success_timestamp_seconds` (gauge; label job): alert on its age.")
        wanted.append(f"- `{prefix}_job_failures_total` (counter; label job).")
    kinds = sorted({one.kind for one in seen.outgoing})
    if kinds and not any("outgoing" in one.name or "client" in one.name for one in seen.metrics):
        listed = ", ".join(kinds)
        wanted.append(
            f"- `{prefix}_outgoing_duration_seconds` (histogram; labels kind, outcome; kinds here: {listed})."
        )
    return wanted


def _table(head: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> list[str]:
    if not rows:
        return ["None found."]
    shown = rows[:300]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(str(cell).replace('|', '/') for cell in row)} |" for row in shown]
    return lines + ([f"| {len(rows) - len(shown)} more |" + " |" * (len(head) - 1)] if len(rows) > len(shown) else [])


def _yes(there: bool) -> str:
    return "yes" if there else "**no**"


def _is_health(endpoint: Endpoint) -> bool:
    return endpoint.path.rstrip("/").endswith(HEALTH)
