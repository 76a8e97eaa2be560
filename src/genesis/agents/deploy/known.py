"""What every task of deploy begins with: the project, its changelog, the change of earlier tasks, the gates."""

from __future__ import annotations

import re
from dataclasses import dataclass

from genesis.agents.change import earlier
from genesis.agents.deploy.gates import Gate, Version, gates, version_of
from genesis.agents.draft import Draft
from genesis.agents.result import Assignment
from genesis.agents.toolbox import Toolbox
from genesis.finding import Finding, Source
from genesis.tools.inspect_project import InspectProjectInput, InspectProjectOutput, inspect_project
from genesis.tools.read_changelog import ReadChangelogInput, read_changelog


@dataclass(frozen=True)
class Known:
    """`name` is fit for files; `patches` are the changes of earlier tasks, in order."""

    name: str
    version: Version
    project: InspectProjectOutput | None
    gates: list[Gate]
    patches: tuple[str, ...]


async def know(task: Assignment, tools: Toolbox, draft: Draft) -> Known:
    """Reads the project, says its name and version as facts, and what disagrees as findings."""
    project, log = None, None
    if tools.workspace is not None:
        project = await tools.call(inspect_project, InspectProjectInput())
        log = await tools.call(read_changelog, ReadChangelogInput())
        draft.not_done.extend(project.not_done)
    version = version_of(task.objective, project, log)
    stated = project.name.value if project and project.name else _given_name(task)
    name = re.sub(r"[^a-z0-9]+", "-", (stated or "service").lower()).strip("-")[:50] or "service"
    if project and project.name:
        draft.fact(f"The project is called {project.name.value}.", project.name.source)
    if version.number and version.source:
        draft.fact(f"The version is {version.number}.", version.source)
    if version.changes:
        what = "what is not released yet" if version.changes.version is None else f"version {version.changes.version}"
        draft.fact(f"The changelog lists {len(version.changes.entries)} changes for {what}.", version.changes.heading)
    if version.contradiction:
        message, source = version.contradiction
        draft.findings.append(
            Finding(
                kind="version_mismatch",
                severity="high",
                message=message,
                source=source,
                remedy="Set one of the two right.",
            )
        )
    if version.note and version.source and log and log.file:
        draft.findings.append(
            Finding(
                kind="version_not_in_changelog",
                severity="medium",
                message=version.note,
                source=version.source,
                remedy="Add a section that says what changes for the users.",
            )
        )
    elif version.note:
        draft.skip("what changes with this version", version.note)
    return Known(name, version, project, gates(task.inputs), earlier(task, tools))


def tell_gates(known: Known, draft: Draft) -> None:
    """The gates as facts, findings and gaps."""
    for gate in known.gates:
        source = Source(query=f"{'test_report' if gate.name == 'tests' else 'security_report'} of the task before")
        if gate.state == "unknown":
            draft.skip(f"{gate.name} before the release", f"unknown: {gate.detail}")
        else:
            draft.fact(f"{gate.name.capitalize()}: {gate.detail}.", source)
        if gate.state == "fail":
            draft.findings.append(
                Finding(
                    kind=f"release_blocked_by_{gate.name}",
                    severity="critical",
                    message=gate.detail,
                    source=source,
                    remedy="Mend them and run the task before this one again.",
                )
            )


def _given_name(task: Assignment) -> str | None:
    api = task.inputs.get("api")
    name = api.get("name") if isinstance(api, dict) else None
    return name if isinstance(name, str) else None
