"""Health: which addresses are asked, and what their answers mean for the report."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from genesis.agents.draft import Draft
from genesis.agents.monitoring.asked import prometheus_in
from genesis.agents.result import Assignment
from genesis.agents.toolbox import Toolbox
from genesis.finding import Finding, Source
from genesis.security.edge.outbound import hosts_in, is_loopback, shown, urls_in
from genesis.security.workspace import Workspace
from genesis.tools.places.place import place
from genesis.tools.places.text_lines import lines_of
from genesis.tools.probe_health import Probe, ProbeHealthInput, probe_health

MAX_TARGETS = 5
CONFIGURATION = (".yaml", ".yml", ".toml", ".ini", ".cfg", ".env", ".json", "Dockerfile")
# Only these are asked when it was the workspace that named them: a hostile file must not choose what we call.
HEALTH_PATH = re.compile(r"/(?:-/)?(?:health|healthz|healthy|livez?|liveness|readyz?|readiness|ping|status|up)/?$")


async def check_health(task: Assignment, tools: Toolbox, draft: Draft) -> bool:
    """Probes what the objective or the workspace's configuration names. Whether there was anything to probe."""
    named = hosts_in(task.objective)
    prometheus = prometheus_in(task.objective)
    asked = [url for url in urls_in(task.goal) or urls_in(task.objective) if not _same(url, prometheus)]
    places: dict[str, Source] = {}
    if not asked and tools.workspace is not None:
        places = _configured(tools.workspace, named, draft)
        asked = list(places)
    if not asked:
        return False
    if len(asked) > MAX_TARGETS:
        draft.skip(f"{len(asked) - MAX_TARGETS} more addresses", f"at most {MAX_TARGETS} are asked in one task")
    targets = tuple(asked[:MAX_TARGETS])
    output = await tools.call(probe_health, ProbeHealthInput(urls=targets))
    for url, probe in zip(targets, output.probes, strict=True):
        _report(probe, places.get(url), draft)
    states = [probe.health for probe in output.probes]
    if len(states) == 1:
        draft.lines.append(f"{output.probes[0].url} is {states[0]}: {output.probes[0].reason}")
    else:
        counts = ", ".join(
            f"{states.count(state)} {state}" for state in ("healthy", "unhealthy", "unknown") if state in states
        )
        draft.lines.append(f"of {len(states)} addresses {counts}")
    draft.output["health"] = [{"url": probe.url, "health": probe.health} for probe in output.probes]
    return True


def _report(probe: Probe, configured: Source | None, draft: Draft) -> None:
    how = f"{probe.asked} request{'s' * (probe.asked > 1)}"
    slowest = f", the slowest {probe.slowest_ms:g} ms" if probe.slowest_ms is not None else ""
    source = Source(url=probe.url, query=f"GET {probe.url}")
    draft.fact(f"{probe.url} is {probe.health}: {probe.reason} ({how}{slowest}).", source, *filter(None, [configured]))
    if probe.health == "unhealthy":
        draft.findings.append(
            Finding(
                kind="service_unhealthy",
                severity="critical",
                message=f"{probe.url} is unhealthy: {probe.reason}",
                source=configured or source,
                remedy="Look at the service's log at this time; the answer itself says what it says above.",
            )
        )
    elif probe.health == "unknown":
        lost = not probe.statuses
        draft.findings.append(
            Finding(
                kind="service_unreachable" if lost else "health_unknown",
                severity="high" if lost else "medium",
                message=f"the health of {probe.url} is unknown: {probe.reason}",
                source=configured or source,
                remedy="Check that it runs and that the address is right."
                if lost
                else "Name the address of its health check, or give it one that answers 200.",
            )
        )


def _configured(workspace: Workspace, named: frozenset[str], draft: Draft) -> dict[str, Source]:
    """Addresses of health checks in configuration files, with their places."""
    found: dict[str, Source] = {}
    for file in workspace.files:
        if not file.name.endswith(CONFIGURATION) or file.size > 200_000 or file.name.endswith("lock.json"):
            continue
        for number, line in enumerate(lines_of(workspace.read_text(file.name) or ""), 1):
            if "://" not in line:
                continue
            for url in urls_in(line[:2000]):
                if not HEALTH_PATH.search(urlsplit(url).path) or shown(url) != url:
                    continue
                if is_loopback(url) or (urlsplit(url).hostname or "") in named:
                    found.setdefault(url, place(file.name, number, line))
                else:
                    what = f"probing {shown(url)} ({file.name}:{number})"
                    draft.skip(what, "a file names it, not you: put the address into the objective to have it probed")
    return found


def _same(url: str, prometheus: str | None) -> bool:
    return prometheus is not None and urlsplit(url).netloc == urlsplit(prometheus).netloc
