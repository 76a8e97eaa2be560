"""Judges what a release carries around the code: one version everywhere, a licence, a readme, links that lead on."""

from __future__ import annotations

import re
from collections import Counter

from genesis.finding import Finding
from genesis.security.workspace import Workspace
from genesis.tools.check_links import CheckLinksOutput
from genesis.tools.places.quote import Quotes
from genesis.tools.read_project import ReadProjectOutput
from genesis.tools.repository.changelog_files import is_changelog
from genesis.tools.repository.stated import Stated

LICENSE = re.compile(r"(?:licen[cs]es?|copying|unlicense|notice)(?:[.-][\w.-]+)?", re.IGNORECASE)
README = re.compile(r"read.?me(?:\.\w+)?", re.IGNORECASE)
MAX_LINKS = 20


def versions(project: ReadProjectOutput, quote: Quotes) -> list[Finding]:
    """Places that state another version than the project's, each once."""
    code = [one for one in project.versions if one.what != "changelog"]
    changelog = next((one for one in project.versions if one.what == "changelog"), None)
    truth = _truth(code, changelog)
    if truth is None:
        return []
    found = [
        Finding(
            kind="version_mismatch",
            severity="medium",
            message=f"{one.file} says version {one.value}, {truth.file} says {truth.value}: "
            "what is released will report a wrong version",
            source=quote(one.file, one.line),
            remedy=f"Make {one.file} say {truth.value}, or read the version from one place only.",
        )
        for one in code
        if not _same(one.value, truth.value, short=one.file.startswith("docs/"))
    ]
    if changelog and not _is_coming(truth.value) and not _same(changelog.value, truth.value):
        behind = _order(changelog.value) < _order(truth.value)
        found.append(
            Finding(
                kind="version_mismatch",
                severity="low" if behind else "medium",
                message=f"the newest version in {changelog.file} is {changelog.value}, {truth.file} says {truth.value}"
                + (": the changelog has no entry for this release" if behind else ": the version was not raised"),
                source=quote(changelog.file, changelog.line) if behind else quote(truth.file, truth.line),
                remedy=f"Add an entry for {truth.value} to {changelog.file}."
                if behind
                else f"Raise the version in {truth.file} to {changelog.value}.",
            )
        )
    return found


def _truth(code: list[Stated], changelog: Stated | None) -> Stated | None:
    """The version that most places state, the changelog among them; then that of the file that the build reads."""
    ranked = [one for one in code if _order(one.value) != (-1,)]
    if not ranked:
        return None
    rank = {"pyproject.toml": 0, "setup.cfg": 1, "setup.py": 2, "package.json": 9}
    # package.json and docs/conf.py beside Python metadata often belong to something else: their vote counts less.
    votes = Counter(_order(one.value) for one in ranked if rank.get(one.what, 5) < 9)
    votes.update([_order(changelog.value)] if changelog else [])
    return min(ranked, key=lambda one: (-votes[_order(one.value)], rank.get(one.what, 5), one.file, one.line))


def _order(value: str) -> tuple[object, ...]:
    """A key to compare versions by: (-1,) for what is no version."""
    from packaging.version import InvalidVersion, Version

    try:
        return (0, Version(value))
    except InvalidVersion:
        return (-1,)


def _same(one: str, other: str, *, short: bool = False) -> bool:
    if _order(one) == (-1,) or _order(other) == (-1,):
        return True  # no version: nothing is claimed about it
    return _order(one) == _order(other) or (short and f"{other}.".startswith(f"{one}."))


def _is_coming(value: str) -> bool:
    return bool(re.search(r"dev|a\d|b\d|rc|alpha|beta|\+|^0\.0\.0?$", value))


def papers(project: ReadProjectOutput, workspace: Workspace, quote: Quotes) -> list[Finding]:
    """Licence, readme and changelog: named but absent, or not there at all."""
    top = {file.name for file in workspace.files if "/" not in file.name}
    names = {file.name for file in workspace.files}
    if not project.files:
        return []
    licensed = any(LICENSE.fullmatch(name) for name in top) or any(name.startswith("LICENSES/") for name in names)
    says = project.says("license")
    found = [
        Finding(
            kind="missing_license",
            severity="medium",
            message=f"{one.file} names the licence file {one.value}, which is not there",
            source=quote(one.file, one.line),
            remedy=f"Add {one.value} with the licence's text, or name the file that holds it.",
        )
        for one in project.stated
        if one.what == "license_file" and one.value not in names and not re.search(r"[*?,\s]", one.value)
    ]
    if not licensed and not found:
        place = says or project.says("name")
        said = (
            f"{says.file} names the licence {says.value}, but no file holds its text"
            if says
            else "no licence is stated"
        )
        found.append(
            Finding(
                kind="missing_license",
                severity="medium" if says else "low",
                message=f"{said}: nobody may be sure what they are allowed to do",
                source=quote(place.file, place.line) if place else quote(project.files[0], None),
                remedy="Add a LICENSE file with the licence's whole text.",
            )
        )
    readme = project.says("readme")
    if readme and readme.value not in names and not re.search(r"[,\s]|://", readme.value) and "." in readme.value:
        found.append(
            Finding(
                kind="missing_readme",
                severity="medium",
                message=f"{readme.file} names {readme.value} as the readme, which is not there: the build fails",
                source=quote(readme.file, readme.line),
                remedy=f"Add {readme.value}, or name the file that is there.",
            )
        )
    elif not any(README.fullmatch(name) for name in top):
        found.append(
            Finding(
                kind="missing_readme",
                severity="low",
                message="there is no readme: who comes here learns neither what this is nor how to start it",
                source=quote(project.files[0], None),
                remedy="Add a README.md: what it is, how to install it, how to start it, how to test it.",
            )
        )
    if project.versions and not any(is_changelog(name) for name in names):
        place = project.versions[0]
        found.append(
            Finding(
                kind="missing_changelog",
                severity="info",
                message="there is no changelog: who upgrades cannot see what changes for them",
                source=quote(place.file, place.line),
                remedy="Keep a CHANGELOG.md with an entry for each version.",
            )
        )
    return found


def links(checked: CheckLinksOutput, project: ReadProjectOutput, quote: Quotes) -> list[Finding]:
    """Broken links, the first ones each for itself. In a source distribution they may have been left out on purpose."""
    found = []
    for one in checked.broken[:MAX_LINKS]:
        packed = " (a source distribution may leave files out; look at the repository)" if project.unpacked else ""
        found.append(
            Finding(
                kind="broken_doc_link",
                severity="low" if project.unpacked or not README.fullmatch(one.file) else "medium",
                message=f"{one.file} links to {one.target}, which is not there{packed}",
                source=quote(one.file, one.line),
                remedy=f"Mend the link, add {one.target}, or take the sentence out.",
            )
        )
    rest = checked.broken[MAX_LINKS:]
    if rest:
        found.append(
            Finding(
                kind="broken_doc_link",
                severity="low",
                message=f"{len(rest)} more links lead to files that are not there",
                source=quote(rest[0].file, rest[0].line),
                remedy="Mend or remove them; a link checker in the build keeps them out.",
            )
        )
    return found
