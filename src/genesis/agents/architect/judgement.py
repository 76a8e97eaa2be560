"""Turns the shape of a module graph into findings: which of it somebody should act on, and how much it matters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from posixpath import basename, dirname

from genesis.agents.architect.structure import DEFERRED, MAX_GROUP, Cycle, deferred_tangles, is_init
from genesis.finding import Finding, Severity, Source
from genesis.security.workspace import Workspace
from genesis.tools.map_modules import Function, Import, MapModulesOutput, Module
from genesis.tools.places.quote import Quotes
from genesis.tools.repository.stated import Stated

MAX_OF_A_KIND = 5
TOO_COMPLEX = 50  # McCabe's own scale, as the SEI published it: above 50 a function counts as untestable
HOT_SPOT = "score = complexity x lines; complexity = 1 + decisions (McCabe 1976)"
LOADED_BY_NAME = re.compile(
    r"(?:__init__|__main__|setup|conf|conftest|noxfile|tasks|fabfile|manage|wsgi|asgi|settings\w*|gunicorn\w*|urls|admin|apps|models|_version|version)\.py"
)
MAX_SEARCHED = 20_000_000


@dataclass(frozen=True)
class HotSpot:
    """A function, its module's file, and its score."""

    file: str
    function: Function

    @property
    def score(self) -> int:
        return self.function.complexity * self.function.lines


def hot_spots(modules: Sequence[Module]) -> list[HotSpot]:
    """The functions with the highest score (complexity x lines), highest first; small or plain ones are none."""
    spots = [
        HotSpot(module.file, function)
        for module in modules
        for function in module.functions
        if function.complexity > 10 and function.lines > 30
    ]
    return sorted(spots, key=lambda spot: (-spot.score, spot.file, spot.function.line))


def too_complex(spots: Sequence[HotSpot], quote: Quotes) -> list[Finding]:
    extreme = [spot for spot in spots if spot.function.complexity > TOO_COMPLEX]
    return [
        Finding(
            kind="hot_spot",
            severity="low",
            message=f"{spot.function.name} has complexity {spot.function.complexity} in {spot.function.lines} lines: "
            "nobody tests every path through it, and every change to it is a risk",
            source=_with_formula(quote(spot.file, spot.function.line)),
            remedy=f"Split {spot.function.name} by the cases that it distinguishes, with a test for each first.",
        )
        for spot in extreme[:MAX_OF_A_KIND]
    ]


def _with_formula(source: Source) -> Source:
    return source.model_copy(update={"formula": HOT_SPOT})


def cycles(found: Sequence[Cycle], names: dict[str, str], quote: Quotes) -> list[Finding]:
    """One finding per tangle, at an import of its shortest cycle. High when the code cannot even be entered."""
    findings = []
    severity: Severity
    for cycle in sorted(found, key=lambda cycle: (cycle.broken is None, cycle.facade, cycle.files))[:20]:
        ring = " → ".join([*(names[one.file] for one in cycle.path), names[cycle.path[0].file]])
        others = len(cycle.files) - len(cycle.path)
        more = f" (with {others} more in the same tangle)" if others else ""
        place = cycle.path[0]
        if cycle.broken is not None:
            place = cycle.broken.statement
            message = (
                f"import cycle {ring}{more}: `import {names[cycle.broken.first]}` in a fresh interpreter "
                f"fails, because {names[place.file]} takes `{cycle.broken.name}` from "
                f"{place.module}, which has not bound it yet"
            )
            # Where every entry works, those who use the code do not meet it; those who change it do.
            severity = "high" if cycle.broken.at_start else "medium"
        elif cycle.facade:
            message = f"import cycle {ring}{more}, closed by a package's own __init__; it works while its order stays"
            severity = "low"
        else:
            played = (
                "it imports in any order, but"
                if len(cycle.files) <= MAX_GROUP
                else "it is too large to play every order;"
            )
            message = (
                f"import cycle {ring}{more}: {played} neither side can be tested, moved or understood without the other"
            )
            severity = "medium"
        findings.append(
            Finding(
                kind="import_cycle",
                severity=severity,
                message=message,
                source=quote(place.file, place.line),
                remedy="Move what both need into a module below them, or hand it in as an argument; "
                f"cut at {place.file}:{place.line}.",
            )
        )
    return findings


def deferred(mapped: MapModulesOutput, files: AbstractSet[str], names: dict[str, str], quote: Quotes) -> list[Finding]:
    """Tangles that imports inside functions hold open: no fault, but the parts cannot be taken apart."""
    findings = []
    for group in deferred_tangles(mapped, files)[:3]:
        inside = set(group)
        place = next(
            one for one in mapped.imports
            if one.file in inside and one.to in inside and one.to != one.file and one.kind in DEFERRED - {"top"}
        )  # fmt: skip
        shown = ", ".join(names[file] for file in group[:4]) + (f" and {len(group) - 4} more" if len(group) > 4 else "")
        findings.append(
            Finding(
                kind="import_cycle",
                severity="info",
                message=f"{shown} need each other; only imports inside functions keep that from being a cycle",
                source=quote(place.file, place.line),
                remedy="Nothing is broken; when these modules are next changed, move what they share below them.",
            )
        )
    return findings


def dead_modules(
    mapped: MapModulesOutput, files: AbstractSet[str], stated: Sequence[Stated], workspace: Workspace, quote: Quotes
) -> list[Finding]:
    """Modules that nothing imports and no text names. Whole families that are loaded by name are left alone."""
    imported = {one.to for one in mapped.imports if one.to and one.to != one.file}
    families = Counter(dirname(file) for file in files if file not in imported and not is_init(file))
    candidates = [
        module
        for module in mapped.modules
        if module.file in files and module.file not in imported and not module.main and "/" in module.file
        and not LOADED_BY_NAME.fullmatch(basename(module.file))
        and f"{dirname(module.file)}/__init__.py" in files
        and families[dirname(module.file)] < 3
    ]  # fmt: skip
    scripts = " ".join(one.value for one in stated if one.what == "script")
    candidates = [module for module in candidates if not re.search(rf"\b{re.escape(module.name)}\b", scripts)]
    patterns = {
        module.file: re.compile(rf"(?<!\w){re.escape(basename(module.file)[:-3])}(?!\w)") for module in candidates
    }
    budget = MAX_SEARCHED
    for file in workspace.files:
        if not patterns:
            break
        text = workspace.read_text(file.name) if budget > 0 else None
        budget -= file.size
        if text is None:
            continue
        for candidate in [one for one, pattern in patterns.items() if one != file.name and pattern.search(text)]:
            del patterns[candidate]
    if budget <= 0:
        return []
    return [
        Finding(
            kind="dead_module",
            severity="low",
            message=f"nothing in the workspace imports {module.name} ({module.code_lines} lines of code) or names it",
            source=quote(module.file, 1),
            remedy=f"Remove {module.file}, or show in a test or a document how it is used.",
        )
        for module in candidates
        if module.file in patterns
    ][:MAX_OF_A_KIND]


def most_needed(imports: Sequence[Import], files: AbstractSet[str]) -> list[tuple[str, list[Import]]]:
    """Files by how many others of `files` import them at run time, most first, each with one import per importer."""
    by_target: dict[str, dict[str, Import]] = {}
    for one in imports:
        if one.to in files and one.file in files and one.to != one.file and one.kind != "typing" and one.to:
            by_target.setdefault(one.to, {}).setdefault(one.file, one)
    ranked = sorted(by_target.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return [(file, list(uses.values())) for file, uses in ranked]
