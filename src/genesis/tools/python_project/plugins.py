"""Which of our own pytest plugins a foreign suite gets: those that it asks for, not all that happen to be installed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.metadata import entry_points
from pathlib import Path

from genesis.tools.python_project.project import Project, normalized

MAX_READ = 20_000_000


def wanted(project: Project, workspace: Path, files: Iterable[str]) -> list[str] | None:
    """Names for `-p`, or None when pytest should load all plugins by itself: the project is one, and tests that.

    A plugin is asked for when its distribution is declared, or when its name stands in a test or in the settings.
    """
    if "pytest11" in project.entry_points:
        return None
    words = _words(workspace, files)
    found = []
    for point in entry_points(group="pytest11"):
        names = {point.name, point.module.partition(".")[0]}
        declared = point.dist is not None and normalized(point.dist.name) in project.declared
        if declared or names & words:
            found.append(point.name)
    return sorted(set(found))


def _words(workspace: Path, files: Iterable[str]) -> frozenset[str]:
    words: set[str] = set()
    left = MAX_READ
    for name in files:
        last = name.rpartition("/")[2]
        if last in ("conftest.py", "tox.ini", "pytest.ini", "pyproject.toml", "setup.cfg") or (
            last.endswith(".py") and "test" in name
        ):
            text = (workspace / name).read_bytes()[:left]
            left -= len(text)
            words.update(word.decode() for word in re.findall(rb"[A-Za-z_]\w{3,40}", text))
            if left <= 0:
                break
    return frozenset(words)
