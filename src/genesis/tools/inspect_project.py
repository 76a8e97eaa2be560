"""What a workspace is: its name, version, languages, how it is tested, checked, built and started. Read from its files."""

from __future__ import annotations

import asyncio
import json
import re
import tomllib
from collections import Counter
from typing import Any, Literal

from genesis.errors import NeedsMissing
from genesis.finding import NotDone, Source
from genesis.frozen import Frozen
from genesis.security.workspace import Workspace
from genesis.tools.place import place, place_in
from genesis.tools.python_source import is_aside
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


class InspectProjectInput(Frozen):
    """Nothing to choose: the files that describe a project are read."""


class Said(Frozen):
    """A value that a file states, and where."""

    value: str
    source: Source


class Command(Frozen):
    """A command that the project's own files call for. `why` names what in the files does."""

    run: str
    why: str
    source: Source


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
    if context.workspace is None:
        raise NeedsMissing("inspecting a project needs a workspace: give one")
    return await asyncio.to_thread(lambda workspace: _Inspection(workspace).run(), context.workspace)


class _Inspection:
    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.names = {file.name for file in workspace.files}
        self.not_done: list[NotDone] = []
        self.dependencies: list[Said] = []

    def run(self) -> InspectProjectOutput:
        pyproject = self._toml("pyproject.toml")
        package = self._json("package.json")
        cargo = self._toml("Cargo.toml")
        languages = Counter(
            language
            for file in self.workspace.files
            if (language := SUFFIXES.get("." + file.name.rpartition(".")[2])) and not is_aside(file.name)
        )
        project, poetry = _table(pyproject, "project"), _table(pyproject, "tool", "poetry")
        self._dependencies(project, package)
        return InspectProjectOutput(
            name=self._name(project, poetry, package, cargo),
            version=self._version(project, poetry, package, cargo),
            python=self._said("pyproject.toml", project.get("requires-python"), "requires-python"),
            languages=dict(sorted(languages.items(), key=lambda one: (-one[1], one[0]))),
            dependencies=tuple(self.dependencies),
            install=tuple(self._install(project)),
            checks=tuple(self._checks(pyproject, package)),
            tests=tuple(self._tests(pyproject, package)),
            build=tuple(self._build(pyproject, package)),
            start=tuple(self._start(project, poetry, package)),
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
            not_done=tuple(self.not_done),
        )

    def _lines(self, name: str) -> list[str]:
        return (self.workspace.read_text(name) or "").splitlines() if name in self.names else []

    def _toml(self, name: str) -> dict[str, Any]:
        try:
            return tomllib.loads("\n".join(self._lines(name)))
        except (tomllib.TOMLDecodeError, RecursionError):
            self.not_done.append(NotDone(what=name, why="not valid TOML"))
            return {}

    def _json(self, name: str) -> dict[str, Any]:
        if name not in self.names:
            return {}
        try:
            content = json.loads("\n".join(self._lines(name)))
        except (ValueError, RecursionError):
            self.not_done.append(NotDone(what=name, why="not valid JSON"))
            return {}
        return content if isinstance(content, dict) else {}

    def _said(self, file: str, value: object, key: str) -> Said | None:
        """A value with the line that states it: the first line with both key and value, else with the value."""
        if not isinstance(value, str) or not value:
            return None
        lines = self._lines(file)
        both = [n for n, line in enumerate(lines, 1) if value in line and key in line]
        either = both or [n for n, line in enumerate(lines, 1) if value in line]
        return Said(value=value, source=place_in(file, either[0], lines)) if either else None

    def _name(self, *tables: dict[str, Any]) -> Said | None:
        project, poetry, package, cargo = tables
        return (
            self._said("pyproject.toml", project.get("name") or poetry.get("name"), "name")
            or self._match("setup.cfg", r"^name\s*=\s*([A-Za-z0-9._-]+)\s*$")
            or self._match("setup.py", r"\bname\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
            or self._said("package.json", package.get("name"), '"name"')
            or self._said("Cargo.toml", _table(cargo, "package").get("name"), "name")
            or self._match("go.mod", r"^module\s+(?:\S*/)?([A-Za-z0-9._-]+)\s*$")
        )

    def _version(self, *tables: dict[str, Any]) -> Said | None:
        project, poetry, package, cargo = tables
        stated = (
            self._said("pyproject.toml", project.get("version") or poetry.get("version"), "version")
            or self._match("setup.cfg", r"^version\s*=\s*([0-9][\w.+!-]*)\s*$")
            or self._match("setup.py", r"\bversion\s*=\s*[\"']([0-9][\w.+!-]*)[\"']")
            or self._said("package.json", package.get("version"), '"version"')
            or self._said("Cargo.toml", _table(cargo, "package").get("version"), "version")
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
                found = self._match(
                    name, r"^(?:__version__|VERSION|version)(?:\s*:\s*\w+)?\s*=\s*[\"']([0-9][\w.+!-]*)[\"']"
                )
                if found:
                    return found
        return self._match("VERSION", r"^v?([0-9][\w.+!-]*)\s*$") or self._match("PKG-INFO", r"^Version:\s*(\S+)\s*$")

    def _match(self, file: str, pattern: str) -> Said | None:
        for number, line in enumerate(self._lines(file), 1):
            match = re.search(pattern, line[:300])
            if match:
                return Said(value=match.group(1), source=place(file, number, line))
        return None

    def _dependencies(self, project: dict[str, Any], package: dict[str, Any]) -> None:
        listed = project.get("dependencies", [])
        for entry in listed if isinstance(listed, list) else []:
            said = self._said("pyproject.toml", entry, "")
            self.dependencies.extend([said] if said else [])
        for name in sorted(one for one in self.names if re.fullmatch(r"requirements[\w.-]*\.txt", one)):
            for number, line in enumerate(self._lines(name), 1):
                entry = line.partition("#")[0].strip().rstrip("\\").strip()
                if re.match(r"[A-Za-z0-9]", entry):
                    self.dependencies.append(Said(value=entry, source=place(name, number, line)))
        for entry in sorted(_table(package, "dependencies")):
            said = self._said("package.json", entry, "")
            self.dependencies.extend([said] if said else [])

    def _install(self, project: dict[str, Any]) -> list[Command]:
        found = []
        for name in sorted(one for one in self.names if re.fullmatch(r"requirements[\w.-]*\.txt", one)):
            found.append(Command(run=f"python -m pip install -r {name}", why="requirements", source=self._top(name)))
        if project or "setup.py" in self.names or "setup.cfg" in self.names:
            file = "pyproject.toml" if project else "setup.py" if "setup.py" in self.names else "setup.cfg"
            extras = [e for e in ("test", "tests", "testing", "dev") if e in _table(project, "optional-dependencies")]
            what = f".[{','.join(extras)}]" if extras else "."
            found.append(Command(run=f"python -m pip install -e '{what}'", why="a package", source=self._top(file)))
        if "package-lock.json" in self.names:
            found.append(Command(run="npm ci", why="a lock file", source=self._top("package-lock.json")))
        elif "package.json" in self.names:
            found.append(Command(run="npm install", why="a package", source=self._top("package.json")))
        return found

    def _checks(self, pyproject: dict[str, Any], package: dict[str, Any]) -> list[Command]:
        tools = _table(pyproject, "tool")
        found = []
        for key, run in (("ruff", "ruff check ."), ("black", "black --check ."), ("mypy", "mypy .")):
            own = next(
                (one for one in (f"{key}.toml", f".{key}.toml", f"{key}.ini", f".{key}.ini") if one in self.names), None
            )
            if own:
                found.append(Command(run=run, why=f"{key} is configured", source=self._top(own)))
            elif key in tools:
                found.append(
                    Command(run=run, why=f"{key} is configured", source=self._find("pyproject.toml", f"[tool.{key}"))
                )
        if ".flake8" in self.names:
            found.append(Command(run="flake8", why="flake8 is configured", source=self._top(".flake8")))
        if ".pre-commit-config.yaml" in self.names:
            source = self._top(".pre-commit-config.yaml")
            found.append(Command(run="pre-commit run --all-files", why="pre-commit is configured", source=source))
        return found + self._scripts(package, ("lint", "typecheck", "check"))

    def _tests(self, pyproject: dict[str, Any], package: dict[str, Any]) -> list[Command]:
        found: list[Command] = []
        tests = sorted(n for n in self.names if re.search(r"(?:^|/)(?:test_[^/]+|[^/]+_test)\.py$", n))
        if "tox.ini" in self.names:
            found.append(Command(run="tox", why="tox is configured", source=self._top("tox.ini")))
        elif "noxfile.py" in self.names:
            found.append(Command(run="nox", why="nox is configured", source=self._top("noxfile.py")))
        elif tests and (uses := self._uses(tests, "pytest")):
            found.append(Command(run="python -m pytest", why=f"{len(tests)} test files", source=uses))
        elif tests and (uses := self._uses(tests, "unittest")):
            found.append(Command(run="python -m unittest discover", why=f"{len(tests)} test files", source=uses))
        elif tests:
            run = "python -m pytest"
            found.append(Command(run=run, why=f"{len(tests)} test files", source=self._top(tests[0])))
        if any(name.endswith("_test.go") for name in self.names):
            source = self._top(min(name for name in self.names if name.endswith("_test.go")))
            found.append(Command(run="go test ./...", why="Go tests", source=source))
        if "Cargo.toml" in self.names:
            found.append(Command(run="cargo test", why="a crate", source=self._top("Cargo.toml")))
        return found + self._scripts(package, ("test",))

    def _uses(self, files: list[str], module: str) -> Source | None:
        for name in files[:50]:
            for number, line in enumerate(self._lines(name), 1):
                if re.match(rf"\s*(?:import|from)\s+{module}\b", line):
                    return place(name, number, line)
        return None

    def _build(self, pyproject: dict[str, Any], package: dict[str, Any]) -> list[Command]:
        found = []
        if "build-system" in pyproject:
            source = self._find("pyproject.toml", "[build-system]")
            found.append(Command(run="python -m build", why="a build system is named", source=source))
        elif "setup.py" in self.names:
            found.append(Command(run="python -m build", why="setup.py", source=self._top("setup.py")))
        if "go.mod" in self.names:
            found.append(Command(run="go build ./...", why="a Go module", source=self._top("go.mod")))
        if "Cargo.toml" in self.names:
            found.append(Command(run="cargo build --release", why="a crate", source=self._top("Cargo.toml")))
        return found + self._scripts(package, ("build",))

    def _scripts(self, package: dict[str, Any], keys: tuple[str, ...]) -> list[Command]:
        scripts = _table(package, "scripts")
        return [
            Command(run=f"npm run {key}", why="a script of package.json", source=self._find("package.json", f'"{key}"'))
            for key in keys
            if isinstance(scripts.get(key), str) and "no test specified" not in scripts[key]
        ]

    def _start(self, project: dict[str, Any], poetry: dict[str, Any], package: dict[str, Any]) -> list[Command]:
        found = self._scripts(package, ("start",))
        for script in sorted({**_table(poetry, "scripts"), **_table(project, "scripts")}):
            source = self._find("pyproject.toml", f"{script} =", script)
            found.append(Command(run=script, why="a script of the package", source=source))
        if "manage.py" in self.names:
            run = "python manage.py runserver"
            found.append(Command(run=run, why="a Django project", source=self._top("manage.py")))
        for name in sorted(n for n in self.names if n.endswith("__main__.py") and not is_aside(n)):
            package_name = name.removesuffix("__main__.py").strip("/").removeprefix("src/").replace("/", ".")
            if package_name:
                run = f"python -m {package_name}"
                found.append(Command(run=run, why="the package can be run", source=self._top(name)))
        for name in ("app.py", "main.py", "server.py"):
            if name in self.names:
                found.append(Command(run=f"python {name}", why="a program at the top", source=self._top(name)))
        return found

    def _port(self) -> Said | None:
        """The port that the code listens on when nothing else is said: a default beside the word port."""
        pattern = re.compile(
            r"(?i)\bport\b[\"']?\]?\s*(?::\s*int\s*)?(?:=|:|,)\s*(?:int\()?[\"']?(\d{4,5})\b|^EXPOSE\s+(\d{2,5})"
        )
        for name in sorted(self.names, key=lambda one: (one != "Dockerfile", one.count("/"), one)):
            if name.endswith((".py", ".js", ".ts", ".go", "Dockerfile", ".env", ".ini", ".cfg")) and not is_aside(name):
                for number, line in enumerate(self._lines(name), 1):
                    match = pattern.search(line[:300])
                    if match and 0 < int(match.group(1) or match.group(2)) < 65536:
                        return Said(value=match.group(1) or match.group(2), source=place(name, number, line))
        return None

    def _top(self, name: str) -> Source:
        """The first line that says something."""
        lines = self._lines(name)
        first = next((n for n, line in enumerate(lines, 1) if line.strip()), 1)
        return place_in(name, first, lines)

    def _find(self, name: str, *needles: str) -> Source:
        lines = self._lines(name)
        for needle in needles:
            for number, line in enumerate(lines, 1):
                if needle in line:
                    return place(name, number, line)
        return self._top(name)


def _table(content: dict[str, Any], *keys: str) -> dict[str, Any]:
    current: Any = content
    for key in keys:
        current = current.get(key) if isinstance(current, dict) else None
    return current if isinstance(current, dict) else {}
