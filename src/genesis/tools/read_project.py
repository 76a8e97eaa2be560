"""Reads what a repository says of itself: name, versions, licence, what it needs, and which lock files it has."""

from __future__ import annotations

import asyncio
import configparser
import re
from collections.abc import Callable
from typing import Any

from genesis.finding import NotDone
from genesis.frozen import Frozen
from genesis.security.workspace import Workspace
from genesis.tools.repository import changelog_files, project_files
from genesis.tools.repository.requirement_files import Requirement, requirements_txt
from genesis.tools.repository.stated import FileSays, Stated
from genesis.tools.tool import ToolContext, tool
from genesis.tools.workspace.file_roles import role
from genesis.tools.workspace.isolated import read_files

REQUIREMENTS = re.compile(
    r"(?:.*/)?[\w.-]*requirements[\w.-]*\.(?:txt|in|pip)|(?:.*/)?requirements/[^/]+\.(?:txt|in)|constraints[\w.-]*\.txt"
)
LOCKS = frozenset(
    {"poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock", "conda-lock.yml", "pixi.lock", "pylock.toml"}
    | {"package-lock.json", "yarn.lock", "pnpm-lock.yaml", "npm-shrinkwrap.json", "bun.lock", "bun.lockb"}
    | {"Cargo.lock", "go.sum", "Gemfile.lock", "composer.lock"}
)
MENTIONS = re.compile(
    r"(?:.*/)?(?:tox\.ini|noxfile\.py|environment[\w-]*\.ya?ml|Pipfile|Dockerfile[\w.-]*|Makefile|justfile|\.pre-commit-config\.yaml"
    r"|\.readthedocs\.ya?ml|pixi\.toml|hatch\.toml|conda[\w-]*\.ya?ml|meta\.yaml)|\.github/workflows/[^/]+\.ya?ml|\.gitlab-ci\.yml"
)
VERSION_FILE = re.compile(r"(?:.*/)?(?:__init__|__about__|__version__|_version|version|_meta|about)\.py")


class ReadProjectInput(Frozen):
    """Nothing to choose: every file that projects describe themselves in is read."""


class ReadProjectOutput(Frozen):
    """`versions`: every place that states one (`what` is pyproject, setup.py, `__version__`, changelog ...).

    `mentioned`: words of the files that set environments up (tox.ini, Dockerfile, workflows), which declare
    dependencies in ways of their own. `unpacked`: it is a source distribution, in which files may be left out.
    """

    stated: tuple[Stated, ...]
    versions: tuple[Stated, ...]
    requires: tuple[Requirement, ...]
    files: tuple[str, ...]
    locks: tuple[str, ...]
    mentioned: frozenset[str]
    unclear: tuple[str, ...]
    unpacked: bool
    not_read: tuple[NotDone, ...]

    def says(self, what: str) -> Stated | None:
        """The first statement of that name."""
        return next((one for one in self.stated if one.what == what), None)


@tool(trust="file", timeout_s=60)
async def read_project(given: ReadProjectInput, context: ToolContext) -> ReadProjectOutput:
    """Reads a repository's metadata: versions, licence, declared dependencies, lock files."""
    workspace = context.workspace_for("reading a project")
    files = {file.name for file in workspace.files}
    outlined = await read_files(
        "genesis.tools.python.outline", workspace.root, sorted(file for file in files if _states_version(file, files))
    )
    return await asyncio.to_thread(_read, workspace, files, outlined.found)


def _states_version(file: str, files: set[str]) -> bool:
    """setup.py, and the modules at the top of a package that is shipped: there a version is the project's own."""
    if file == "setup.py" or file == "docs/conf.py":
        return True
    folder, _, _ = file.rpartition("/")
    above = folder.rpartition("/")[0]
    is_top = bool(folder) and f"{above}/__init__.py".lstrip("/") not in files and f"{folder}/__init__.py" in files
    return bool(VERSION_FILE.fullmatch(file)) and role(file) == "code" and is_top and folder.count("/") <= 1


def _read(workspace: Workspace, files: set[str], outlined: Any) -> ReadProjectOutput:
    says: list[FileSays] = []
    read: list[str] = []
    not_read: list[NotDone] = []
    parsers: tuple[tuple[str, Callable[[str, str], FileSays]], ...] = (
        ("pyproject.toml", project_files.pyproject),
        ("setup.cfg", project_files.setup_cfg),
        ("package.json", project_files.package_json),
    )
    for file, parser in parsers:
        text = workspace.read_text(file) if file in files else None
        if text is None:
            continue
        try:
            says.append(parser(text, file))
            read.append(file)
        except (ValueError, configparser.Error, RecursionError) as error:
            not_read.append(NotDone(what=file, why=f"cannot be parsed ({type(error).__name__})"))
    setup = outlined.get("setup.py", {})
    if setup.get("setup") is not None:
        says.append(project_files.setup_py(setup["setup"], "setup.py", workspace.read_text("setup.py") or ""))
        read.append("setup.py")
    requires = [one for said in says for one in said.requires]
    for file in sorted(files):
        if REQUIREMENTS.fullmatch(file) and role(file) != "vendored":
            text = workspace.read_text(file)
            if text is not None:
                read.append(file)
                requires.extend(requirements_txt(text, file))
    stated = [one for said in says for one in said.stated]
    versions = [_renamed(one) for one in stated if one.what == "version"]
    for file in sorted(outlined):
        versions.extend(
            Stated(what=name, value=value, file=file, line=line)
            for line, name, value in outlined[file].get("versions", ())
            if file != "setup.py"
        )
    for file in sorted(files):
        text = workspace.read_text(file) if changelog_files.is_changelog(file) else None
        newest = changelog_files.newest(text) if text else None
        if newest:
            versions.append(Stated(what="changelog", value=newest[1], file=file, line=newest[0]))
    words = set[str]()
    for file in sorted(files):
        if MENTIONS.fullmatch(file):
            words.update(re.findall(r"[a-z0-9][a-z0-9._-]*", (workspace.read_text(file) or "").lower()))
    return ReadProjectOutput(
        stated=tuple(stated),
        versions=tuple(versions),
        requires=tuple(requires),
        files=tuple(read),
        locks=tuple(sorted(file for file in files if file.rsplit("/", 1)[-1] in LOCKS)),
        mentioned=frozenset(words),
        unclear=tuple(one for said in says for one in said.unclear),
        unpacked="PKG-INFO" in files,
        not_read=tuple(not_read),
    )


def _renamed(one: Stated) -> Stated:
    return one.model_copy(update={"what": one.file})
