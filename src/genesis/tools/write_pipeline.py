"""Writes the pipeline file of a CI system from the commands that a project's own files call for."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import Field

from genesis.errors import RequestInvalid
from genesis.frozen import Frozen
from genesis.tools.tool import ToolContext, tool

System = Literal["github", "forgejo", "gitlab", "circleci", "woodpecker", "azure", "jenkins", "shell"]
PLACES: dict[System, str] = {
    "github": ".github/workflows/ci.yml",
    "forgejo": ".forgejo/workflows/ci.yml",
    "gitlab": ".gitlab-ci.yml",
    "circleci": ".circleci/config.yml",
    "woodpecker": ".woodpecker.yml",
    "azure": "azure-pipelines.yml",
    "jenkins": "Jenkinsfile",
    "shell": ".ci/run",
}
IMAGES = {"python": "python:{}", "node": "node:lts", "go": "golang:1", "rust": "rust:1"}


class WritePipelineInput(Frozen):
    """`versions`: of Python, lowest first. `language`: python, node, go or rust. Commands run in order."""

    system: System
    language: Literal["python", "node", "go", "rust"]
    versions: Annotated[tuple[str, ...], Field(max_length=6)] = ()
    install: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    build: tuple[str, ...] = ()


class WritePipelineOutput(Frozen):
    file: str
    content: str
    steps: int


@tool(trust="tool", timeout_s=10)
async def write_pipeline(given: WritePipelineInput, context: ToolContext) -> WritePipelineOutput:
    """Writes a pipeline that installs, checks, tests and builds, in the form of the given CI system.

    Raises `RequestInvalid` when there is nothing to run, or when the file would not be well-formed.
    """
    import yaml

    commands = [*given.install, *given.checks, *given.tests, *given.build]
    if not (given.checks or given.tests or given.build):
        raise RequestInvalid("there is nothing for a pipeline to run")
    if given.system == "jenkins":
        content = _jenkins(given)
    elif given.system == "shell":
        content = "#!/bin/sh\n# Every check of this project; any CI system can call it.\nset -eu\n" + "".join(
            f"{line}\n" for line in commands
        )
    else:
        make = {"github": _actions, "forgejo": _actions, "gitlab": _gitlab, "circleci": _circleci}
        data = {**make, "woodpecker": _woodpecker, "azure": _azure}[given.system](given)
        content = yaml.safe_dump(data, sort_keys=False, width=1000)
        # YAML 1.1 reads a bare `on` as true, and PyYAML quotes it; the key may stand bare as people write it.
        content = re.sub(r"(?m)^'on':", "on:", content)
        _hold(given.system, yaml.safe_load(content), commands)
    return WritePipelineOutput(file=PLACES[given.system], content=content, steps=len(commands))


def _hold(system: System, content: Any, commands: list[str]) -> None:
    """The file has what its system asks for, and every command is in it."""
    needed = {
        "github": ("jobs",),
        "forgejo": ("jobs",),
        "gitlab": ("stages",),
        "circleci": ("version", "jobs", "workflows"),
        "woodpecker": ("steps",),
        "azure": ("steps",),
    }
    missing = [key for key in needed.get(system, ()) if key not in content]
    text = str(content)
    lost = [command for command in commands if command not in text and repr(command)[1:-1] not in text]
    if missing or lost:
        raise RequestInvalid(f"the pipeline would lack {', '.join([*missing, *lost])}")


def _actions(given: WritePipelineInput) -> dict[str, Any]:
    """GitHub Actions: https://docs.github.com/actions/reference/workflow-syntax-for-github-actions"""
    setup: list[dict[str, Any]] = [{"uses": "actions/checkout@v4"}]
    if given.language == "python":
        setup.append({"uses": "actions/setup-python@v5", "with": {"python-version": "${{ matrix.python }}"}})
    elif given.language == "node":
        setup.append({"uses": "actions/setup-node@v4", "with": {"node-version": "lts/*"}})
    elif given.language == "go":
        setup.append({"uses": "actions/setup-go@v5", "with": {"go-version": "stable"}})
    job: dict[str, Any] = {"runs-on": "ubuntu-latest", "timeout-minutes": 20}
    if given.language == "python":
        job["strategy"] = {"fail-fast": False, "matrix": {"python": list(given.versions)}}
    job["steps"] = setup + [{"name": name, "run": command} for name, command in _named(given)]
    return {
        "name": "CI",
        "on": {"push": {"branches": ["main"]}, "pull_request": None},
        "permissions": {"contents": "read"},
        "jobs": {"checks": job},
    }


def _named(given: WritePipelineInput) -> list[tuple[str, str]]:
    parts = (("Install", given.install), ("Check", given.checks), ("Test", given.tests), ("Build", given.build))
    return [(f"{name}: {command}"[:80], command) for name, commands in parts for command in commands]


def _gitlab(given: WritePipelineInput) -> dict[str, Any]:
    """GitLab CI: https://docs.gitlab.com/ci/yaml/"""
    stages = [("check", given.checks), ("test", given.tests), ("build", given.build)]
    content: dict[str, Any] = {"image": _image(given), "stages": [name for name, commands in stages if commands]}
    for name, commands in stages:
        if commands:
            content[name] = {"stage": name, "script": [*given.install, *commands]}
    if given.language == "python" and len(given.versions) > 1 and given.tests:
        content["test"]["image"] = "python:$PYTHON"
        content["test"]["parallel"] = {"matrix": [{"PYTHON": list(given.versions)}]}
    return content


def _circleci(given: WritePipelineInput) -> dict[str, Any]:
    """CircleCI: https://circleci.com/docs/reference/configuration-reference/"""
    steps: list[Any] = ["checkout", *({"run": {"name": name, "command": run}} for name, run in _named(given))]
    job = {"docker": [{"image": _image(given)}], "steps": steps}
    return {"version": 2.1, "jobs": {"checks": job}, "workflows": {"ci": {"jobs": ["checks"]}}}


def _woodpecker(given: WritePipelineInput) -> dict[str, Any]:
    """Woodpecker: https://woodpecker-ci.org/docs/usage/workflow-syntax"""
    commands = [command for _, command in _named(given)]
    return {
        "when": [{"event": ["push", "pull_request"]}],
        "steps": [{"name": "checks", "image": _image(given), "commands": commands}],
    }


def _azure(given: WritePipelineInput) -> dict[str, Any]:
    """Azure Pipelines: https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/"""
    steps: list[dict[str, Any]] = []
    if given.language == "python":
        steps.append({"task": "UsePythonVersion@0", "inputs": {"versionSpec": given.versions[-1]}})
    steps += [{"script": command, "displayName": name} for name, command in _named(given)]
    return {"trigger": ["main"], "pr": ["main"], "pool": {"vmImage": "ubuntu-latest"}, "steps": steps}


def _jenkins(given: WritePipelineInput) -> str:
    """Declarative pipeline: https://www.jenkins.io/doc/book/pipeline/syntax/"""
    parts = (("Install", given.install), ("Check", given.checks), ("Test", given.tests), ("Build", given.build))
    stages = ""
    for name, commands in parts:
        if commands:
            lines = "".join(
                "                sh '{}'\n".format(one.replace("\\", "\\\\").replace("'", "\\'")) for one in commands
            )
            stages += f"        stage('{name}') {{\n            steps {{\n{lines}            }}\n        }}\n"
    return (
        f"pipeline {{\n    agent {{ docker {{ image '{_image(given)}' }} }}\n"
        f"    options {{ timeout(time: 20, unit: 'MINUTES') }}\n    stages {{\n{stages}    }}\n}}\n"
    )


def _image(given: WritePipelineInput) -> str:
    return IMAGES[given.language].format(given.versions[-1] if given.versions else "3")
