"""Scheduler and durable engine against the asyncio floor, raw SQLite, and LangGraph, in one run, as ratios.

    python benchmarks/engine.py [--rounds N] [--peers VENV] [--json]

Times on shared machines are noisy: the rounds of all candidates are interleaved, medians compared, and only the ratios
mean something. All that is durable here is so by WAL and synchronous FULL.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from shapes import SHAPES, critical_path  # type: ignore[import-not-found]

from genesis.agents import registry
from genesis.agents.result import Result
from genesis.agents.toolbox import ArtifactStore
from genesis.clock import SystemClock
from genesis.durable.engine import Engine
from genesis.durable.segment import Segment
from genesis.execute.log import Ended, Entry, Journal, Planned
from genesis.execute.prepare import Prepared
from genesis.execute.runs import Runs
from genesis.execute.scheduler import Scheduler
from genesis.execute.slots import Slots
from genesis.execute.state import State
from genesis.objective import Limits, Objective
from genesis.plan.plan import Plan, Task
from genesis.route.routed import Choice, RoutedPlan
from genesis.vet.vetting import Vetting

CARD = """
name: idle
title: Idle
description: Waits as long as it is told.
concurrency: 1000
task_types: [{name: idle, description: waits}]
"""
WORK = """
import asyncio
from genesis.agents.result import Result

async def work(task, tools):
    if float(task.goal):
        await asyncio.sleep(float(task.goal))
    return Result(summary=task.task_id)
"""
LIMITS = Limits(tasks=2000, children=2000)
Round = Callable[[str], Awaitable[float]]
"""Runs a shape once; milliseconds."""


def prepared(name: str, objective: Objective) -> Prepared:
    before, seconds = SHAPES[name]
    tasks = tuple(
        Task(id=f"n{i}", goal=repr(seconds[i]), type="idle", depends_on=tuple(f"n{one}" for one in before[i]))
        for i in range(len(before))
    )
    plan = Plan(objective=objective, level="minimal", confidence=1, tasks=tasks)
    choices = tuple(Choice(task=task.id, agent="idle", type="idle", reason="", score=0) for task in tasks)
    return Prepared(routed=RoutedPlan(plan=plan, choices=choices), vetting=Vetting())


PREPARED = {name: prepared(name, Objective(text=name, limits=LIMITS)) for name in SHAPES}


async def floor(name: str) -> float:
    """Nothing but asyncio tasks: each is made when the last of its predecessors is done."""
    before, seconds = SHAPES[name]
    after: list[list[int]] = [[] for _ in before]
    for node, first in enumerate(before):
        for one in first:
            after[one].append(node)
    missing = [len(first) for first in before]
    left = len(before)
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    tasks = set()

    async def work(node: int) -> None:
        nonlocal left
        if seconds[node]:
            await asyncio.sleep(seconds[node])
        for one in after[node]:
            missing[one] -= 1
            if not missing[one]:
                tasks.add(loop.create_task(work(one)))
        left -= 1
        if not left:
            done.set()

    began = time.perf_counter()
    for node, first in enumerate(before):
        if not first:
            tasks.add(loop.create_task(work(node)))
    await done.wait()
    return (time.perf_counter() - began) * 1000


class Memory:
    async def record(self, drain: Callable[[], Awaitable[list[Entry]]]) -> int:
        return len(await drain())


RESULT = Result(summary="")


async def scheduled(name: str, recorder: Any) -> float:
    """Our scheduler; what an attempt does is the wait alone."""
    _, seconds = SHAPES[name]
    state = State(Objective(text=name, limits=LIMITS), 0.0)
    state.apply(Planned(0.0, PREPARED[name]))

    async def attempt(task: str, number: int) -> Ended:
        pause = seconds[int(task[1:])]
        if pause:
            await asyncio.sleep(pause)
        return Ended(0.0, task, number, "idle", RESULT)

    began = time.perf_counter()
    await Scheduler(state, attempt, recorder, SystemClock(), slots=Slots({"idle": 1000})).run()
    took = time.perf_counter() - began
    assert state.ended == "completed", state.error
    return took * 1000


async def in_memory(name: str) -> float:
    return await scheduled(name, Memory())


def durable(engine: Engine, store: ArtifactStore) -> Round:
    count = 0

    async def run(name: str) -> float:
        nonlocal count
        count += 1
        ended = 0.0

        async def body(segment: Segment) -> None:
            nonlocal ended
            await scheduled(name, Journal(segment, store))
            ended = time.perf_counter()  # the result is durable and known; what DBOS notes afterwards nobody waits for

        began = time.perf_counter()
        await engine.run(f"{name}{count}~1", body)
        return (ended - began) * 1000

    return run


def whole(runs: Runs) -> Round:
    """Everything that a user gets: the objective stored, the plan recorded, agents called, events stored."""

    async def run(name: str) -> float:
        began = time.perf_counter()
        made = await runs.submit(Objective(text=name, limits=LIMITS))
        done = await runs.wait(made.id, 60)
        took = time.perf_counter() - began
        assert done.status == "completed", done.error
        return took * 1000

    return run


def raw(file: Path, per_commit: int | None) -> Round:
    """Rows into SQLite and nothing else: `per_commit` to a transaction, or all of a layer (None)."""
    direct = sqlite3.connect(file, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        direct.execute(f"PRAGMA {pragma}")
    direct.execute("CREATE TABLE done (node INTEGER, body TEXT)")

    async def run(name: str) -> float:
        before, _ = SHAPES[name]
        count = len(before)
        size = per_commit or {"layers": 10, "chain": 1, "fan": 1000, "uneven": 10}[name]
        began = time.perf_counter()
        for first in range(0, count, size):
            direct.execute("BEGIN IMMEDIATE")
            direct.executemany("INSERT INTO done VALUES (?, ?)", [(node, "{}") for node in range(first, first + size)])
            direct.execute("COMMIT")
        return (time.perf_counter() - began) * 1000

    return run


class Peer:
    """LangGraph, in its own process and environment."""

    def __init__(self, venv: Path) -> None:
        here = Path(__file__).parent
        self._process = subprocess.Popen(
            [venv / "bin" / "python", here / "peer_langgraph.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, cwd=here, env={**os.environ, "PYTHONPATH": str(here)},
        )  # fmt: skip
        self.pragmas = self._line()

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("the peer's process ended; does its environment have the group `peers`?")
        return line.strip()

    async def run(self, name: str) -> float:
        assert self._process.stdin is not None
        self._process.stdin.write(name + "\n")
        self._process.stdin.flush()
        return float(await asyncio.to_thread(self._line))

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()


def fleet(folder: Path) -> registry.Registry:
    (folder / "idle").mkdir(parents=True, exist_ok=True)
    (folder / "idle" / "agent.yaml").write_text(CARD)
    (folder / "idle" / "work.py").write_text(WORK)
    return registry.load(folder)


def serving(home: Path) -> Runs:
    async def prepare(objective: Objective) -> Prepared:
        return prepared(objective.text, objective)

    store = ArtifactStore(home / "artifacts")
    return Runs(home / "genesis.db", fleet(home / "agents"), prepare, store, SystemClock(), random.Random(1))


async def compare(rounds: int, peers: Path | None) -> dict[str, dict[str, float]]:
    """Median milliseconds by shape and candidate."""
    took: dict[str, dict[str, list[float]]] = {name: {} for name in SHAPES}
    with tempfile.TemporaryDirectory() as folder:
        async with AsyncExitStack() as stack:
            home = Path(folder)
            runs = serving(home)
            await runs.start()
            stack.push_async_callback(runs.stop, 0)
            candidates: dict[str, Round] = {
                "asyncio": floor,
                "scheduler": in_memory,
                "sqlite group": raw(home / "group.db", None),
                "sqlite each": raw(home / "each.db", 1),
                "engine": durable(runs._means.engine, ArtifactStore(home / "artifacts")),
                "runs": whole(runs),
            }
            if peers is not None:
                peer = Peer(peers)
                stack.callback(peer.close)
                if peer.pragmas != "wal 2":
                    raise SystemExit(f"the peer is not at equal durability: {peer.pragmas}")
                candidates["langgraph"] = peer.run
            for round_ in range(rounds + 1):
                for shape in SHAPES:
                    for name, run in candidates.items():
                        ms = await run(shape)
                        if round_:  # the first warms up
                            took[shape].setdefault(name, []).append(ms)
    return {shape: {name: statistics.median(ms) for name, ms in by.items()} for shape, by in took.items()}


# ---- recovery -------------------------------------------------------------------------------------------------------


async def life(home: Path, die_at: int) -> None:
    """One serving process: ends when the run is over, or by SIGKILL once `die_at` tasks are recorded."""
    runs = serving(home)
    began = time.perf_counter()
    await runs.start()
    ready = time.perf_counter()
    await runs.submit(Objective(text="recovery", limits=LIMITS), run_id="recovery")
    done = 0
    async for event in runs.events("recovery"):
        done += event.kind == "task" and event.data["status"] == "done"
        if die_at and done >= die_at:
            os.kill(os.getpid(), signal.SIGKILL)
    run = await runs.get("recovery")
    print(json.dumps({"status": run.status, "start_s": ready - began, "result_s": time.perf_counter() - ready}))
    await runs.stop(0)


def recovery() -> dict[str, float]:
    """Seconds from ready to the result of 1000 tasks of which half were recorded when the process was killed."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--home", folder, "--die"]
        first = subprocess.run([*command, "500"], capture_output=True, text=True, check=False)
        if first.returncode != -signal.SIGKILL:
            raise SystemExit(f"the first life was not killed: {first.stderr[-2000:]}")
        began = time.perf_counter()
        second = subprocess.run([*command, "0"], capture_output=True, text=True, check=True)
        told = json.loads(second.stdout)
        if told["status"] != "completed":
            raise SystemExit(f"the run is {told['status']}")
        return {"start": told["start_s"], "ready to result": told["result_s"], "process": time.perf_counter() - began}


SHAPES["recovery"] = ([[] if node < 10 else [node - 10] for node in range(1000)], [0.001] * 1000)
PREPARED["recovery"] = prepared("recovery", Objective(text="recovery", limits=LIMITS))


def report(medians: dict[str, dict[str, float]], recovered: dict[str, float]) -> dict[str, Any]:
    before, seconds = SHAPES["uneven"]
    path = critical_path(before, seconds) * 1000
    ratios: dict[str, float] = {
        "scheduler / asyncio, 10x10": medians["layers"]["scheduler"] / medians["layers"]["asyncio"],
        "scheduler / critical path, uneven": medians["uneven"]["scheduler"] / path,
        "engine / critical path, uneven": medians["uneven"]["engine"] / path,
        "runs / critical path, uneven": medians["uneven"]["runs"] / path,
        "engine / sqlite group commit, fan": medians["fan"]["engine"] / medians["fan"]["sqlite group"],
        "sqlite commit each / engine, fan": medians["fan"]["sqlite each"] / medians["fan"]["engine"],
    }
    if "langgraph" in medians["layers"]:
        for shape in ("layers", "chain", "fan", "uneven"):
            for name in ("engine", "runs"):
                ratios[f"langgraph / {name}, {shape}"] = medians[shape]["langgraph"] / medians[shape][name]
    return {"ms": medians, "critical path ms": path, "ratios": ratios, "recovery s": recovered}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--peers", type=Path, help="a virtual environment with the dependency group `peers`")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--die", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.home is not None:
        asyncio.run(life(given.home, given.die))
        return
    shapes = {name: SHAPES.pop(name) for name in ("recovery",)}
    medians = asyncio.run(compare(given.rounds, given.peers))
    SHAPES.update(shapes)
    told = report(medians, recovery())
    if given.json:
        print(json.dumps(told, indent=1))
        return
    names = list(medians["layers"])
    print(f"{'median ms':12}" + "".join(f"{name:>14}" for name in names))
    for shape, by in medians.items():
        print(f"{shape:12}" + "".join(f"{by[name]:14.2f}" for name in names))
    print(f"\ncritical path of uneven: {told['critical path ms']:.1f} ms\n")
    for name, ratio in told["ratios"].items():
        print(f"{name:44}{ratio:10.2f}")
    for name, seconds in told["recovery s"].items():
        print(f"recovery of 1000 tasks, {name:20}{seconds:10.2f} s")


if __name__ == "__main__":
    main()
