"""CI/CD: reviews the pipelines that are there, and writes one for what is found in the workspace."""

from __future__ import annotations

import re

from genesis.agents.change import CHANGE, keep
from genesis.agents.deploy.known import Known
from genesis.agents.draft import Draft
from genesis.agents.result import Assignment
from genesis.agents.toolbox import Toolbox
from genesis.errors import NeedsMissing
from genesis.finding import Finding
from genesis.frozen import JsonValue
from genesis.tools.inspect_project import InspectProjectOutput
from genesis.tools.make_patch import MakePatchInput, make_patch
from genesis.tools.review_delivery import ReviewDeliveryInput, review_delivery
from genesis.tools.write_pipeline import System, WritePipelineInput, write_pipeline

_NAMED: tuple[tuple[str, System], ...] = (
    (r"github|\bactions\b", "github"),
    (r"gitlab", "gitlab"),
    (r"forgejo|gitea|codeberg", "forgejo"),
    (r"circle ?ci", "circleci"),
    (r"woodpecker|drone", "woodpecker"),
    (r"azure", "azure"),
    (r"jenkins", "jenkins"),
)


async def make_pipeline(task: Assignment, tools: Toolbox, draft: Draft, known: Known) -> None:
    """Reviews, then writes a pipeline unless there is one of that system already that runs the tests."""
    if tools.workspace is None or known.project is None:
        raise NeedsMissing("a pipeline needs a workspace to run: give the folder of the project")
    project = known.project
    reviewed = await tools.call(review_delivery, ReviewDeliveryInput())
    pipelines = [one for one in reviewed.files if one.kind == "pipeline"]
    draft.findings += [
        one for one in reviewed.findings if one.source and one.source.file in {p.file for p in pipelines}
    ]
    for one in pipelines:
        draft.fact(f"{one.file} is a pipeline.", one.source)
    if pipelines and not reviewed.tested and project.tests:
        draft.findings.append(
            Finding(
                kind="pipeline_without_tests",
                severity="medium",
                message=f"no pipeline runs the tests, which {project.tests[0].run} would",
                source=pipelines[0].source,
                remedy=f"Add `{project.tests[0].run}`.",
            )
        )
    system = _system(task, project)
    language = next((one for one in project.languages if one in {"python", "node", "go", "rust"}), None)
    commands = [*project.checks, *project.tests, *project.build]
    for command in commands:
        draft.fact(f"`{command.run}` belongs in the pipeline ({command.why}).", command.source)
    if language is None or not commands:
        raise NeedsMissing(
            "a pipeline needs something to run: the workspace has no tests, linters or build that are known here"
        )
    there = [one.file for one in pipelines]
    if (
        there
        and reviewed.tested
        and not re.search(r"(?i)\b(?:write|make|create|add|new|replace|generate)\b", task.goal)
    ):
        draft.lines.append(
            f"the tests are run by {', '.join(there[:4])}; {len(draft.findings)} findings on {len(there)} pipelines"
        )
        draft.output["pipelines"] = list(there)
        return
    written = await tools.call(write_pipeline, _given(project, system, language))
    name = written.file
    if name in {file.name for file in tools.workspace.files}:  # what is there is not overwritten
        stem, dot, ending = name.rpartition(".")
        name = f"{stem}-genesis{dot}{ending}" if dot else f"{name}-genesis"
    scripts = frozenset({name}) if system == "shell" else frozenset()
    patch = await tools.call(make_patch, MakePatchInput(files={name: written.content}, executable=scripts))
    draft.artifacts.append(keep(tools, patch.text))
    if system == "shell":
        why = "none is named or found; say, for example, `for GitHub Actions`"
        draft.skip("a pipeline of a CI system", why)
        draft.next_steps.append(f"Let your CI system call {name}.")
    draft.skip(
        "running the pipeline", "its system is not here; the file was checked for its form and for every command"
    )
    listed = ", ".join(command.run for command in commands)
    draft.lines.append(f"{name} written for {system}, with {written.steps} commands ({listed})")
    files: list[JsonValue] = [name]
    draft.output.update({"pipeline": name, "system": system, "patch": CHANGE, "files": files})


def _given(project: InspectProjectOutput, system: System, language: str) -> WritePipelineInput:
    checks = [one.run for one in project.checks]
    tools = [
        word
        for word in dict.fromkeys(run.split()[0] for run in checks)
        if word in {"ruff", "black", "mypy", "flake8", "pre-commit"}
    ]
    runners = {"tox": "tox", "nox": "nox", "python -m pytest": "pytest", "python -m build": "build"}
    tools += [runners[one.run] for one in (*project.tests, *project.build) if one.run in runners]
    install = [one.run for one in project.install]
    if language == "python" and tools:
        install.append(f"python -m pip install {' '.join(dict.fromkeys(tools))}")
    return WritePipelineInput.model_validate(
        {
            "system": system,
            "language": language,
            "versions": versions_of(project),
            "install": install,
            "checks": checks,
            "tests": [one.run for one in project.tests],
            "build": [one.run for one in project.build],
        }
    )


def versions_of(project: InspectProjectOutput) -> list[str]:
    """The versions of Python to try: the lowest that the project names."""
    lowest = re.search(r"(?:>=|~=|==)\s*(3\.\d{1,2})", project.python.value) if project.python else None
    return [lowest.group(1)] if lowest else ["3"]


def _system(task: Assignment, project: InspectProjectOutput) -> System:
    for text in (task.goal, task.objective):
        for pattern, system in _NAMED:
            if re.search(rf"(?i){pattern}", text):
                return system
    return next((system for _, system in _NAMED if system in project.ci), "shell")
