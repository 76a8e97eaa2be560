"""States what is so in a repository's structure: sizes, layers, hot spots, dependencies, and where to check each."""

from __future__ import annotations

from collections import Counter

from genesis.agents.architect import dependencies, judgement, structure
from genesis.finding import Fact, NotDone, Source
from genesis.security.workspace import Workspace
from genesis.tools.check_links import CheckLinksOutput
from genesis.tools.map_modules import MapModulesOutput
from genesis.tools.places.quote import Quotes
from genesis.tools.read_project import ReadProjectOutput
from genesis.tools.workspace.file_roles import language


def language_facts(workspace: Workspace) -> list[Fact]:
    counted = Counter(said for file in workspace.files if (said := language(file.name)))
    total = len(workspace.files)
    if not counted:
        return [
            Fact(
                text=f"The workspace holds {total} files, none in a programming language that is known here.",
                sources=(Source(formula="files by the ending of their names"),),
            )
        ]
    said = ", ".join(f"{count} {name}" for name, count in sorted(counted.items(), key=lambda p: (-p[1], p[0])))
    return [
        Fact(
            text=f"The workspace holds {total} files; by language: {said}.",
            sources=(Source(formula="files by the ending of their names"),),
        )
    ]


def languages_not_mapped(workspace: Workspace) -> list[NotDone]:
    others = Counter(
        said for file in workspace.files if (said := language(file.name)) and said not in ("Python", "shell", "SQL")
    )
    return [
        NotDone(
            what=f"imports of {count} {other} files",
            why=f"modules are mapped for Python; no parser for {other} is here",
        )
        for other, count in sorted(others.items())
    ]


def size_facts(mapped: MapModulesOutput, files: set[str]) -> list[Fact]:
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
            sources=(
                Source(
                    formula="lines that are neither blank nor comment, over Python files outside tests, docs, examples"
                ),
            ),
        ),
        Fact(
            text="The largest modules are "
            + ", ".join(f"{m.name} ({m.code_lines:,} lines of code)" for m in largest)
            + ".",
            sources=tuple(Source(file=m.file, formula="lines that are neither blank nor comment") for m in largest),
        ),
    ]
    if tests:
        ratio = sum(m.code_lines for m in tests) / max(1, sum(m.code_lines for m in modules))
        facts.append(
            Fact(
                text=f"{len(tests)} test modules hold {sum(m.code_lines for m in tests):,} lines: "
                f"{ratio:.2f} for each line of code.",
                sources=(Source(formula="lines of code in tests / lines of code outside"),),
            )
        )
    return facts


def import_facts(
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
                text=f"The modules stand in {len(levels)} layers; {len(levels[0])} import nothing of the workspace "
                f"({ground}{', …' * (len(levels[0]) > 5)}).",
                sources=(Source(formula="layer = 1 + highest layer of what is imported; a cycle shares one"),),
            )
        )
    for file, uses in judgement.most_needed(mapped.imports, files)[:2]:
        if len(uses) >= 3:
            facts.append(
                Fact(
                    text=f"{names[file]} is imported by {len(uses)} of {len(files) - 1} other modules: "
                    "a change to it reaches them all.",
                    sources=tuple(quote(use.file, use.line) for use in uses[:3]),
                )
            )
    return facts


def spot_facts(spots: list[judgement.HotSpot], quote: Quotes) -> list[Fact]:
    return [
        Fact(
            text=f"Hot spot: {spot.function.name} scores {spot.score:,} = "
            f"complexity {spot.function.complexity} x {spot.function.lines} lines.",
            sources=(quote(spot.file, spot.function.line), Source(formula=judgement.HOT_SPOT)),
        )
        for spot in spots[:3]
    ]


def project_facts(
    mapped: MapModulesOutput, files: set[str], project: ReadProjectOutput, checked: CheckLinksOutput, quote: Quotes
) -> list[Fact]:
    facts: list[Fact] = []
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
                sources=(
                    Source(formula="first words of imports, less the standard library's and the workspace's own"),
                ),
            )
        )
    stated = [one for one in project.versions if one.what != "changelog"]
    if stated:
        facts.append(
            Fact(
                text="Versions stated: "
                + ", ".join(f"{one.value} in {one.file}" for one in project.versions[:5])
                + ".",
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
    tasks = [one for one in project.stated if one.what == "npm script"]
    if tasks:
        facts.append(
            Fact(
                text=f"package.json names {len(tasks)} scripts: "
                f"{', '.join(one.value.split(':')[0] for one in tasks[:8])}{', …' * (len(tasks) > 8)}.",
                sources=tuple(quote(one.file, one.line) for one in tasks[:3]),
            )
        )
    npm = [one for one in project.requires if one.group == "npm"]
    if npm:
        facts.append(
            Fact(
                text=f"package.json asks for {len(npm)} packages, "
                f"{sum(one.scope == 'dev' for one in npm)} of them for development.",
                sources=(quote(npm[0].file, npm[0].line),),
            )
        )
    if checked.links:
        facts.append(
            Fact(
                text=f"{checked.links - len(checked.broken)} of {checked.links} relative links "
                f"in {checked.documents} documents lead to a file.",
                sources=(Source(query="relative links in *.md and *.rst, code blocks and changelogs left out"),),
            )
        )
    return facts
