"""Coverage: how it is asked for, and what its JSON report says (untrusted: foreign code can write it too)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from genesis.frozen import Frozen
from genesis.security.code import left
from genesis.tools.python_project.project import NOT_PACKAGES, Project

MAX_BYTES = 100_000_000
OMIT = ("*/test_*.py", "*_test.py", "*/conftest.py", "*/setup.py", "*/noxfile.py")


class ModuleCoverage(Frozen):
    """A module's statements and how many ran; its functions and how many were entered (None: not told)."""

    file: str
    statements: int
    covered: int
    functions: int | None = None
    entered: int | None = None

    @property
    def untested(self) -> bool:
        """No function of it was entered; or it has none, and was not even imported."""
        if self.functions:
            return self.entered == 0
        return self.statements > 2 and self.covered == 0 and not self.file.endswith("__main__.py")


def settings(project: Project, workspace: Path, data: Path) -> str:
    """The configuration for measuring the project's own modules, in every process that is started."""
    paths = sorted(project.packages.values())
    folders = [path for path in paths if (workspace / path).is_dir()]
    source = [workspace / path for path in folders] if folders and len(folders) == len(paths) else [workspace]
    omit = [*OMIT, *(f"*/{name}/*" for name in sorted(NOT_PACKAGES)), "*/site-packages/*"]
    lines = ["[run]", f"data_file = {data}", "parallel = true", "sigterm = true", "source ="]
    lines += [f"    {path}" for path in source]
    lines += ["omit =", *(f"    {one}" for one in omit)]
    lines += ["disable_warnings =", "    no-data-collected", "    module-not-imported", "    module-not-measured"]
    return "\n".join([*lines, "    couldnt-parse", ""])


def read(box: Path, name: str) -> tuple[ModuleCoverage, ...] | None:
    """Coverage by module in order of file, or None when there is no readable report."""
    try:
        said = left.read(box, name, MAX_BYTES)
        if said is None:
            return None
        files = json.loads(said)["files"]
        return tuple(_module(str(name), files[name]) for name in sorted(files))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _module(name: str, said: dict[str, Any]) -> ModuleCoverage:
    functions = entered = None
    if isinstance(said.get("functions"), dict):
        # The first region, with no name, is what stands outside of functions. One without statements is a stub.
        summaries = [one["summary"] for function, one in said["functions"].items() if function]
        counted = [one for one in summaries if one["num_statements"] > 0]
        functions, entered = len(counted), sum(one["covered_lines"] > 0 for one in counted)
    summary = said["summary"]
    return ModuleCoverage(
        file=name,
        statements=int(summary["num_statements"]),
        covered=int(summary["covered_lines"]),
        functions=functions,
        entered=entered,
    )
