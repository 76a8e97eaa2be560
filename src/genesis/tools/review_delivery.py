"""Reviews what delivers and runs a project: pipelines, container files, compose files."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from genesis.finding import Finding, NotDone, Severity, Source
from genesis.frozen import Frozen
from genesis.security.workspace import Workspace
from genesis.tools.inspect_project import CI_FILES
from genesis.tools.places import yaml_lines
from genesis.tools.places.place import place, place_in
from genesis.tools.places.text_lines import lines_of
from genesis.tools.python.modules import is_aside
from genesis.tools.tool import ToolContext, tool

_DOCKERFILE = re.compile(r"(?:^|/)(?:Dockerfile|Containerfile)(?:\.[\w-]+)?$|\.Dockerfile$")
_COMPOSE = re.compile(r"(?:^|/)(?:docker-)?compose(?:\.[\w-]+)?\.ya?ml$")
_RUNS_TESTS = re.compile(
    r"\b(?:pytest|unittest|tox|nox|make\s+(?:test|check)|npm\s+(?:run\s+)?test|go\s+test|cargo\s+test|just\s+test|trial"
    r"|hatch\s+(?:run\s+)?test|uv\s+run\s+\S*test|mvn|gradle|rspec|phpunit|coverage|runtests)\b"
)
_SECRET = re.compile(
    r"(?i)^(?:ENV|ARG)\s+\w*(?:PASSWORD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY)\w*[= ]\s*[\"']?([^\s\"'$]{4,})"
)


class ReviewDeliveryInput(Frozen):
    """Nothing to choose: all of them are read."""


class Delivery(Frozen):
    """A file that builds, tests or runs the project. `kind`: pipeline, container or compose."""

    file: str
    kind: str
    source: Source


class ReviewDeliveryOutput(Frozen):
    """`tested`: whether any pipeline runs tests; None when there is no pipeline."""

    files: tuple[Delivery, ...]
    findings: tuple[Finding, ...]
    tested: bool | None
    not_done: tuple[NotDone, ...] = ()


@tool(trust="file", timeout_s=30)
async def review_delivery(given: ReviewDeliveryInput, context: ToolContext) -> ReviewDeliveryOutput:
    """Reviews the pipelines, Dockerfiles and compose files of the workspace."""
    return await asyncio.to_thread(_review, context.workspace_for("reviewing pipelines"))


def _review(workspace: Workspace) -> ReviewDeliveryOutput:
    files: list[Delivery] = []
    findings: list[Finding] = []
    not_done: list[NotDone] = []
    tested: bool | None = None
    for file in workspace.files:
        pipeline = any(pattern.match(file.name) for pattern in CI_FILES.values())
        kind = "pipeline" if pipeline else "" if is_aside(file.name) else _kind(file.name)
        text = workspace.read_text(file.name) if kind else None
        if text is None or not text.strip():
            continue
        lines = lines_of(text)
        first = next(number for number, line in enumerate(lines, 1) if line.strip())
        files.append(Delivery(file=file.name, kind=kind, source=place_in(file.name, first, lines)))
        if kind == "container":
            findings += _container(file.name, lines)
            continue
        if pipeline:
            tested = bool(tested) or _RUNS_TESTS.search(text) is not None
        try:
            content, at = yaml_lines.load(text) if not file.name.endswith("Jenkinsfile") else (None, {})
        except yaml_lines.NotReadable as error:
            message = f"the file is not valid YAML, so it does nothing: {error}"
            findings.append(
                _finding("delivery_file_invalid", "high", message, place_in(file.name, first, lines), "Mend it.")
            )
            continue
        if pipeline:
            findings += _workflow(file.name, content, lines)
        elif isinstance(content, dict):
            findings += _compose(file.name, content, at, lines)
    return ReviewDeliveryOutput(files=tuple(files), findings=tuple(findings), tested=tested, not_done=tuple(not_done))


def _kind(name: str) -> str:
    return "container" if _DOCKERFILE.search(name) else "compose" if _COMPOSE.search(name) else ""


def _finding(kind: str, severity: Severity, message: str, source: Source, remedy: str) -> Finding:
    return Finding(kind=kind, severity=severity, message=message, source=source, remedy=remedy)


def _container(name: str, lines: list[str]) -> list[Finding]:
    """The last stage is what runs; the ones before only build."""
    steps = [(number, line.strip()) for number, line in enumerate(lines, 1) if re.match(r"\s*[A-Za-z]+\s", line)]
    starts = [position for position, (_, line) in enumerate(steps) if re.match(r"(?i)FROM\s", line)]
    found: list[Finding] = []
    if not starts:
        return found
    stages = {match.group(1).lower() for _, line in steps if (match := re.match(r"(?i)FROM\s+\S+\s+AS\s+(\S+)", line))}
    last = steps[starts[-1] :]
    users = [(number, line.split()[1]) for number, line in last if re.match(r"(?i)USER\s+\S", line)]
    base = last[0][1].split()[1].lower()
    unprivileged = re.search(r"unprivileged|nonroot|rootless", last[0][1]) or base in stages
    if (not users or users[-1][1].partition(":")[0] in {"root", "0"}) and not unprivileged:
        number, line = (users[-1][0], lines[users[-1][0] - 1]) if users else (last[0][0], last[0][1])
        message = "the container runs as root"
        found.append(
            _finding(
                "container_runs_as_root",
                "medium",
                message,
                place(name, number, line),
                "Add USER with a number above 0.",
            )
        )
    for number, line in (steps[position] for position in starts):
        image = line.split()[1]
        if (
            image.lower() in stages
            or image.lower() == "scratch"
            or "$" in image
            or "@sha256:" in image
            or image.startswith("--")
        ):
            continue
        tag = image.rpartition("/")[2].partition(":")[2]
        if tag in {"", "latest"}:
            message = f"{image} is whatever is newest on the day of the build"
            found.append(_finding("image_not_pinned", "low", message, place(name, number, line), "Name a version."))
    for number, line in steps:
        if secret := _SECRET.match(line):
            shown = line.replace(secret.group(1), "...")
            message = "a secret is written into the image, where everybody who has it can read it"
            source = Source(file=name, line=number, excerpt=shown.partition("...")[0].strip()[:200] or None)
            found.append(_finding("secret_in_image", "high", message, source, "Hand it in when the container starts."))
    return found


def _workflow(name: str, content: Any, lines: list[str]) -> list[Finding]:
    """GitHub and Forgejo: what hands a stranger's change the keys of the house."""
    found: list[Finding] = []
    if not isinstance(content, dict) or "workflows/" not in name:
        return found
    triggers = content.get("on", content.get(True))  # YAML 1.1 reads a bare `on` as true
    words = list(triggers) if isinstance(triggers, dict | list) else [triggers]
    text = "\n".join(lines)
    if (
        "pull_request_target" in words
        and re.search(r"github\.event\.pull_request\.head|github\.head_ref", text)
        and "checkout" in text
    ):
        number = next(position for position, one in enumerate(lines, 1) if "pull_request_target" in one)
        message = "code of strangers is checked out in a run that has the repository's secrets"
        found.append(
            _finding(
                "untrusted_checkout",
                "critical",
                message,
                place_in(name, number, lines),
                "Use pull_request, or do not check out.",
            )
        )
    for number, line in enumerate(lines, 1):
        inserted = re.search(
            r"\$\{\{\s*github\.event\.(?:issue|pull_request|comment|review|discussion)\.(?:title|body)\b", line
        )
        if inserted and _in_run(lines, number):
            message = "what a stranger writes is put into a shell command"
            found.append(
                _finding(
                    "command_from_event",
                    "high",
                    message,
                    place_in(name, number, lines),
                    "Hand it over in an environment variable.",
                )
            )
    return found


def _in_run(lines: list[str], number: int) -> bool:
    """Whether a line stands in a `run:` block (not in `env:` or `with:`)."""
    line = lines[number - 1]
    if re.match(r"\s*-?\s*run:", line):
        return True
    indent = len(line) - len(line.lstrip())
    for before in reversed(lines[: number - 1]):
        if before.strip() and len(before) - len(before.lstrip()) < indent:
            return re.match(r"\s*-?\s*run:\s*[|>]", before) is not None
    return False


def _compose(name: str, content: dict[Any, Any], at: dict[yaml_lines.Path, int], lines: list[str]) -> list[Finding]:
    found: list[Finding] = []
    services = content.get("services")
    for key, service in services.items() if isinstance(services, dict) else ():
        if not isinstance(service, dict):
            continue
        if service.get("privileged") is True:
            line = yaml_lines.line_of(at, ("services", str(key), "privileged"))
            message = f"{key} may do everything that the host may"
            found.append(
                _finding(
                    "container_privileged", "high", message, place_in(name, line, lines), "Grant single capabilities."
                )
            )
        mounts = service.get("volumes")
        for position, mount in enumerate(mounts if isinstance(mounts, list) else []):
            if "docker.sock" in str(mount):
                line = yaml_lines.line_of(at, ("services", str(key), "volumes", position))
                message = f"{key} can command the container engine, and so the host"
                found.append(
                    _finding(
                        "container_engine_mounted", "high", message, place_in(name, line, lines), "Do not mount it."
                    )
                )
    return found
