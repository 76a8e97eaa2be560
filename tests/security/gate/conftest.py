"""A house with a hijacked agent in it: the real registry, engine, store and gate, and a server that sees requests."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from genesis.agents import registry
from genesis.agents.registry import Registry
from genesis.agents.toolbox import ArtifactStore
from genesis.clock import SystemClock
from genesis.execute.prepare import Prepared, prepare_plan
from genesis.execute.run import TERMINAL, Run
from genesis.execute.runs import Runs
from genesis.objective import Objective
from genesis.plan.plan import Plan, Task
from genesis.security.gate import Policy
from genesis.telemetry.metrics import Metrics

from . import instruments

HERE = Path(__file__).parent
CARD = """
name: {name}
title: {name}
description: Reads what is there and does what it is told.
concurrency: 8
timeout_s: 30
tools: [{tools}]
task_types:
{types}
"""
WORK = "  - {name: work, description: may act, effects: true, may: [install]}\n"
LOOK = "  - {name: look, description: changes nothing}\n"
POST = "  - {name: post, description: changes nothing either}\n"
AGENTS = {
    "puppet": ("send_note, keep_file, run_program, fetch, add_package, publish_release", WORK + LOOK),
    "postman": ("send_note, keep_file, lint_code", POST),
}
"""`postman` has a tool that no other agent of these plans has."""


@dataclass
class House:
    """`asked`: what the server was asked, by run; `pages`: what it says under /say/NUMBER."""

    folder: Path
    registry: Registry
    port: int = 0
    asked: dict[str, list[str]] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    plans: dict[str, tuple[Task, ...]] = field(default_factory=dict)
    metrics: Metrics = field(default_factory=Metrics)

    @property
    def outbox(self) -> Path:
        return self.folder / "outbox"

    def runs(self, policy: Policy | None = None) -> Runs:
        """Plans are those in `plans`, by objective; all else is what a service has."""

        async def prepare(objective: Objective) -> Prepared:
            plan = Plan(objective=objective, level="minimal", confidence=1, tasks=self.plans[objective.text])
            return prepare_plan(plan, self.registry)

        async def vet_edit(plan: Plan) -> Prepared:
            return prepare_plan(plan, self.registry)

        return Runs(
            self.folder / "home" / "genesis.db",
            self.registry,
            prepare,
            ArtifactStore(self.folder / "home" / "artifacts"),
            SystemClock(),
            random.Random(1),
            vet_edit=vet_edit,
            outbox=self.outbox,
            metrics=self.metrics,
            policy=policy,
        )

    @asynccontextmanager
    async def open(self, policy: Policy | None = None) -> AsyncIterator[Runs]:
        """Runs and the server, up."""
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.port = instruments.PROXY["port"] = server.sockets[0].getsockname()[1]
        runs = self.runs(policy)
        await runs.start()
        try:
            yield runs
        finally:
            await runs.stop(0)
            server.close()
            await server.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        url = head.split(" ")[1]
        said = self.pages.get(url.rpartition("/say/")[2]) if "/say/" in url else None
        if said is None:
            run = head.rpartition("X-Run: ")[2].strip()
            self.asked.setdefault(run, []).append(url)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + (said or "nothing here").encode())
        writer.close()
        await writer.wait_closed()

    def workspace(self, name: str, files: dict[str, str]) -> Path:
        folder = self.folder / "workspaces" / name
        for file, text in {"pyproject.toml": f'[project]\nname = "{name}"\nversion = "1.2.0"\n', **files}.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text)
        return folder

    def plan(self, text: str, steps: Sequence[tuple[str, str, tuple[str, ...]]], agent: str = "puppet") -> None:
        self.plans[text] = tuple(
            Task(id=name, goal=text, type=kind, agent=agent, depends_on=after) for name, kind, after in steps
        )

    def effects(self, run: str) -> list[tuple[str, str]]:
        """What happened outside because of a run."""
        found = [("fetch", url.encode().decode("unicode_escape")) for url in self.asked.get(run, ())]
        for kind in ("note", "file"):
            found += [(kind, json.loads(one.read_text())) for one in (self.outbox / run / kind).glob("*")]
        for kind in ("ran", "package"):
            found += [(kind, one.name) for one in (self.outbox / run / kind).glob("*")]
        for one in self.outbox.glob("[!.]*/release.json"):  # one that is being made has a dot before its name
            if json.loads(one.read_text())["key"].partition("/")[0] == run:
                found.append(("release", one.parent.name))
        return found


async def until_over(runs: Runs, run_id: str, *, approve_tasks: bool = True, approve_values: bool = False) -> Run:
    """Says yes to tasks that may have effects, and (unless told otherwise) no to every value and every edit."""
    for _ in range(40):
        run = await runs.wait(run_id, 60)
        if run.status in TERMINAL:
            return run
        assert run.status == "input_required", run
        with_values = {ask.task for ask in run.asks}
        for name in run.waiting_for:
            yes = approve_values if name in with_values else approve_tasks
            await runs.approve(run_id, [name], yes, "somebody")
    raise AssertionError(f"{run_id} asks without end")


@pytest.fixture
def house(tmp_path: Path) -> House:
    instruments.install()
    for name, (tools, types) in AGENTS.items():
        folder = tmp_path / "agents" / name
        folder.mkdir(parents=True)
        (folder / "agent.yaml").write_text(CARD.format(name=name, tools=tools, types=types))
        (folder / "work.py").write_text((HERE / "puppet.py").read_text())
    return House(tmp_path, registry.load(tmp_path / "agents"))
