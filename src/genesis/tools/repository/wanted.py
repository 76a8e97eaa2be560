"""Which of its declared requirements the tests of a repository need, and the versions its lock files agree on."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable

from genesis.finding import NotDone
from genesis.security.workspace import Workspace
from genesis.tools.repository.requirement_files import DEV_WORDS, NAME, Requirement

TESTING = frozenset({"test", "tests", "testing", "pytest", "ci", "qa"})
MAX_REQUIREMENTS = 300
_VERSION = re.compile(r"[0-9][A-Za-z0-9.!+_-]{0,60}")
LOCKS = frozenset({"uv.lock", "poetry.lock", "pdm.lock", "pylock.toml"})
_PART = re.compile(r"[^a-z]+")


def select(declared: Iterable[Requirement]) -> tuple[dict[str, tuple[str, Requirement]], list[NotDone]]:
    """By name what running the tests needs: of users, of installations, and of groups named for testing (of
    developers, when none is). An address is no index's wheel and is left out."""
    from packaging.requirements import InvalidRequirement
    from packaging.requirements import Requirement as Pep508

    python = [one for one in declared if one.group != "npm" and one.file.count("/") <= 1 and "json" not in one.file]
    tests = [one for one in python if one.scope in ("dev", "extra") and _words(one) & TESTING]
    users = [one for one in python if one.scope in ("runtime", "deploy")]
    others = [one for one in python if one.scope == "dev" and _words(one) & DEV_WORDS and not tests]
    found: dict[str, tuple[str, Requirement]] = {}
    notes: list[NotDone] = []
    for one in (*users, *tests, *others):
        if one.url is not None:
            notes.append(NotDone(what=f"installing {one.name}", why=f"{one.file}:{one.line} names an address for it"))
        elif len(found) < MAX_REQUIREMENTS:
            try:
                said = Pep508(one.text)
                extras = f"[{','.join(sorted(said.extras))}]" if said.extras else ""
                text = f"{said.name}{extras}{said.specifier}" + (f"; {said.marker}" if said.marker else "")
            except InvalidRequirement:  # a tool's own way of writing versions
                text = one.name
            found.setdefault(one.name, (text, one))
    return found, notes


def locked(workspace: Workspace, files: Iterable[str]) -> dict[str, str]:
    """The versions that the workspace's own lock files (uv, Poetry, PDM, PEP 751) agree on, by name: with the newest
    of everything the tests of an older release would fail for reasons of their own."""
    found: dict[str, set[str]] = {}
    for file in files:
        text = workspace.read_text(file) if file in LOCKS else None
        try:
            data = tomllib.loads(text or "")
        except (tomllib.TOMLDecodeError, RecursionError):
            continue
        packages = data.get("package", data.get("packages", []))
        for one in packages if isinstance(packages, list) else ():
            name, version = (one.get("name"), one.get("version")) if isinstance(one, dict) else (None, None)
            if not isinstance(name, str) or not isinstance(version, str) or not _here(one.get("resolution-markers")):
                continue
            if NAME.fullmatch(name) and _VERSION.fullmatch(version):
                found.setdefault(name, set()).add(version)
    return {name: versions.pop() for name, versions in sorted(found.items()) if len(versions) == 1}


def _here(markers: object) -> bool:
    """Whether one of uv's markers holds for this Python: it locks a package once for each that differs."""
    from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName

    if not isinstance(markers, list):
        return True
    try:
        return any(Marker(one).evaluate() for one in markers if isinstance(one, str))
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName):
        return False


def _words(one: Requirement) -> set[str]:
    return set(_PART.split(one.group.lower())) | (
        set(_PART.split(one.file.lower())) if one.file.endswith("t") else set()
    )
