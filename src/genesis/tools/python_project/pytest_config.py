"""How a project wants pytest run: what pytest would read of its files."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genesis.tools.python_project.declarations import ini, mapping, toml


@dataclass(frozen=True)
class PytestConfig:
    """What pytest would read: `file` is where, None when nothing configures it."""

    file: str | None = None
    addopts: tuple[str, ...] = ()
    testpaths: tuple[str, ...] = ()
    python_files: tuple[str, ...] = ()


def pytest_config(
    folder: Path, pyproject: dict[str, Any], setup_cfg: dict[str, dict[str, str]], unreadable: list[str]
) -> PytestConfig:
    """The first file that pytest itself would take, in its order."""
    tool = mapping(mapping(pyproject.get("tool")).get("pytest"))
    candidates: list[tuple[str, Mapping[str, Any] | None]] = [
        ("pytest.toml", toml(folder / "pytest.toml", unreadable).get("pytest")),
        ("pytest.ini", ini(folder / "pytest.ini", unreadable).get("pytest")),
        (
            "pyproject.toml",
            mapping(tool.get("ini_options")) or {k: v for k, v in tool.items() if k != "ini_options"} or None,
        ),
        ("tox.ini", ini(folder / "tox.ini", unreadable).get("pytest")),
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
