"""What a workspace is, read from its own files: its name and version, how it is tested, checked, built, started."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from typing import Any, Literal

from genesis.finding import NotDone
from genesis.frozen import Frozen
from genesis.security.workspace import Workspace
from genesis.tools.places.place import place
from genesis.tools.python.modules import is_aside
from genesis.tools.repository.commands import Command, Commands
from genesis.tools.repository.project_lines import ProjectLines, Said, table
from genesis.tools.tool import ToolContext, tool

Language = Literal["python", "node", "go", "rust", "java", "ruby", "php", "html"]
SUFFIXES: dict[str, Language] = {
    ".py": "python",
    ".js": "node",
    ".ts": "node",
    ".tsx": "node",
    ".go": "go",
    ".rs": "rust",
    ".java": "java",
    ".rb": "ruby",
    ".php": "php",
    ".html": "html",
}
CI_FILES = {
    "github": re.compile(r"^\.github/workflows/[^/]+\.ya?ml$"),
    "gitlab": re.compile(r"^\.gitlab-ci\.ya?ml$"),
    "circleci": re.compile(r"^\.circleci/config\.ya?ml$"),
    "jenkins": re.compile(r"^Jenkinsfile$"),
    "azure": re.compile(r"^azure-pipelines\.ya?ml$"),
    "travis": re.compile(r"^\.travis\.yml$"),
    "woodpecker": re.compile(r"^\.woodpecker(?:\.ya?ml|/[^/]+\.ya?ml)$"),
    "forgejo": re.compile(r"^\.(?:forgejo|gitea)/workflows/[^/]+\.ya?ml$"),
}


# A client's module names ports too (of the database that it calls): only files that start or configure are asked.
LISTENS = re.compile(
    r"(?:^|/)(?:settings|config|app|main|__main__|serve|server|cli|web|env|wsgi|asgi|run)\.(?:py|js|ts|go)$"
    r"|(?:^|/)(?:Dockerfile|\.env)$"
)


class InspectProjectInput(Frozen):
    """Nothing to choose: the files that describe a project are read."""


class InspectProjectOutput(Frozen):
    """`name` and `version` are None when no file states them. `start` is how the program is started."""

    name: Said | None
    version: Said | None
    python: Said | None
    languages: dict[str, int]
    dependencies: tuple[Said, ...]
    install: tuple[Command, ...]
    checks: tuple[Command, ...]
    tests: tuple[Command, ...]
    build: tuple[Command, ...]
    start: tuple[Command, ...]
    port: Said | None
    ci: dict[str, str]
    containers: tuple[str, ...]
    changelog: str | None
    not_done: tuple[NotDone, ...] = ()


@tool(trust="file", timeout_s=60)
async def inspect_project(given: InspectProjectInput, context: ToolContext) -> InspectProjectOutput:
    """Reads what a project is from its own files: name, version, tests, linters, build, start, port."""
    return await asyncio.to_thread(
        lambda workspace: _Inspection(workspace).run(), context.workspace_for("inspecting a project")
    )


class _Inspection:
    def __init__(self, workspace: Workspace) -> None:
        self.files = ProjectLines(workspace)
        self.names = self.files.names
        self.dependencies: list[Said] = []

    def run(self) -> InspectProjectOutput:
        pyproject = self.files.toml("pyproject.toml")
        package = self.files.json("package.json")
        cargo = self.files.toml("Cargo.toml")
        languages = Counter(
            language
            for file in self.files.workspace.files
            if (language := SUFFIXES.get("." + file.name.rpartition(".")[2])) and not is_aside(file.name)
        )
        project, poetry = table(pyproject, "project"), table(pyproject, "tool", "poetry")
        self._dependencies(project, package)
        commands = Commands(self.files)
        return InspectProjectOutput(
            name=self._name(project, poetry, package, cargo),
            version=self._version(project, poetry, package, cargo),
            python=self.files.said("pyproject.toml", project.get("requires-python"), "requires-python"),
            languages=dict(sorted(languages.items(), key=lambda one: (-one[1], one[0]))),
            dependencies=tuple(self.dependencies),
            install=tuple(commands.install(project, "build-system" in pyproject)),
            checks=tuple(commands.checks(pyproject, package)),
            tests=tuple(commands.tests(package)),
            build=tuple(commands.build(pyproject, package)),
            start=tuple(commands.start(project, poetry, package)),
            port=self._port(),
            ci={
                system: next(name for name in sorted(self.names) if pattern.match(name))
                for system, pattern in CI_FILES.items()
                if any(pattern.match(name) for name in self.names)
            },
            containers=tuple(
                name
                for name in sorted(self.names)
                if re.fullmatch(r"(?:Dockerfile|Containerfile|(?:docker-)?compose\.ya?ml|[^/]+\.service)", name)
            ),
            changelog=next(
                (
                    name
                    for name in sorted(self.names)
                    if re.fullmatch(r"(?i)(changelog|changes|history|news)(\.\w+)?", name)
                ),
                None,
            ),
            not_done=tuple(self.files.not_done),
        )

    def _name(self, *tables: dict[str, Any]) -> Said | None:
        project, poetry, package, cargo = tables
        return (
            self.files.said("pyproject.toml", project.get("name") or poetry.get("name"), "name")
            or self.files.match("setup.cfg", r"^name\s*=\s*([A-Za-z0-9._-]+)\s*$")
            or self.files.match("setup.py", r"\bname\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
            or self.files.said("package.json", package.get("name"), '"name"')
            or self.files.said("Cargo.toml", table(cargo, "package").get("name"), "name")
            or self.files.match("go.mod", r"^module\s+(?:\S*/)?([A-Za-z0-9._-]+)\s*$")
            or self.files.match("PKG-INFO", r"^Name:\s*(\S+)\s*$")
        )

    def _version(self, *tables: dict[str, Any]) -> Said | None:
        project, poetry, package, cargo = tables
        stated = (
            self.files.said("pyproject.toml", project.get("version") or poetry.get("version"), "version")
            or self.files.match("setup.cfg", r"^version\s*=\s*([0-9][\w.+!-]*)\s*$")
            or self.files.match("setup.py", r"\bversion\s*=\s*[\"']([0-9][\w.+!-]*)[\"']")
            or self.files.said("package.json", package.get("version"), '"version"')
            or self.files.said("Cargo.toml", table(cargo, "package").get("version"), "version")
        )
        if stated or "version" not in [*project.get("dynamic", []), *(["version"] if not project else [])]:
            return stated
        for name in sorted(self.names, key=lambda one: (one.count("/"), one)):
            if name.rpartition("/")[2] in {
                "__init__.py",
                "version.py",
                "_version.py",
                "__version__.py",
            } and not is_aside(name):
                found = self.files.match(
                    name, r"^(?:__version__|VERSION|version)(?:\s*:\s*\w+)?\s*=\s*[\"']([0-9][\w.+!-]*)[\"']"
                )
                if found:
                    return found
        return self.files.match("VERSION", r"^v?([0-9][\w.+!-]*)\s*$") or self.files.match(
            "PKG-INFO", r"^Version:\s*(\S+)\s*$"
        )

    def _dependencies(self, project: dict[str, Any], package: dict[str, Any]) -> None:
        listed = project.get("dependencies", [])
        for entry in listed if isinstance(listed, list) else []:
            said = self.files.said("pyproject.toml", entry, "")
            self.dependencies.extend([said] if said else [])
        for name in sorted(one for one in self.names if re.fullmatch(r"requirements[\w.-]*\.txt", one)):
            for number, line in enumerate(self.files.lines(name), 1):
                entry = line.partition("#")[0].strip().rstrip("\\").strip()
                if re.match(r"[A-Za-z0-9]", entry):
                    self.dependencies.append(Said(value=entry, source=place(name, number, line)))
        for entry in sorted(table(package, "dependencies")):
            said = self.files.said("package.json", entry, "")
            self.dependencies.extend([said] if said else [])

    def _port(self) -> Said | None:
        """The port that the code listens on when nothing else is said: a default beside the word port."""
        pattern = re.compile(
            r"(?i)\bport\b[\"']?\]?\s*(?::\s*int\s*)?(?:=|:|,)\s*(?:int\()?[\"']?(\d{4,5})\b|^EXPOSE\s+(\d{2,5})"
        )
        for name in sorted(self.names, key=lambda one: (one != "Dockerfile", one.count("/"), one)):
            if LISTENS.search(name) and not is_aside(name):
                for number, line in enumerate(self.files.lines(name), 1):
                    match = pattern.search(line[:300])
                    if match and 0 < int(match.group(1) or match.group(2)) < 65536:
                        return Said(value=match.group(1) or match.group(2), source=place(name, number, line))
        return None
