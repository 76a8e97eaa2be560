"""Reviews the structure of a repository: modules, imports, cycles, hot spots, and what a release carries beside code."""

from __future__ import annotations

import asyncio
from collections import Counter

from genesis.agents.architect import dependencies, diagram, hygiene, judgement, structure
from genesis.agents.architect.record import record
from genesis.agents.result import Assignment, Result
from genesis.agents.toolbox import Toolbox
from genesis.errors import NeedsMissing
from genesis.finding import BLOCKING, Fact, Finding, NotDone, Source, by_severity
from genesis.frozen import JsonValue
from genesis.security.workspace import Workspace
from genesis.tools.check_links import CheckLinksInput, CheckLinksOutput, check_links
from genesis.tools.map_modules import MapModulesInput, MapModulesOutput, map_modules
from genesis.tools.quote import Quotes
from genesis.tools.read_project import ReadProjectInput, ReadProjectOutput, read_project

LANGUAGES = {
    "py": "Python", "js": "JavaScript", "mjs": "JavaScript", "cjs": "JavaScript", "jsx": "JavaScript",
    "ts": "TypeScript", "tsx": "TypeScript", "go": "Go", "rs": "Rust", "java": "Java", "kt": "Kotlin", "rb": "Ruby",
    "php": "PHP", "c": "C", "h": "C", "cc": "C++", "cpp": "C++", "hpp": "C++", "cs": "C#", "swift": "Swift",
    "scala": "Scala", "sh": "shell", "sql": "SQL", "vue": "Vue", "svelte": "Svelte", "ex": "Elixir", "dart": "Dart",
    "pyx": "Cython",
}  # fmt: skip


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
    facts = [
        *_language_facts(workspace),
        *_size_facts(mapped, files),
        *_import_facts(mapped, files, names, cycles, quote),
        *_spot_facts(spots, quote),
        *_project_facts(mapped, files, project, checked, quote),
    ]
    not_done = [*mapped.not_read[:20], *project.not_read, *unsure, *_languages_not_mapped(workspace), *workspace.skipped[:20]]
    title = next((one.value for one in project.stated if one.what == "name"), workspace.root.name)
    artifacts = []
    if files:
        drawing = diagram.draw(mapped, names, files, cycles, f"Modules of {title} and what imports what")
        artifacts.append(tools.artifact("modules.svg", "image/svg+xml", drawing))
    text = record(
        f"Structure of {title}",
        asked=task.goal,
        facts=facts,
        findings=findings,
        decisions=_decisions(mapped, files, project),
        open_questions=[],
        not_done=not_done,
        drawing="modules.svg" if files else None,
    )
    artifacts.append(tools.artifact("architecture.md", "text/markdown", text))
    return Result(
        summary=_summary(looked_at, cycles, findings, workspace),
        facts=tuple(facts),
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
                    [{"file": s.file, "line": s.function.line, "name": s.function.name, "score": s.score} for s in spots[:10]]
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


def _summary(modules: list, cycles: list[structure.Cycle], findings: list[Finding], workspace: Workspace) -> str:  # type: ignore[type-arg]
    if not modules:
        counted = len(workspace.files)
        return f"No Python module among {counted} files, so no imports were mapped; {_counted(findings)}."
    lines = sum(module.code_lines for module in modules)
    ring = f"{len(cycles)} import cycle{'s' * (len(cycles) != 1)}" if cycles else "no import cycle"
    return f"{len(modules)} modules with {lines:,} lines of code, {ring}; {_counted(findings)}."


def _counted(findings: list[Finding]) -> str:
    blocking = sum(one.severity in BLOCKING for one in findings)
    if not findings:
        return "nothing found that somebody should act on"
    worst = f"{blocking} of them block{'s' * (blocking == 1)} a release" if blocking else "none of them blocks a release"
    return f"{len(findings)} finding{'s' * (len(findings) != 1)}, {worst}"


def _language_facts(workspace: Workspace) -> list[Fact]:
    counted = Counter(
        LANGUAGES[end] for file in workspace.files if (end := file.name.rsplit(".", 1)[-1].lower()) in LANGUAGES
    )
    total = len(workspace.files)
    if not counted:
        return [
            Fact(
                text=f"The workspace holds {total} files, none in a programming language that is known here.",
                sources=(Source(formula="files by the ending of their names"),),
            )
        ]
    said = ", ".join(f"{count} {language}" for language, count in sorted(counted.items(), key=lambda p: (-p[1], p[0])))
    return [
        Fact(
            text=f"The workspace holds {total} files; by language: {said}.",
            sources=(Source(formula="files by the ending of their names"),),
        )
    ]


def _languages_not_mapped(workspace: Workspace) -> list[NotDone]:
    others = Counter(
        LANGUAGES[end]
        for file in workspace.files
        if (end := file.name.rsplit(".", 1)[-1].lower()) in LANGUAGES and LANGUAGES[end] not in ("Python", "shell", "SQL")
    )
    return [
        NotDone(what=f"imports of {count} {language} files", why=f"the map of modules is made for Python; no parser for {language} is here")
        for language, count in sorted(others.items())
    ]


def _size_facts(mapped: MapModulesOutput, files: set[str]) -> list[Fact]:
    modules = [module for module in mapped.modules if module.file in files]
    if not modules:
        return []
    tops = Counter(module.name.split(".")[0] for module in modules)
    tests = [module for module in mapped.modules if module.role == "test"]
    largest = sorted(modules, key=lambda module: (-module.code_lines, module.file))[:3]
    facts = [
        Fact(
            text=f"{len(modules)} modules in {len(tops)} top-level package{'s' * (len(tops) != 1)} hold "
            f"{sum(module.code_lines for module in modules):,} lines of code and "
            f"{sum(len(module.functions) for module in modules):,} functions.",
            sources=(Source(formula="lines that are neither blank nor comment, over Python files outside tests, docs, examples"),),
        ),
        Fact(
            text="The largest modules are " + ", ".join(f"{m.name} ({m.code_lines:,} lines of code)" for m in largest) + ".",
            sources=tuple(Source(file=m.file, formula="lines that are neither blank nor comment") for m in largest),
        ),
    ]
    if tests:
        ratio = sum(m.code_lines for m in tests) / max(1, sum(m.code_lines for m in modules))
        facts.append(
            Fact(
                text=f"{len(tests)} test modules hold {sum(m.code_lines for m in tests):,} lines: {ratio:.2f} for each line of code.",
                sources=(Source(formula="lines of code in tests / lines of code outside"),),
            )
        )
    return facts


def _import_facts(
    mapped: MapModulesOutput, files: set[str], names: dict[str, str], cycles: list[structure.Cycle], quote: Quotes
) -> list[Fact]:
    if not files:
        return []
    edges = structure.graph(mapped.imports, files, structure.RUNTIME)
    count = sum(map(len, edges.values()))
    levels = structure.layers(edges)
    facts = []
    if not cycles:
        facts.append(
            Fact(
                text=f"There is no import cycle among {len(files)} modules and {count} imports between them.",
                sources=(Source(formula="strongly connected components of the imports that run at import time"),),
            )
        )
    if count:
        ground = ", ".join(names[file] for file in levels[0][:5])
        facts.append(
            Fact(
                text=f"The modules stand in {len(levels)} layers; {len(levels[0])} of them import nothing of the workspace "
                f"({ground}{', …' * (len(levels[0]) > 5)}).",
                sources=(Source(formula="layer = 1 + highest layer of what is imported; a cycle shares one"),),
            )
        )
    for file, uses in judgement.most_needed(mapped.imports, files)[:2]:
        if len(uses) >= 3:
            facts.append(
                Fact(
                    text=f"{names[file]} is imported by {len(uses)} of {len(files) - 1} other modules: a change to it reaches them all.",
                    sources=tuple(quote(use.file, use.line) for use in uses[:3]),
                )
            )
    return facts


def _spot_facts(spots: list[judgement.HotSpot], quote: Quotes) -> list[Fact]:
    return [
        Fact(
            text=f"Hot spot: {spot.function.name} scores {spot.score:,} = complexity {spot.function.complexity} x {spot.function.lines} lines.",
            sources=(quote(spot.file, spot.function.line), Source(formula=judgement.HOT_SPOT)),
        )
        for spot in spots[:3]
    ]


def _project_facts(
    mapped: MapModulesOutput, files: set[str], project: ReadProjectOutput, checked: CheckLinksOutput, quote: Quotes
) -> list[Fact]:
    facts = []
    outside = {
        top: kept
        for top, uses in dependencies.outside(mapped).items()
        if (kept := [use for use in uses if use.file in files and use.kind != "typing"])
    }
    firm = {top: min(uses, key=lambda use: (use.file, use.line)) for top, uses in outside.items()}
    if firm:
        shown = list(firm)[:12]
        facts.append(
            Fact(
                text=f"The code imports {len(firm)} names from outside the standard library: "
                f"{', '.join(shown)}{', …' * (len(firm) > 12)}.",
                sources=tuple(quote(firm[top].file, firm[top].line) for top in shown[:5]),
            )
        )
    elif files:
        facts.append(
            Fact(
                text="The code imports nothing from outside the standard library.",
                sources=(Source(formula="first words of imports, less the standard library's and the workspace's own"),),
            )
        )
    stated = [one for one in project.versions if one.what != "changelog"]
    if stated:
        facts.append(
            Fact(
                text="Versions stated: " + ", ".join(f"{one.value} in {one.file}" for one in project.versions[:5]) + ".",
                sources=tuple(quote(one.file, one.line) for one in project.versions[:5]),
            )
        )
    scripts = [one for one in project.stated if one.what == "script"]
    if scripts:
        facts.append(
            Fact(
                text="It is started by " + ", ".join(one.value for one in scripts[:5]) + ".",
                sources=tuple(quote(one.file, one.line) for one in scripts[:5]),
            )
        )
    npm = [one for one in project.requires if one.group == "npm"]
    if npm:
        facts.append(
            Fact(
                text=f"package.json asks for {len(npm)} packages, {sum(one.scope == 'dev' for one in npm)} of them for development.",
                sources=(quote(npm[0].file, npm[0].line),),
            )
        )
    if checked.links:
        facts.append(
            Fact(
                text=f"{checked.links - len(checked.broken)} of {checked.links} relative links in {checked.documents} documents lead to a file.",
                sources=(Source(query="relative links in *.md and *.rst, code blocks and changelogs left out"),),
            )
        )
    return facts


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
