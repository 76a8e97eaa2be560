"""The release plan and the release notes as Markdown."""

from __future__ import annotations

from genesis.agents.deploy.gates import Gate, Version
from genesis.agents.deploy.rollout import TRIGGERS, Rollout
from genesis.tools.inspect_project import InspectProjectOutput


def release_plan(
    name: str, version: Version, checks: list[Gate], plan: Rollout, project: InspectProjectOutput | None
) -> str:
    """What to do before, during and after, with the place that each line comes from."""
    number = version.number or "unknown"
    lines = [f"# Release plan: {name} {number}", ""]
    if version.source and version.source.file:
        lines += [f"Version {number} is stated in {version.source}.", ""]
    lines += ["## Changes", "", *_changes(version), "", "## Before", ""]
    lines += [
        f"- [{'x' if gate.state == 'pass' else ' '}] {gate.name}: {gate.state} ({gate.detail})" for gate in checks
    ]
    if project:
        commands = [*project.checks, *project.tests, *project.build]
        lines += [f"- [ ] `{one.run}` ({one.why}, {one.source})" for one in commands]
    lines += ["- [ ] A second person has read the changes.", "- [ ] The way back below was tried once.", ""]
    lines += ["## Rollout", "", "| after | share of users | needed to go on |", "|---|---|---|"]
    for step in plan.steps:
        need = "an approval, and " if step.approval else ""
        what = "nothing is switched on yet" if step.share == 0 else f"{need}no trigger fired, figures are fresh"
        lines.append(f"| {_after(step.after_hours)} | {step.share:g} % | {what} |")
    lines += ["", f"After 100 % it is watched for {plan.bake_hours:g} hours, with a report every 8.", ""]
    lines += ["## Triggers", "", "| trigger | when | then |", "|---|---|---|"]
    lines += [f"| {what} | {when} | {then} |" for what, when, then in TRIGGERS]
    lines += ["", "## The way back", ""]
    lines += [
        "1. Set the share to 0 %: every new request takes the old version at once.",
        "2. Check that it did: requests of the new version stop within a minute, and the error rate falls.",
        f"3. Keep {name} {number} where it is, for the search for the cause; do not retry within the hour.",
        "4. If data was written in a new form: stop writes, restore the last backup beside, compare, then switch.",
        "5. Write down the trigger, its figure and the time, and open a ticket before the next try.",
    ]
    return "\n".join(lines) + "\n"


def release_notes(name: str, version: Version, patched: tuple[str, ...]) -> str:
    """What is in the version, for its readers."""
    lines = [f"# {name} {version.number}", "", *_changes(version)]
    if patched:
        lines += ["", "Changed by this run: " + ", ".join(patched[:30]) + "."]
    return "\n".join(lines) + "\n"


def _changes(version: Version) -> list[str]:
    if version.changes is None:
        return [f"Unknown: {version.note or 'no changelog section is about this version'}."]
    return [f"- {entry.text}" for entry in version.changes.entries] or ["The changelog's section is empty."]


def _after(hours: float) -> str:
    return "the start" if hours == 0 else f"{hours / 24:g} d" if hours >= 24 and hours % 24 == 0 else f"{hours:g} h"
