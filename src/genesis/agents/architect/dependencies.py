"""Judges what is imported against what is declared: missing declarations, and declared things that nothing uses."""

from __future__ import annotations

import re
from collections.abc import Iterable

from genesis.agents.architect.distributions import STANDARD, import_names, likely_name, provided
from genesis.finding import Finding, NotDone, Severity
from genesis.security.workspace import Workspace
from genesis.tools.map_modules import Import, MapModulesOutput
from genesis.tools.places.quote import Quotes
from genesis.tools.read_project import ReadProjectOutput

ORDER = ("top", "lazy", "conditional", "optional", "guarded")
"""Kinds of import that say a distribution is needed, the firmest first."""
TASK_FILES = re.compile(
    r"(?:setup|noxfile|tasks|fabfile|conftest|dodo|waf|wscript)\.py|(?:tools|scripts|ci|\.\w+|build|packaging|extras)/.*"
)
MAX_SEARCHED = 20_000_000
MAX_LIGHT = 4


def outside(mapped: MapModulesOutput) -> dict[str, list[Import]]:
    """Imports of what is neither the workspace's own nor the standard library's, by first word."""
    found: dict[str, list[Import]] = {}
    for one in mapped.imports:
        top = one.module.split(".")[0]
        if one.to is None and top and top not in STANDARD and top not in mapped.local:
            found.setdefault(top, []).append(one)
    return dict(sorted(found.items()))


def undeclared(
    mapped: MapModulesOutput, project: ReadProjectOutput, quote: Quotes
) -> tuple[list[Finding], list[NotDone]]:
    """One finding per distribution that shipped code imports and no file declares, at the import that needs it most."""
    imported = outside(mapped)
    roles = {module.file: module.role for module in mapped.modules}
    if not imported:
        return [], []
    computed = [note for note in project.unclear if "require" in note or note.startswith("**")]
    dynamic = project.says("dynamic") is not None and any(
        one.what == "dynamic" and one.value == "dependencies" for one in project.stated
    )
    if computed or (dynamic and not any(one.scope == "deploy" for one in project.requires)):
        why = computed[0] if computed else "pyproject.toml says that dependencies are dynamic"
        return [], [NotDone(what="undeclared dependencies", why=f"{why}; only the build could tell what is declared")]
    python = [one for one in project.requires if one.group != "npm"]
    everywhere = {one.name for one in python}
    shipped = {one.name for one in python if one.scope in ("runtime", "extra", "deploy")}
    own = {one.value.lower().replace("_", "-") for one in project.stated if one.what == "name"}
    needing = {
        top: kept
        for top, uses in imported.items()
        if (
            kept := [
                use
                for use in uses
                if roles[use.file] == "code" and not TASK_FILES.fullmatch(use.file) and use.kind in ORDER
            ]
        )
        and not provided(top, shipped | own)
    }
    if not needing:
        return [], []
    if not project.files:
        first = min((use for uses in needing.values() for use in uses), key=_firmness)
        return [
            Finding(
                kind="undeclared_dependency",
                severity="medium",
                message=f"no file declares dependencies, and the code imports {_listing(needing)}: nobody can install "
                "what it needs without reading it",
                source=quote(first.file, first.line),
                remedy="Add a pyproject.toml (or a requirements.txt) that names them with versions.",
            )
        ], []
    # What is declared may bring others along, and no index is asked which: failure is sure with nothing declared.
    alone = not any(one.scope == "runtime" for one in python)
    found = []
    for top, uses in needing.items():
        use = min(uses, key=_firmness)
        for_developers = provided(top, everywhere | project.mentioned)
        if for_developers and use.kind in ("optional", "guarded"):
            continue  # the code copes, and those who work on it are told
        severity, why = _severity(use, for_developers, alone)
        name = likely_name(use.module)
        found.append(
            Finding(
                kind="undeclared_dependency",
                severity=severity,
                message=f"`{top}` is imported, but {_where(for_developers)} declares {name}: {why}",
                source=quote(use.file, use.line),
                remedy=f"Declare {name} with a version range: as a dependency when it is needed to run, "
                "as an extra when it is optional.",
            )
        )
    return _few(found), []


def _few(found: list[Finding]) -> list[Finding]:
    """The light ones beyond the first few in one: code with many optional parts would drown the rest."""
    light = [one for one in found if one.severity == "low"]
    if len(light) <= MAX_LIGHT:
        return found
    rest = light[MAX_LIGHT - 1 :]
    names = ", ".join(sorted(one.message.split("`")[1] for one in rest)[:15])
    said = f"{len(rest)} more imports that are optional or late are declared for nobody who installs it: {names}"
    last = rest[0].model_copy(update={"message": said})
    return [one for one in found if one not in rest] + [last]


def _firmness(use: Import) -> tuple[int, str, int]:
    return ORDER.index(use.kind), use.file, use.line


def _severity(use: Import, for_developers: bool, alone: bool) -> tuple[Severity, str]:
    if use.kind == "top" and alone and not for_developers:
        return "high", "after a plain installation, importing the module fails"
    if use.kind == "top":
        return "medium", "importing the module fails unless something else happens to bring it"
    if use.kind == "lazy":
        return "low", "the function that imports it fails where it is not installed"
    return "low", "the code copes without it, but nobody who wants the feature is told what to install"


def _where(for_developers: bool) -> str:
    return "only a list for developers" if for_developers else "nothing"


def _listing(names: Iterable[str]) -> str:
    names = sorted(names)
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def unused(mapped: MapModulesOutput, project: ReadProjectOutput, workspace: Workspace, quote: Quotes) -> list[Finding]:
    """Declared run-time dependencies that nothing imports and no file names: said only when nothing speaks for them."""
    imported = {one.module.split(".")[0] for one in mapped.imports}
    candidates = {
        one.name: one
        for one in project.requires
        if one.scope == "runtime"
        and one.group != "npm"
        and one.name not in ("pip", "setuptools", "wheel")
        and not imported.intersection(import_names(one.name))
        and not any(provided(top, {one.name}) for top in imported)
    }
    if not candidates or not mapped.modules:
        return []
    words = {
        name: re.compile(rf"(?<![a-z0-9])(?:{'|'.join(map(_loose, (import_names(name)[0], name)))})", re.IGNORECASE)
        for name in candidates
    }
    budget = MAX_SEARCHED
    declared_in = set(project.files) | set(project.locks) | {"PKG-INFO"}
    for file in workspace.files:
        if file.name in declared_in or budget <= 0 or not candidates:
            continue
        text = workspace.read_text(file.name)
        if text is None:
            continue
        budget -= len(text)
        for name in [name for name in candidates if words[name].search(text)]:
            del candidates[name]
    if budget <= 0:
        return []  # not everything was searched, so nobody can be sure
    return [
        Finding(
            kind="unused_dependency",
            severity="low",
            message=f"{one.name} is declared, but nothing imports it and no other file names it",
            source=quote(one.file, one.line),
            remedy=f"Remove {one.name} from the dependencies, or say beside it what needs it.",
        )
        for one in candidates.values()
    ]


def _loose(name: str) -> str:
    return "[-_. ]?".join(re.escape(part) for part in re.split(r"[-_.]", name) if part)
