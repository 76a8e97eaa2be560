"""Weighs how firmly dependencies are pinned: what is installed tomorrow must be what was tested today.

Only lists that an installation is made from are judged. Ranges in a library's metadata are right: who installs it pins.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from genesis.agents.security.judgement import Weakness
from genesis.finding import Severity
from genesis.tools.read_project import ReadProjectOutput
from genesis.tools.repository.requirement_files import Requirement

CWE = 1357
PIN = "Pin it to one version, best with hashes (`uv pip compile --generate-hashes`), and raise it on purpose."
MAX_EACH = 5
MAIN_LIST = re.compile(r"(?:requirements/)?(?:requirements|base|prod\w*|main|deploy\w*|app|server)\.(?:txt|in)")


def unpinned(project: ReadProjectOutput) -> list[Weakness]:
    """One per requirement of a deployment list; one per list for developers."""
    constrained = {one.name for one in project.requires if one.scope == "constraint" and one.pinned}
    compiled = {
        file for file in project.files if f"{file.removesuffix('.in')}.txt" in project.files and file.endswith(".in")
    }
    # A list that the build reads is the library's metadata, written elsewhere.
    is_metadata = any(
        one.what == "dynamic" and one.value in ("dependencies", "optional-dependencies") for one in project.stated
    )
    is_metadata |= any("requires" in note for note in project.unclear)
    python_locks = [lock for lock in project.locks if lock.endswith((".lock", "lock.yml", "pylock.toml"))]
    found: list[Weakness] = []
    loose: dict[str, list[Requirement]] = {}
    for one in project.requires:
        if one.file.endswith((".toml", ".cfg", ".py", ".json")) or one.scope == "constraint" or one.file in compiled:
            continue
        if (
            one.pinned
            or one.hashed
            or one.name in constrained
            or (one.scope == "deploy" and (is_metadata or python_locks))
        ):
            continue
        loose.setdefault(one.file, []).append(one)
    for file, requirements in sorted(loose.items()):
        if requirements[0].scope != "deploy":
            continue  # what only developers install reaches nobody else
        firm: Severity = "medium" if MAIN_LIST.fullmatch(file) else "low"
        for one in requirements[:MAX_EACH]:
            severity = "low" if one.bounded else firm
            found.append(
                _said(
                    one,
                    severity,
                    f"the requirement {one.text} in {file} names no single version: {_what_may_come(one)}",
                )
            )
        rest = requirements[MAX_EACH:]
        if rest:
            names = ", ".join(one.name for one in rest[:10])
            found.append(
                _said(rest[0], firm, f"{len(rest)} more requirements in {file} name no single version ({names})")
            )
    return found + _npm(project)


def _what_may_come(one: Requirement) -> str:
    if one.bounded:
        return "the next release within its range is installed untested"
    return "whatever is newest on the day is installed, whoever published it"


def _said(one: Requirement, severity: Severity, message: str) -> Weakness:
    return Weakness("unpinned_dependency", severity, message, PIN, CWE, one.file, one.line, one.line)


def _npm(project: ReadProjectOutput) -> list[Weakness]:
    """An application in JavaScript without a lock file; a package for others has none to ship."""
    asked: Sequence[Requirement] = [one for one in project.requires if one.group == "npm" and one.scope == "runtime"]
    private = any(one.what == "private" and one.value == "True" for one in project.stated)
    locked = any(lock.endswith((".json", ".yaml", "yarn.lock", ".lockb", "bun.lock")) for lock in project.locks)
    if not asked or locked or not private:
        return []
    message = f"package.json asks for {len(asked)} packages by range, and no lock file says which versions were tested"
    remedy = "Commit the lock file that npm, yarn or pnpm writes, and install with it (`npm ci`)."
    return [
        Weakness("unpinned_dependency", "medium", message, remedy, CWE, asked[0].file, asked[0].line, asked[0].line)
    ]
