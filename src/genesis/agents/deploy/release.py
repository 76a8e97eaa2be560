"""Release: writes the plan. Deploy: puts a version out, when nothing that was reported speaks against it."""

from __future__ import annotations

import re

from genesis.agents.deploy.known import Known, tell_gates
from genesis.agents.deploy.pages import release_notes, release_plan
from genesis.agents.deploy.rollout import as_yaml, rollout_of
from genesis.agents.draft import Draft
from genesis.agents.result import Assignment
from genesis.agents.toolbox import Toolbox
from genesis.errors import NeedsMissing
from genesis.finding import Source
from genesis.frozen import JsonValue
from genesis.tools.publish_release import PublishReleaseInput, publish_release

_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DATE = re.compile(
    rf"(?i)\b(?:{_MONTHS})[a-z]*\.? \d{{1,2}}\b|\b\d{{1,2}}\.? (?:{_MONTHS})|\b20\d\d-\d\d-\d\d\b"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b"
)


async def plan_release(task: Assignment, tools: Toolbox, draft: Draft, known: Known) -> None:
    """Writes release-plan.md and rollout-plan.yaml."""
    number = known.version.number
    if number is None:
        why = "no file of the workspace states one, and the objective names none: say `release 1.2.0`"
        draft.skip("the version of the release", why)
    tell_gates(known, draft)
    plan = rollout_of(task.goal) if rollout_of(task.goal).asked else rollout_of(task.objective)
    page = release_plan(known.name, known.version, known.gates, plan, known.project)
    draft.artifacts.append(tools.artifact("release-plan.md", "text/markdown", page))
    draft.artifacts.append(
        tools.artifact("rollout-plan.yaml", "application/yaml", as_yaml(known.name, number or "unknown", plan))
    )
    shares = "/".join(f"{step.share:g}" for step in plan.steps)
    days = plan.steps[-1].after_hours / 24
    if _DATE.search(task.objective):
        draft.skip("dates of the rollout", "its steps count from the start: begin it on the day that you named")
    even = Source(formula="share(n) = 100 % x n / 7, n = 0..7, evenly in time")
    basis = Source(query=task.objective[:500]) if plan.asked else even
    draft.fact(f"The rollout goes {shares} % over {days:g} days.", basis)
    if known.project:
        for one in (*known.project.checks, *known.project.tests, *known.project.build):
            draft.fact(f"`{one.run}` is to pass before ({one.why}).", one.source)
    blocked = [gate for gate in known.gates if gate.state == "fail"]
    span = f"{days:g} day{'s' * (days != 1)}"
    line = f"release plan of {known.name} {number or '(version unknown)'}: {len(plan.steps)} steps over {span}"
    if blocked:
        line += "; it may not begin, for " + " and ".join(gate.detail for gate in blocked)
    draft.lines.append(line)
    draft.skip(
        "commits since the last version",
        "a workspace is read without its version control; the changelog stands for them",
    )
    draft.skip(
        "a live rollout",
        "moving traffic step by step is not part of this agent yet; the plan file is what it will read",
    )
    steps: list[JsonValue] = [{"after_hours": step.after_hours, "share": step.share} for step in plan.steps]
    draft.output.update(
        {
            "name": known.name,
            "version": number,
            "plan": "rollout-plan.yaml",
            "steps": steps,
            "blocked_by": [gate.name for gate in blocked],
        }
    )


async def put_out(tools: Toolbox, draft: Draft, known: Known) -> None:
    """Places the archive, or refuses, saying which gate is shut."""
    if tools.workspace is None:
        raise NeedsMissing("putting a version out needs a workspace: give the folder that is to be released")
    number = known.version.number
    if number is None:
        raise NeedsMissing(
            "putting a version out needs its number: no file of the workspace states one, so name it (`deploy 1.2.0`)"
        )
    tell_gates(known, draft)
    # A report that does not tell holds as a failed one does: no data is never success. No report at all is a choice of
    # whoever planned the run, and is said.
    shut = [gate for gate in known.gates if gate.state == "fail" or (gate.state == "unknown" and gate.reported)]
    reasons = [gate.detail for gate in shut]
    if known.version.contradiction:
        reasons.append(known.version.contradiction[0])
    draft.output.update({"name": known.name, "version": number, "released": not reasons})
    blocked: list[JsonValue] = [*(gate.name for gate in shut), *(["version"] if known.version.contradiction else [])]
    draft.output["blocked_by"] = blocked
    if reasons:
        draft.lines.append(f"refused: {known.name} {number} was not put out, for {' and '.join(reasons)}")
        draft.next_steps.append("Mend what is named and run the objective again; nothing was changed outside.")
        return
    notes = release_notes(known.name, known.version, ())
    given = PublishReleaseInput(name=known.name, version=number, notes=notes, patches=known.patches)
    output = await tools.call(publish_release, given)
    place = Source(query=f"releases/{output.folder}/{output.archive} sha256 {output.sha256}")
    draft.fact(f"{output.archive} holds {output.files} files in {output.size:,} bytes.", place)
    if known.patches:
        draft.fact(f"It holds the changes of {len(known.patches)} earlier tasks.", Source(query="changes.patch"))
    if output.left_out:
        names = ", ".join(output.left_out[:10])
        draft.skip(f"{len(output.left_out)} files ({names})", "they look like secrets and were left out of the archive")
    draft.artifacts.append(tools.artifact("release-notes.md", "text/markdown", notes))
    again = "was out already, with the same content" if output.again else f"was put out into releases/{output.folder}"
    draft.lines.append(f"{known.name} {number} {again}: {output.files} files, sha256 {output.sha256[:16]}")
    draft.skip(
        "a live rollout", "the version lies in the releases folder; moving traffic to it is not part of this agent yet"
    )
    draft.output.update({"folder": output.folder, "archive": output.archive, "sha256": output.sha256})
