"""What the builder's three trades share: the changes of earlier tasks, and how a change is handed over."""

from __future__ import annotations

from collections.abc import Sequence

from genesis.agents.result import Assignment
from genesis.agents.toolbox import Toolbox
from genesis.finding import Artifact
from genesis.frozen import JsonValue
from genesis.tools.run_tests import RunTestsOutput

PATCH = "changes.patch"


def earlier(task: Assignment, tools: Toolbox) -> tuple[str, ...]:
    """The patches of earlier tasks, in their order."""
    code = task.inputs.get("code")
    wanted = code.get("patch") if isinstance(code, dict) else None
    found = [artifact for artifact in task.artifacts if artifact.name == wanted]
    return tuple(tools.store.read(artifact).decode("utf-8", "surrogateescape") for artifact in found)


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
    made = [tools.artifact(PATCH, "text/x-diff", patch.encode("utf-8", "surrogateescape"))] if patch else []
    code: JsonValue = {
        "patch": PATCH if made else None,
        "files": list(files),
        "tests": list(tests),
        "open": list(open_parts),
        "proven": proven,
    }
    return tuple(made), {"code": code}


def statuses(output: RunTestsOutput) -> dict[str, str]:
    """What came of each test, by its node id."""
    return {case.test: case.status for case in output.cases}
