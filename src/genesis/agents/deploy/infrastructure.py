"""Infrastructure: what a service needs to run, and a smoke suite against one that runs."""

from __future__ import annotations

import re
import shlex
from urllib.parse import urlsplit

from genesis.agents.change import CHANGE, keep
from genesis.agents.deploy.known import Known
from genesis.agents.deploy.pipeline import versions_of
from genesis.agents.draft import Draft
from genesis.agents.result import Assignment
from genesis.agents.toolbox import Toolbox
from genesis.finding import Finding, Source
from genesis.frozen import JsonValue
from genesis.security.edge.outbound import urls_in
from genesis.tools.inspect_project import InspectProjectOutput
from genesis.tools.make_patch import MakePatchInput, make_patch
from genesis.tools.review_delivery import ReviewDeliveryInput, review_delivery
from genesis.tools.run_smoke import Expectation, RunSmokeInput, run_smoke
from genesis.tools.survey_instrumentation import SurveyInstrumentationInput, survey_instrumentation
from genesis.tools.write_unit_files import WriteUnitFilesInput, write_unit_files

HEALTH = ("/health", "/healthz", "/livez", "/ping", "/status")
_EXPECTED = re.compile(
    r"(?i)(?<![\w:/.])(/[\w./{}?=&%-]*)\s*(?:->|=>|=|:|(?:should|must) (?:answer|give|return|be)|answers|gives"
    r"|returns|with|\u2192)?\s*(?:status\s+|http\s+)?([1-5]\d\d)?(?!\d)"
)


async def write_files(task: Assignment, tools: Toolbox, draft: Draft, known: Known) -> bool:
    """Reviews container files that are there and writes those that are not. Whether there was a project to run."""
    if tools.workspace is None or known.project is None:
        return False
    project = known.project
    reviewed = await tools.call(review_delivery, ReviewDeliveryInput())
    there = [one for one in reviewed.files if one.kind != "pipeline"]
    draft.findings += [one for one in reviewed.findings if one.source and one.source.file in {t.file for t in there}]
    for one in there:
        draft.fact(f"{one.file} is there ({one.kind}).", one.source)
    kinds = [kind for kind in _kinds(task) if not _has(kind, [one.file for one in there])]
    language = next((one for one in project.languages if one in {"python", "node", "html"}), None)
    start = project.start[0] if project.start else None
    if there and not kinds:
        draft.lines.append(f"{', '.join(one.file for one in there[:4])} reviewed: {len(draft.findings)} findings")
        draft.output["files"] = [one.file for one in there]
        return True
    if language is None or (start is None and language != "html"):
        what = "what the workspace is" if language is None else "how the service is started"
        draft.skip(
            "files to run it with",
            f"nothing in the workspace says {what}: add a script to its metadata, or a __main__.py",
        )
        if there:
            draft.lines.append(f"{', '.join(one.file for one in there[:4])} reviewed: {len(draft.findings)} findings")
        return bool(there)
    health = None
    if language == "python":
        seen = await tools.call(survey_instrumentation, SurveyInstrumentationInput())
        found = next((one for path in HEALTH for one in seen.endpoints if one.path.rstrip("/") == path), None)
        health = found.path if found else None
        if found:
            draft.fact(f"Its health is asked at {found.path}.", found.source)
    if start:
        draft.fact(f"It is started with `{start.run}` ({start.why}).", start.source)
    if project.port:
        draft.fact(f"It listens on port {project.port.value} unless told otherwise.", project.port.source)
    written = await tools.call(
        write_unit_files,
        WriteUnitFilesInput.model_validate(
            {
                "name": known.name,
                "language": language,
                "kinds": [kind for kind in kinds if not (kind == "systemd" and language == "html")],
                "start": shlex.split(start.run) if start and language != "html" else (),
                "port": int(project.port.value) if project.port else None,
                "health": health,
                "python": versions_of(project)[0],
                "install": _install(project, language),
            }
        ),
    )
    _loopback(tools, project, draft)
    patch = await tools.call(make_patch, MakePatchInput(files=written.files))
    draft.artifacts.append(keep(tools, patch.text))
    names = ", ".join(sorted(written.files))
    draft.lines.append(
        f"{names} written for {known.name}, started by `{start.run if start and language != 'html' else 'nginx'}`"
    )
    draft.skip("building and starting them", "no container engine is used here; the files were checked for their form")
    files: list[JsonValue] = [*sorted(written.files)]
    port = project.port.value if project.port else None
    draft.output.update({"files": files, "patch": CHANGE, "port": port})
    return True


def _kinds(task: Assignment) -> list[str]:
    text = f"{task.goal} {task.objective}".lower()
    asked = [
        kind
        for kind, words in (
            ("dockerfile", r"docker ?file|\bdocker\b|container|\bimage\b|podman"),
            ("compose", r"compose"),
            ("systemd", r"systemd|\bunit\b|service file"),
        )
        if re.search(words, text)
    ]
    return asked or ["dockerfile", "compose", "systemd"]


def _has(kind: str, files: list[str]) -> bool:
    patterns = {
        "dockerfile": r"(?:Dockerfile|Containerfile)",
        "compose": r"compose[\w.-]*\.ya?ml$",
        "systemd": r"\.service$",
    }
    return any(re.search(patterns[kind], name) for name in files)


def _install(project: InspectProjectOutput, language: str) -> list[str]:
    """What an image runs: the package without its development extras, and no editable install."""
    if language != "python":
        return [one.run for one in project.install if language == "node" and one.run.startswith("npm")]
    found = []
    for one in project.install:
        if " -e " in one.run:
            found.append("pip install .")
        elif re.search(r"-r requirements\.txt$", one.run):
            found.append("pip install -r requirements.txt")
    return found


def _loopback(tools: Toolbox, project: InspectProjectOutput, draft: Draft) -> None:
    """A service that listens on 127.0.0.1 alone cannot be reached from outside its container."""
    if project.port is None or project.port.source.file is None or tools.workspace is None:
        return
    lines = (tools.workspace.read_text(project.port.source.file) or "").splitlines()
    near = range(max(0, (project.port.source.line or 1) - 6), min(len(lines), (project.port.source.line or 1) + 5))
    for number in near:
        if re.search(r"(?i)host\b.*[\"'](?:127\.0\.0\.1|localhost)[\"']", lines[number]):
            place = Source(file=project.port.source.file, line=number + 1, excerpt=lines[number].strip()[:200])
            draft.findings.append(
                Finding(
                    kind="listens_on_loopback",
                    severity="medium",
                    message="unless told otherwise it listens on this machine alone: nobody reaches it in a container",
                    source=place,
                    remedy="Let the container set the host to 0.0.0.0 by the option or variable of this setting.",
                )
            )
            return


async def smoke(task: Assignment, tools: Toolbox, draft: Draft) -> bool:
    """Runs a smoke suite when the objective names an address. Whether it did."""
    urls = urls_in(task.objective)
    if not urls:
        return False
    url = urls[0]
    root = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
    expectations = _expectations(task, url)
    output = await tools.call(run_smoke, RunSmokeInput(url=root, expectations=expectations))
    for one in output.checks:
        source = Source(url=one.url, query=f"GET {one.url}")
        if one.verdict == "unknown":
            draft.skip(f"GET {one.url}", f"unknown: {one.got}")
        else:
            draft.fact(f"GET {one.url}: {one.verdict}, {one.got} where {one.expected} is expected.", source)
        if one.verdict != "pass":
            draft.findings.append(
                Finding(
                    kind="smoke_check_failed" if one.verdict == "fail" else "smoke_check_unknown",
                    severity="high",
                    message=f"GET {one.url}: {one.got}, but {one.expected} is expected",
                    source=source,
                    remedy="Do not send users there until it holds.",
                )
            )
    passed = sum(one.verdict == "pass" for one in output.checks)
    draft.lines.append(f"{passed} of {len(output.checks)} smoke checks against {root} pass")
    checks: list[JsonValue] = [{"url": one.url, "verdict": one.verdict} for one in output.checks]
    draft.output["smoke"] = {"url": root, "passed": output.passed, "checks": checks}
    return True


def _expectations(task: Assignment, url: str) -> tuple[Expectation, ...]:
    """Those that the words state; else the path of the address, the paths of the API that was built, or /health."""
    bare = task.objective
    for one in urls_in(bare):
        bare = bare.replace(one.partition("://")[2], " ")
    found: dict[str, Expectation] = {}
    for match in _EXPECTED.finditer(bare):
        path = match.group(1).rstrip(".,;")
        if len(path) > 1 or match.group(2):
            found.setdefault(
                path or "/", Expectation(path=path or "/", status=int(match.group(2)) if match.group(2) else None)
            )
    if found:
        return tuple(found.values())[:30]
    if urlsplit(url).path not in {"", "/"}:
        return (Expectation(path=urlsplit(url).path),)
    api = task.inputs.get("api")
    paths = api.get("paths") if isinstance(api, dict) else None
    plain = [path for path in paths if isinstance(path, str) and "{" not in path] if isinstance(paths, list) else []
    return tuple(Expectation(path=path) for path in plain[:30]) or (Expectation(path="/"), Expectation(path="/health"))
