"""A house for runs: a home, tiny real agents in a folder of their own, and plans written by hand.

The agent `hand` does what its task's goal says, word by word, separated by `;`:
  sleep S | wait FILE | fail CATEGORY TIMES | give NAME VALUE | edit JSON | effect | big BYTES | cost USD | hang |
  inputs (hands on what it was given) | files (says what files it was given) |
  sum (gives one more than the sum of what it was given) | keep TEXT (makes an artifact of it) |
  litter (leaves a file in its scratch folder) | context (gives the names of the context variables it sees)
and writes a line into `calls.log` of the workspace when it starts and when it ends.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from genesis.agents import registry
from genesis.agents.toolbox import ArtifactStore
from genesis.clock import Clock, SystemClock
from genesis.execute.prepare import Prepared
from genesis.execute.runs import Runs
from genesis.objective import Objective
from genesis.plan.plan import Plan, Task
from genesis.route.routed import Choice, RoutedPlan
from genesis.vet.vetting import Vetting

CARD = """
name: hand
title: Hand
description: Does what its goal says.
concurrency: {concurrency}
timeout_s: {timeout_s}
task_types:
  - {{name: pure, description: changes nothing}}
  - {{name: reader, description: reads what was made, needs: [requirements], uses: [content]}}
  - {{name: effect, description: changes something outside, effects: true}}
"""

WORK = """
import asyncio, contextvars, json, os
from pathlib import Path
from genesis.agents.result import Result
from genesis.errors import NetworkError, NeedsMissing, ValidationError
from genesis.finding import Fact, Source

ERRORS = {"network": NetworkError, "validation": ValidationError, "resource": NeedsMissing, "unknown": KeyError}


async def work(task, tools):
    home = tools.workspace.root
    def note(what):
        with open(home / "calls.log", "a") as log:
            log.write(f"{what} {task.key}\\n")
    note("start")
    outputs, files, facts, cost = {}, [], [], 0.0
    for step in filter(None, (one.strip() for one in task.goal.split(";"))):
        verb, *rest = step.split(" ", 2)
        if verb == "sleep":
            await asyncio.sleep(float(rest[0]))
        elif verb == "wait":
            while not (home / rest[0]).exists():
                await asyncio.sleep(0.005)
        elif verb == "hang":
            await asyncio.Event().wait()
        elif verb == "fail" and task.attempt <= int(rest[1]):
            raise ERRORS[rest[0]]("told to fail")
        elif verb == "give":
            outputs[rest[0]] = rest[1]
        elif verb == "edit":
            outputs["edit"] = json.loads(bytes.fromhex(rest[0]) if rest[0][0] != "{" else " ".join(rest))
        elif verb == "big":
            outputs["big"] = "x" * int(rest[0])
        elif verb == "cost":
            cost = float(rest[0])
        elif verb == "inputs":
            outputs["saw"] = dict(task.inputs)
        elif verb == "files":
            outputs["files"] = [tools.store.read(one).decode() for one in task.artifacts]
        elif verb == "litter":
            outputs["found"] = len(list(tools.scratch.iterdir()))
            (tools.scratch / "deep").mkdir()
            (tools.scratch / "deep" / "file").write_text("x")
        elif verb == "context":
            outputs["context"] = [one.name for one in contextvars.copy_context()]
        elif verb == "keep":
            files.append(tools.artifact("kept.txt", "text/plain", " ".join(rest)))
        elif verb == "quote":
            facts.append(Fact(text=" ".join(rest), sources=(Source(file="notes.md", line=len(facts) + 1),)))
        elif verb == "sum":
            outputs[task.task_id] = 1 + sum(task.inputs.values())
        elif verb == "effect":
            (home / "effects").mkdir(exist_ok=True)
            name = task.key.replace("/", "_")
            if "CHAOS_NO_DEDUP" in os.environ:  # what an effect is whose tool does not look at the key
                name += f"!{os.getpid()}"
            try:
                os.close(os.open(home / "effects" / name, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                note("again")
    note("end")
    return Result(
        summary=f"did {task.task_id}", outputs=outputs, artifacts=tuple(files), facts=tuple(facts), cost_usd=cost
    )
"""

Step = tuple[str | None, ...]
"""Of a plan: id, goal, ids before it (by space), type ("pure"; None: a composite), parent."""


def tasks(*steps: Step) -> tuple[Task, ...]:
    made = []
    for step in steps:
        name, goal = str(step[0]), str(step[1])
        after = (step[2] or "").split() if len(step) > 2 else ()
        kind = step[3] if len(step) > 3 else "pure"
        parent = step[4] if len(step) > 4 else None
        made.append(Task(id=name, goal=goal, depends_on=tuple(after), type=kind, parent=parent))
    return tuple(made)


def prepared(plan: Plan, cost_usd: float = 0.0) -> Prepared:
    choices = tuple(
        Choice(task=task.id, agent="hand", type=task.type, reason="by hand", score=1.0, cost_usd=cost_usd)
        for task in plan.tasks
        if task.type is not None
    )
    return Prepared(routed=RoutedPlan(plan=plan, choices=choices), vetting=Vetting())


@dataclass
class House:
    """`steps` is the plan that the next objective is given."""

    folder: Path
    clock: Clock = field(default_factory=SystemClock)
    steps: tuple[Step, ...] = (("a", "give x 1"),)
    prepare: Callable[[Objective], Awaitable[Prepared]] | None = None
    cost_usd: float = 0.0
    planned: int = 0

    def agents(self, concurrency: int = 100, timeout_s: float = 30) -> registry.Registry:
        folder = self.folder / "agents" / "hand"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "agent.yaml").write_text(CARD.format(concurrency=concurrency, timeout_s=timeout_s))
        (folder / "work.py").write_text(WORK)
        return registry.load(folder.parent)

    def runs(self, *, concurrency: int = 100, timeout_s: float = 30, **given: object) -> Runs:
        async def prepare(objective: Objective) -> Prepared:
            self.planned += 1
            if self.prepare is not None:
                return await self.prepare(objective)
            plan = Plan(objective=objective, level="minimal", confidence=1, tasks=tasks(*self.steps))
            return prepared(plan, self.cost_usd)

        async def vet_edit(plan: Plan) -> Prepared:
            return prepared(plan)

        return Runs(
            self.folder / "home" / "genesis.db",
            self.agents(concurrency, timeout_s),
            prepare,
            ArtifactStore(self.folder / "home" / "artifacts"),
            self.clock,
            random.Random(1),
            **({"vet_edit": vet_edit} | given),  # type: ignore[arg-type]
        )

    def objective(self, text: str = "do it", **given: object) -> Objective:
        (self.folder / "work").mkdir(exist_ok=True)
        return Objective.model_validate({"text": text, "workspace": str(self.folder / "work"), **given})

    def calls(self) -> list[str]:
        file = self.folder / "work" / "calls.log"
        return file.read_text().splitlines() if file.exists() else []

    def allow(self, name: str) -> None:
        """Lets tasks go on that `wait` for this file."""
        (self.folder / "work" / name).touch()


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
async def runs(house: House) -> AsyncIterator[Runs]:
    """Started over `house`; stopped at the end."""
    made = house.runs()
    await made.start()
    yield made
    await made.stop(0)
