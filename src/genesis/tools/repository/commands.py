"""The commands that a project's own files call for: how it is installed, checked, tested, built and started."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from genesis.finding import Source
from genesis.frozen import Frozen
from genesis.tools.places.place import place
from genesis.tools.python.modules import is_aside
from genesis.tools.repository.project_lines import ProjectLines, table


class Command(Frozen):
    """A command that the project's own files call for. `why` names what in the files does."""

    run: str
    why: str
    source: Source


@dataclass(frozen=True)
class Commands:
    """What the files call for. `pyproject`, `project` (its table), `poetry` and `package` (package.json) are parsed."""

    files: ProjectLines

    @property
    def names(self) -> frozenset[str]:
        return self.files.names

    def install(self, project: dict[str, Any], built: bool) -> list[Command]:
        found = [
            Command(run=f"python -m pip install -r {name}", why="requirements", source=self.files.top(name))
            for name in sorted(one for one in self.names if re.fullmatch(r"requirements[\w.-]*\.txt", one))
        ]
        legacy = next((one for one in ("setup.py", "setup.cfg") if one in self.names), None)
        file = "pyproject.toml" if project or built else legacy
        if file:
            extras = [e for e in ("test", "tests", "testing", "dev") if e in table(project, "optional-dependencies")]
            what = f".[{','.join(extras)}]" if extras else "."
            found.append(
                Command(run=f"python -m pip install -e '{what}'", why="a package", source=self.files.top(file))
            )
        if "package-lock.json" in self.names:
            found.append(Command(run="npm ci", why="a lock file", source=self.files.top("package-lock.json")))
        elif "package.json" in self.names:
            found.append(Command(run="npm install", why="a package", source=self.files.top("package.json")))
        return found

    def checks(self, pyproject: dict[str, Any], package: dict[str, Any]) -> list[Command]:
        tools = table(pyproject, "tool")
        found = []
        for key, run in (("ruff", "ruff check ."), ("black", "black --check ."), ("mypy", "mypy .")):
            own = next(
                (one for one in (f"{key}.toml", f".{key}.toml", f"{key}.ini", f".{key}.ini") if one in self.names), None
            )
            if own:
                found.append(Command(run=run, why=f"{key} is configured", source=self.files.top(own)))
            elif key in tools:
                found.append(
                    Command(
                        run=run, why=f"{key} is configured", source=self.files.find("pyproject.toml", f"[tool.{key}")
                    )
                )
        if ".flake8" in self.names:
            found.append(Command(run="flake8", why="flake8 is configured", source=self.files.top(".flake8")))
        if ".pre-commit-config.yaml" in self.names:
            source = self.files.top(".pre-commit-config.yaml")
            found.append(Command(run="pre-commit run --all-files", why="pre-commit is configured", source=source))
        return found + self._scripts(package, ("lint", "typecheck", "check"))

    def tests(self, package: dict[str, Any]) -> list[Command]:
        found: list[Command] = []
        tests = sorted(n for n in self.names if re.search(r"(?:^|/)(?:test_[^/]+|[^/]+_test)\.py$", n))
        if "tox.ini" in self.names:
            found.append(Command(run="tox", why="tox is configured", source=self.files.top("tox.ini")))
        elif "noxfile.py" in self.names:
            found.append(Command(run="nox", why="nox is configured", source=self.files.top("noxfile.py")))
        elif tests and (uses := self._uses(tests, "pytest")):
            found.append(Command(run="python -m pytest", why=f"{len(tests)} test files", source=uses))
        elif tests and (uses := self._uses(tests, "unittest")):
            found.append(Command(run="python -m unittest discover", why=f"{len(tests)} test files", source=uses))
        elif tests:
            run = "python -m pytest"
            found.append(Command(run=run, why=f"{len(tests)} test files", source=self.files.top(tests[0])))
        if any(name.endswith("_test.go") for name in self.names):
            source = self.files.top(min(name for name in self.names if name.endswith("_test.go")))
            found.append(Command(run="go test ./...", why="Go tests", source=source))
        if "Cargo.toml" in self.names:
            found.append(Command(run="cargo test", why="a crate", source=self.files.top("Cargo.toml")))
        return found + self._scripts(package, ("test",))

    def _uses(self, files: list[str], module: str) -> Source | None:
        for name in files[:50]:
            for number, line in enumerate(self.files.lines(name), 1):
                if re.match(rf"\s*(?:import|from)\s+{module}\b", line):
                    return place(name, number, line)
        return None

    def build(self, pyproject: dict[str, Any], package: dict[str, Any]) -> list[Command]:
        found = []
        if "build-system" in pyproject:
            source = self.files.find("pyproject.toml", "[build-system]")
            found.append(Command(run="python -m build", why="a build system is named", source=source))
        elif "setup.py" in self.names:
            found.append(Command(run="python -m build", why="setup.py", source=self.files.top("setup.py")))
        if "go.mod" in self.names:
            found.append(Command(run="go build ./...", why="a Go module", source=self.files.top("go.mod")))
        if "Cargo.toml" in self.names:
            found.append(Command(run="cargo build --release", why="a crate", source=self.files.top("Cargo.toml")))
        return found + self._scripts(package, ("build",))

    def _scripts(self, package: dict[str, Any], keys: tuple[str, ...]) -> list[Command]:
        scripts = table(package, "scripts")
        return [
            Command(
                run=f"npm run {key}", why="a script of package.json", source=self.files.find("package.json", f'"{key}"')
            )
            for key in keys
            if isinstance(scripts.get(key), str) and "no test specified" not in scripts[key]
        ]

    def start(self, project: dict[str, Any], poetry: dict[str, Any], package: dict[str, Any]) -> list[Command]:
        found = self._scripts(package, ("start",))
        for script in sorted({**table(poetry, "scripts"), **table(project, "scripts")}):
            source = self.files.find("pyproject.toml", f"{script} =", script)
            found.append(Command(run=script, why="a script of the package", source=source))
        if "manage.py" in self.names:
            run = "python manage.py runserver"
            found.append(Command(run=run, why="a Django project", source=self.files.top("manage.py")))
        for name in sorted(n for n in self.names if n.endswith("__main__.py") and not is_aside(n)):
            package_name = name.removesuffix("__main__.py").strip("/").removeprefix("src/").replace("/", ".")
            if package_name:
                run = f"python -m {package_name}"
                found.append(Command(run=run, why="the package can be run", source=self.files.top(name)))
        for name in ("app.py", "main.py", "server.py"):
            if name in self.names:
                found.append(Command(run=f"python {name}", why="a program at the top", source=self.files.top(name)))
        return found
