"""What the builder's three trades share: how a change is handed over, and what came of tests."""

from __future__ import annotations

from collections.abc import Sequence

from genesis.agents.change import CHANGE, keep
from genesis.agents.toolbox import Toolbox
from genesis.finding import Artifact
from genesis.frozen import JsonValue
from genesis.tools.run_tests import RunTestsOutput


def handed_over(
    tools: Toolbox,
    patch: str,
    files: Sequence[str],
    *,
    tests: Sequence[str] = (),
    open_parts: Sequence[str] = (),
    proven: bool | None = None,
) -> tuple[tuple[Artifact, ...], dict[str, JsonValue]]:
    """The artifact and the output of a change; no artifact when nothing changed."""
    made = [keep(tools, patch)] if patch else []
    code: JsonValue = {
        "patch": CHANGE if made else None,
        "files": list(files),
        "tests": list(tests),
        "open": list(open_parts),
        "proven": proven,
    }
    return tuple(made), {"code": code}


def statuses(output: RunTestsOutput) -> dict[str, str]:
    """What came of each test, by its node id."""
    return {case.test: case.status for case in output.cases}
