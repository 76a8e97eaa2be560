"""Runs one agent over one folder, the way `execute` does, without a plan around it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from genesis.agents import registry
from genesis.agents.gatehouse import Gatehouse
from genesis.agents.result import Assignment, Result
from genesis.agents.toolbox import ArtifactStore, Toolbox
from genesis.clock import SystemClock
from genesis.errors import ActionHeld
from genesis.finding import Artifact
from genesis.frozen import JsonValue
from genesis.objective import Permission
from genesis.security.gate import Ask
from genesis.security.workspace import Workspace


@dataclass(frozen=True)
class Done:
    """What came out, the bytes of its artifacts by name, and what a person was asked on the way (and approved)."""

    result: Result
    files: Mapping[str, bytes]
    calls: tuple[str, ...]
    asks: tuple[Ask, ...]


Do = Callable[..., Awaitable[Done]]


@pytest.fixture
def do(tmp_path: Path) -> Do:
    """`await do("qa", folder, "Run the tests", type="test", inputs={...}, artifacts={name: bytes})`."""
    store = ArtifactStore(tmp_path / "artifacts")
    fleet = registry.load()
    count = 0

    async def run(
        agent: str,
        workspace: Path | None,
        goal: str,
        *,
        type: str | None = None,
        inputs: Mapping[str, JsonValue] | None = None,
        artifacts: Mapping[str, bytes] | None = None,
        outbox: Path | None = None,
        permissions: tuple[Permission, ...] = (),
    ) -> Done:
        nonlocal count
        count += 1
        found = fleet.get(agent)
        given: tuple[Artifact, ...] = tuple(
            store.put(name, "application/octet-stream", content) for name, content in (artifacts or {}).items()
        )
        task = Assignment(
            run_id=f"test-{count}",
            task_id="t1",
            attempt=1,
            goal=goal,
            type=type or found.card.task_types[0].name,
            objective=goal,
            inputs=dict(inputs or {}),
            artifacts=given,
            permissions=permissions,
            effects=any(one.effects for one in found.card.task_types if one.name == (type or one.name)),
        )
        there = Workspace(workspace) if workspace else None
        asked: dict[str, Ask] = {}
        while True:
            scratch = tmp_path / f"scratch-{count}-{len(asked)}"
            scratch.mkdir()
            gate = Gatehouse(agent, task, there, answers=dict.fromkeys(asked, True))
            tools = Toolbox(found.card, task, there, scratch, store, SystemClock(), outbox=outbox, gate=gate)
            try:
                result = await found.work(task, tools)
                break
            except ActionHeld:
                assert not gate.asks.keys() & asked.keys(), "asked about what was approved"
                asked |= gate.asks
        assert Result.model_validate_json(result.model_dump_json()) == result  # it must survive the log
        files = {one.name: store.read(one) for one in result.artifacts}
        return Done(result, files, tuple(tools.calls), tuple(asked.values()))

    return run
