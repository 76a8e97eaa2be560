"""What users import is pinned, and importing it costs what it should."""

from __future__ import annotations

import subprocess
import sys

import genesis

NAMES = {
    "Assignment", "Fact", "Finding", "Frozen", "GenesisError", "NeedsMissing", "NotDone", "Objective", "Result",
    "Source", "ToolContext", "Toolbox", "__version__", "tool",
}  # fmt: skip


def test_the_public_names_are_these_and_all_are_there() -> None:
    assert set(genesis.__all__) == NAMES
    for name in NAMES:
        assert getattr(genesis, name) is not None
    assert dir(genesis) == sorted(NAMES)


def imported_by(code: str) -> set[str]:
    """The modules that `code` loads beyond what a bare interpreter has."""
    script = f"import sys; before = set(sys.modules); {code}; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_import_genesis_loads_nothing_else() -> None:
    assert imported_by("import genesis") == {"genesis"}


def test_an_error_or_a_finding_does_not_load_the_service() -> None:
    heavy = {"a2a", "dbos", "sqlalchemy", "starlette", "uvicorn", "numpy", "rich", "httpx", "jinja2", "duckdb"}
    assert not imported_by("from genesis import Result, tool, GenesisError") & heavy
