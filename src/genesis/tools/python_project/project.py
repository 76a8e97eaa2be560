"""What a Python project says of itself: its name, where its modules lie, what it needs, how it wants pytest run.

Read, never executed: `setup.py` is parsed for what it says in plain constants.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from genesis.tools.python_project.declarations import (
    ini,
    mapping,
    pkg_info,
    read_text,
    setup_call,
    strings,
    text_of,
    toml,
)
from genesis.tools.python_project.pytest_config import PytestConfig, pytest_config

SOURCE_FOLDERS = ("src", "lib", "python")
NOT_PACKAGES = frozenset(
    {"tests", "test", "testing", "docs", "doc", "examples", "example", "benchmarks", "benchmark", "bench", "scripts"}
    | {"script", "tools", "ci", "ci_tools", "build", "dist", "requirements", "changelog.d", "downstream", "site", "bin"}
)
NOT_MODULES = frozenset({"setup", "conftest", "noxfile", "tasks", "fabfile", "dodo", "versioneer"})
_NAME = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_TEST_FILE = re.compile(r"(^test_.*|.*_test|^tests?)\.py$")


@dataclass(frozen=True)
class Project:
    """`roots` are the folders that imports start from ("" is the top), `packages` maps top-level modules to paths.

    `metadata` is what a source distribution's PKG-INFO says in full. `declared` maps the (normalized) names of the
    distributions that are asked for to the file that asks.
    """

    name: str | None
    version: str | None
    roots: tuple[str, ...]
    packages: Mapping[str, str]
    declared: Mapping[str, str]
    pytest: PytestConfig
    scripts: Mapping[str, str] = field(default_factory=dict)
    entry_points: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    backend: str | None = None
    backend_path: tuple[str, ...] = ()
    build_requires: tuple[str, ...] = ()
    urls: Mapping[str, str] = field(default_factory=dict)
    metadata: str | None = None
    unreadable: tuple[str, ...] = ()

    def owns(self, module: str) -> bool:
        """Whether a dotted module name belongs to this project."""
        return module.partition(".")[0] in self.packages


def read(folder: Path) -> Project:
    """The project in `folder`. Never raises for what is in it; what could not be parsed is in `unreadable`."""
    unreadable: list[str] = []
    pyproject = toml(folder / "pyproject.toml", unreadable)
    setup_cfg = ini(folder / "setup.cfg", unreadable)
    setup_py = setup_call(folder / "setup.py")
    table = mapping(pyproject.get("project"))
    poetry = mapping(mapping(pyproject.get("tool")).get("poetry"))
    info = pkg_info(folder / "PKG-INFO")
    name = text_of(table.get("name") or poetry.get("name") or setup_cfg.get("metadata", {}).get("name"))
    name = name or text_of(setup_py.get("name")) or info.get("Name")
    roots, packages = _packages(folder, name)
    version = text_of(table.get("version") or poetry.get("version")) or info.get("Version")
    version = version or text_of(setup_py.get("version")) or _version_in_source(folder, packages)
    build = mapping(pyproject.get("build-system"))
    scripts = {**strings(table.get("scripts")), **strings(poetry.get("scripts"))}
    entry_points = {group: strings(points) for group, points in mapping(table.get("entry-points")).items()}
    for group, lines in setup_cfg.get("options.entry_points", {}).items():
        points = dict(line.split("=", 1) for line in lines.splitlines() if "=" in line)
        entry_points[group] = {key.strip(): value.strip() for key, value in points.items()}
    scripts |= entry_points.pop("console_scripts", {})
    return Project(
        name=name,
        version=version,
        roots=roots,
        packages=packages,
        declared=_declared(folder, pyproject, setup_cfg, setup_py),
        pytest=pytest_config(folder, pyproject, setup_cfg, unreadable),
        scripts=scripts,
        entry_points=entry_points,
        backend=text_of(build.get("build-backend")) or ("setuptools.build_meta" if setup_py or setup_cfg else None),
        backend_path=tuple(str(one) for one in build.get("backend-path") or ()),
        build_requires=tuple(str(one) for one in build.get("requires") or ()),
        urls=strings(table.get("urls")),
        metadata=read_text(folder / "PKG-INFO") if info.get("Name") == name else None,
        unreadable=tuple(unreadable),
    )


def tool_tables(folder: Path) -> dict[str, Any]:
    """The `[tool.*]` tables of pyproject.toml."""
    return mapping(toml(folder / "pyproject.toml", []).get("tool"))


def normalized(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def is_test_file(path: str) -> bool:
    """Whether a path's name is one that test runners look for."""
    return _TEST_FILE.match(PurePosixPath(path).name) is not None


def _packages(folder: Path, name: str | None) -> tuple[tuple[str, ...], dict[str, str]]:
    found: dict[str, str] = {}
    roots: list[str] = []
    for root in SOURCE_FOLDERS:
        if (folder / root).is_dir() and not (folder / root / "__init__.py").exists():
            inside = _modules(folder / root, root, anything=True)
            if inside:
                roots.append(root)
                found |= inside
    top = _modules(folder, "", anything=False)
    own = (name or "").replace("-", "_").lower()
    for module, path in _modules(folder, "", anything=True).items():
        if module.lower() == own:  # a package without __init__.py that bears the project's name
            top.setdefault(module, path)
    if not found or own in {module.lower() for module in top}:
        found |= {module: path for module, path in top.items() if module not in found}
    return (*roots, ""), found


def _modules(folder: Path, prefix: str, *, anything: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in sorted(folder.iterdir()):
        path = f"{prefix}/{entry.name}" if prefix else entry.name
        if entry.is_symlink() or not entry.stem.isidentifier():
            continue
        if entry.is_dir():
            package = (entry / "__init__.py").exists() or (anything and any(entry.glob("**/*.py")))
            if package and entry.name not in NOT_PACKAGES and entry.suffix == "":
                found[entry.name] = path
        elif entry.suffix == ".py" and entry.stem not in NOT_MODULES and not is_test_file(entry.name):
            found[entry.stem] = path
    return found


def _declared(
    folder: Path, pyproject: dict[str, Any], setup_cfg: dict[str, dict[str, str]], setup_py: dict[str, Any]
) -> dict[str, str]:
    found: dict[str, str] = {}

    def add(names: Iterable[str], where: str) -> None:
        for name in names:
            found.setdefault(normalized(name), where)

    table, tool = mapping(pyproject.get("project")), mapping(pyproject.get("tool"))
    add(_requirements(table.get("dependencies")), "pyproject.toml")
    for group in (
        *mapping(table.get("optional-dependencies")).values(),
        *mapping(pyproject.get("dependency-groups")).values(),
    ):
        add(_requirements(group), "pyproject.toml")
    poetry = mapping(tool.get("poetry"))
    for group in (poetry, *(mapping(one) for one in mapping(poetry.get("group")).values())):
        add(mapping(group.get("dependencies")), "pyproject.toml")
    options = setup_cfg.get("options", {})
    add(
        _requirements(f"{options.get('install_requires', '')}\n{options.get('tests_require', '')}".splitlines()),
        "setup.cfg",
    )
    for extra in setup_cfg.get("options.extras_require", {}).values():
        add(_requirements(extra.splitlines()), "setup.cfg")
    for key in ("install_requires", "tests_require"):
        add(_requirements(setup_py.get(key)), "setup.py")
    for path in sorted([*folder.glob("*requirements*.txt"), *folder.glob("requirements/*.txt")])[:30]:
        lines = (read_text(path) or "").splitlines()
        add(
            _requirements([line for line in lines if not line.strip().startswith(("#", "-"))]),
            path.relative_to(folder).as_posix(),
        )
    found.pop("python", None)
    return found


def _version_in_source(folder: Path, packages: Mapping[str, str]) -> str | None:
    for path in packages.values():
        for file in (folder / path, folder / path / "__init__.py", folder / path / "_version.py"):
            found = re.search(
                r"""^__version__\s*(?::[^=\n]{0,40})?=\s*['"]([^'"\n]{1,60})['"]""", read_text(file) or "", re.MULTILINE
            )
            if found:
                return found[1]
    return None


def _requirements(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        return ()
    return tuple(found[1] for one in value if isinstance(one, str) and (found := _NAME.match(one)))
