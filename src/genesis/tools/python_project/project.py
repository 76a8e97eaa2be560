"""What a Python project says of itself: its name, where its modules lie, what it needs, how it wants pytest run.

Read, never executed: `setup.py` is parsed for what it says in plain constants.
"""

from __future__ import annotations

import ast
import configparser
import re
import shlex
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

MAX_CONFIG_BYTES = 500_000
MAX_PYTHON_FILES = 20_000
SOURCE_FOLDERS = ("src", "lib", "python")
NOT_PACKAGES = frozenset(
    {"tests", "test", "testing", "docs", "doc", "examples", "example", "benchmarks", "benchmark", "bench", "scripts"}
    | {"script", "tools", "ci", "ci_tools", "build", "dist", "requirements", "changelog.d", "downstream", "site", "bin"}
)
NOT_MODULES = frozenset({"setup", "conftest", "noxfile", "tasks", "fabfile", "dodo", "versioneer"})
_NAME = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_TEST_FILE = re.compile(r"(^test_.*|.*_test|^tests?)\.py$")


@dataclass(frozen=True)
class PytestConfig:
    """What pytest would read: `file` is where, None when nothing configures it."""

    file: str | None = None
    addopts: tuple[str, ...] = ()
    testpaths: tuple[str, ...] = ()
    python_files: tuple[str, ...] = ()


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
    pyproject = _toml(folder / "pyproject.toml", unreadable)
    setup_cfg = _ini(folder / "setup.cfg", unreadable)
    setup_py = _setup_py(folder / "setup.py")
    table = _dict(pyproject.get("project"))
    poetry = _dict(_dict(pyproject.get("tool")).get("poetry"))
    info = _pkg_info(folder / "PKG-INFO")
    name = _text(table.get("name") or poetry.get("name") or setup_cfg.get("metadata", {}).get("name"))
    name = name or _text(setup_py.get("name")) or info.get("Name")
    roots, packages = _packages(folder, name)
    version = _text(table.get("version") or poetry.get("version")) or info.get("Version")
    version = version or _text(setup_py.get("version")) or _version_in_source(folder, packages)
    build = _dict(pyproject.get("build-system"))
    scripts = {**_strings(table.get("scripts")), **_strings(poetry.get("scripts"))}
    entry_points = {group: _strings(points) for group, points in _dict(table.get("entry-points")).items()}
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
        pytest=_pytest(folder, pyproject, setup_cfg, unreadable),
        scripts=scripts,
        entry_points=entry_points,
        backend=_text(build.get("build-backend")) or ("setuptools.build_meta" if setup_py or setup_cfg else None),
        backend_path=tuple(str(one) for one in build.get("backend-path") or ()),
        build_requires=tuple(str(one) for one in build.get("requires") or ()),
        urls=_strings(table.get("urls")),
        metadata=_read(folder / "PKG-INFO") if info.get("Name") == name else None,
        unreadable=tuple(unreadable),
    )


def tool_tables(folder: Path) -> dict[str, Any]:
    """The `[tool.*]` tables of pyproject.toml."""
    return _dict(_toml(folder / "pyproject.toml", []).get("tool"))


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

    table, tool = _dict(pyproject.get("project")), _dict(pyproject.get("tool"))
    add(_requirements(table.get("dependencies")), "pyproject.toml")
    for group in (
        *_dict(table.get("optional-dependencies")).values(),
        *_dict(pyproject.get("dependency-groups")).values(),
    ):
        add(_requirements(group), "pyproject.toml")
    poetry = _dict(tool.get("poetry"))
    for group in (poetry, *(_dict(one) for one in _dict(poetry.get("group")).values())):
        add(_dict(group.get("dependencies")), "pyproject.toml")
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
        lines = (_read(path) or "").splitlines()
        add(
            _requirements([line for line in lines if not line.strip().startswith(("#", "-"))]),
            path.relative_to(folder).as_posix(),
        )
    found.pop("python", None)
    return found


def _pytest(
    folder: Path, pyproject: dict[str, Any], setup_cfg: dict[str, dict[str, str]], unreadable: list[str]
) -> PytestConfig:
    """The first file that pytest itself would take, in its order."""
    tool = _dict(_dict(pyproject.get("tool")).get("pytest"))
    candidates: list[tuple[str, Mapping[str, Any] | None]] = [
        ("pytest.toml", _toml(folder / "pytest.toml", unreadable).get("pytest")),
        ("pytest.ini", _ini(folder / "pytest.ini", unreadable).get("pytest")),
        (
            "pyproject.toml",
            _dict(tool.get("ini_options")) or {k: v for k, v in tool.items() if k != "ini_options"} or None,
        ),
        ("tox.ini", _ini(folder / "tox.ini", unreadable).get("pytest")),
        ("setup.cfg", setup_cfg.get("tool:pytest")),
    ]
    for file, options in candidates:
        if options is not None:
            return PytestConfig(
                file,
                _words(options.get("addopts")),
                _words(options.get("testpaths")),
                _words(options.get("python_files")),
            )
    return PytestConfig()


def _words(value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(str(one) for one in value)
    try:
        return tuple(shlex.split(str(value), comments=True)) if value else ()
    except ValueError:
        return ()


def _version_in_source(folder: Path, packages: Mapping[str, str]) -> str | None:
    for path in packages.values():
        for file in (folder / path, folder / path / "__init__.py", folder / path / "_version.py"):
            found = re.search(
                r"""^__version__\s*(?::[^=\n]{0,40})?=\s*['"]([^'"\n]{1,60})['"]""", _read(file) or "", re.MULTILINE
            )
            if found:
                return found[1]
    return None


def _setup_py(path: Path) -> dict[str, Any]:
    text = _read(path)
    if text is None:
        return {}
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    said: dict[str, Any] = {"": True}  # that there is one at all
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", None)) == "setup":
            for keyword in node.keywords:
                if keyword.arg and isinstance(keyword.value, ast.Constant | ast.List | ast.Tuple):
                    try:
                        said[keyword.arg] = ast.literal_eval(keyword.value)
                    except ValueError:
                        continue  # not a constant: only running it would tell
    return said


def _pkg_info(path: Path) -> dict[str, str]:
    head = (_read(path) or "").split("\n\n", 1)[0]
    return {key: value.strip() for key, _, value in (line.partition(":") for line in head.splitlines()) if value}


def _requirements(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        return ()
    return tuple(found[1] for one in value if isinstance(one, str) and (found := _NAME.match(one)))


def _toml(path: Path, unreadable: list[str]) -> dict[str, Any]:
    text = _read(path)
    try:
        return tomllib.loads(text) if text else {}
    except (tomllib.TOMLDecodeError, RecursionError):
        unreadable.append(path.name)
        return {}


def _ini(path: Path, unreadable: list[str]) -> dict[str, dict[str, str]]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(_read(path) or "")
    except configparser.Error:
        unreadable.append(path.name)
        return {}
    return {section: dict(parser.items(section)) for section in parser.sections()}


def _read(path: Path) -> str | None:
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > MAX_CONFIG_BYTES:
            return None
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _strings(value: object) -> dict[str, str]:
    return {str(key): one for key, one in _dict(value).items() if isinstance(one, str)}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
