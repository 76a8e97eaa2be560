"""Reviews the structure of a repository: modules, imports, cycles, hot spots, what a release carries beside code."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from genesis.agents.architect import dependencies, diagram, facts, hygiene, judgement, structure
from genesis.agents.architect.record import record
from genesis.agents.result import Assignment, Result
from genesis.agents.toolbox import Toolbox
from genesis.errors import NeedsMissing
from genesis.finding import BLOCKING, Finding, by_severity
from genesis.frozen import JsonValue
from genesis.security.workspace import Workspace
from genesis.tools.check_links import CheckLinksInput, CheckLinksOutput, check_links
from genesis.tools.map_modules import MapModulesInput, MapModulesOutput, Module, map_modules
from genesis.tools.places.quote import Quotes
from genesis.tools.read_project import ReadProjectInput, ReadProjectOutput, read_project


async def review(task: Assignment, tools: Toolbox) -> Result:
    """Facts, findings, the diagram and the decision record of the workspace's structure."""
    workspace = tools.workspace
    if workspace is None:
        raise NeedsMissing("reviewing an architecture needs a workspace: name the repository's folder")
    mapped, project, checked = await asyncio.gather(
        tools.call(map_modules, MapModulesInput()),
        tools.call(read_project, ReadProjectInput()),
        tools.call(check_links, CheckLinksInput()),
    )
    return await asyncio.to_thread(_judge, task, tools, workspace, mapped, project, checked)


def _judge(
    task: Assignment,
    tools: Toolbox,
    workspace: Workspace,
    mapped: MapModulesOutput,
    project: ReadProjectOutput,
    checked: CheckLinksOutput,
) -> Result:
    quote = Quotes(workspace)
    shipped = [module for module in mapped.modules if module.role == "code" and not _is_task_file(module.file)]
    looked_at = shipped or list(mapped.modules)
    files = {module.file for module in looked_at}
    names = {module.file: module.name for module in mapped.modules}
    scripts = {one.value.split(":")[0].strip() for one in project.stated if one.what == "script"}
    cycles = structure.cycles(mapped, files, structure.entries(mapped, files, scripts))
    spots = judgement.hot_spots(looked_at)
    undeclared, unsure = dependencies.undeclared(mapped, project, quote)
    findings = by_severity(
        [
            *judgement.cycles(cycles, names, quote),
            *judgement.deferred(mapped, files, names, quote),
            *judgement.too_complex(spots, quote),
            *judgement.dead_modules(mapped, files, project.stated, workspace, quote),
            *undeclared,
            *dependencies.unused(mapped, project, workspace, quote),
            *hygiene.versions(project, quote),
            *hygiene.papers(project, workspace, quote),
            *hygiene.links(checked, project, quote),
        ]
    )
    findings = [one.model_copy(update={"agent": "architect"}) for one in findings]
    claims = [
        *facts.language_facts(workspace),
        *facts.size_facts(mapped, files),
        *facts.import_facts(mapped, files, names, cycles, quote),
        *facts.spot_facts(spots, quote),
        *facts.project_facts(mapped, files, project, checked, quote),
    ]
    not_done = [
        *mapped.not_read[:20],
        *project.not_read,
        *unsure,
        *facts.languages_not_mapped(workspace),
        *workspace.skipped[:20],
    ]
    title = next((one.value for one in project.stated if one.what == "name"), workspace.root.name)
    artifacts = []
    if files:
        drawing = diagram.draw(mapped, names, files, cycles, f"Modules of {title} and what imports what")
        artifacts.append(tools.artifact("modules.svg", "image/svg+xml", drawing))
    text = record(
        f"Structure of {title}",
        asked=task.goal,
        facts=claims,
        findings=findings,
        decisions=_decisions(mapped, files, project),
        open_questions=[],
        not_done=not_done,
        drawing="modules.svg" if files else None,
    )
    artifacts.append(tools.artifact("architecture.md", "text/markdown", text))
    return Result(
        summary=_summary(looked_at, cycles, findings, workspace),
        facts=tuple(claims),
        findings=tuple(findings),
        not_done=tuple(not_done),
        next_steps=tuple(dict.fromkeys(one.remedy for one in findings[:5] if one.remedy)),
        artifacts=tuple(artifacts),
        outputs={
            "design": {
                "kind": "review",
                "modules": len(files),
                "code_lines": sum(module.code_lines for module in looked_at),
                "packages": _json(sorted({module.name.split(".")[0] for module in looked_at})[:100]),
                "cycles": _json([list(cycle.files) for cycle in cycles][:20]),
                "hot_spots": _json(
                    [
                        {"file": s.file, "line": s.function.line, "name": s.function.name, "score": s.score}
                        for s in spots[:10]
                    ]
                ),
                "third_party": _json(list(dependencies.outside(mapped))[:200]),
                "blocking": sum(one.severity in BLOCKING for one in findings),
                "artifacts": _json([one.name for one in artifacts]),
            }
        },
    )


def _json(value: object) -> JsonValue:
    return value  # type: ignore[return-value]  # lists and dicts of words and numbers


def _is_task_file(file: str) -> bool:
    return bool(dependencies.TASK_FILES.fullmatch(file)) or file == "docs/conf.py"


def _summary(
    modules: Sequence[Module], cycles: Sequence[structure.Cycle], findings: Sequence[Finding], workspace: Workspace
) -> str:
    if not modules:
        counted = len(workspace.files)
        return f"No Python module among {counted} files, so no imports were mapped; {_counted(findings)}."
    lines = sum(module.code_lines for module in modules)
    ring = f"{len(cycles)} import cycle{'s' * (len(cycles) != 1)}" if cycles else "no import cycle"
    return f"{len(modules)} modules with {lines:,} lines of code, {ring}; {_counted(findings)}."


def _counted(findings: Sequence[Finding]) -> str:
    blocking = sum(one.severity in BLOCKING for one in findings)
    if not findings:
        return "nothing found that somebody should act on"
    if len(findings) == 1:
        return f"1 finding, which {'blocks' if blocking else 'does not block'} a release"
    worst = (
        f"{blocking} of which block{'s' * (blocking == 1)} a release" if blocking else "none of which blocks a release"
    )
    return f"{len(findings)} findings, {worst}"


def _decisions(mapped: MapModulesOutput, files: set[str], project: ReadProjectOutput) -> list[str]:
    """Choices that can be read off the tree; why they were made cannot, and is not said."""
    found = []
    if any(file.startswith("src/") for file in files):
        found.append("The package lies under src/, so that tests run against what is installed.")
    elif files and not all("/" not in file for file in files):
        found.append("The package lies at the top of the repository (flat layout).")
    lazy = sum(one.kind == "lazy" and one.file in files for one in mapped.imports)
    typing = sum(one.kind == "typing" and one.file in files for one in mapped.imports)
    optional = sum(one.kind == "optional" and one.file in files for one in mapped.imports)
    for count, what in (
        (lazy, "imports are made inside functions, when they are first needed"),
        (typing, "imports are for type checkers alone"),
        (optional, "imports are optional: the code copes without them"),
    ):
        if count:
            found.append(f"{count} {what}.")
    if project.locks:
        found.append(f"Versions are locked in {', '.join(project.locks[:3])}.")
    return found
