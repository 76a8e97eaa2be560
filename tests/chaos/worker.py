"""One life of a serving process: takes up every run of the home, submits those it is told to, approves what waits,
and ends when all are terminal. `worker.py FOLDER {"seeds": [...], "kill": [point, nth, most_ms], "mutate": name}`

A kill is SIGKILL to itself, at a named point or some milliseconds after it, from a thread: mid-commit, if so.
"""

from __future__ import annotations

import asyncio
import faulthandler
import json
import os
import random
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from genesis import faults
from genesis.durable import lease
from genesis.durable import runs as table
from genesis.durable.engine import Engine
from genesis.errors import Conflict
from genesis.execute import graph as g
from genesis.execute.graph import Graph
from genesis.execute.prepare import Prepared
from genesis.execute.run import TERMINAL
from genesis.execute.runs import Runs
from genesis.objective import Objective
from genesis.plan.plan import Plan
from tests.chaos import plans
from tests.execute.conftest import House, prepared, tasks


def kill_at(point: str, nth: int, most_ms: float, chance: random.Random) -> None:
    passed = 0

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def reached() -> None:
        nonlocal passed
        passed += 1
        if passed != nth:
            return
        if most_ms == 0:
            die()
        threading.Timer(chance.uniform(0, most_ms) / 1000, die).start()

    if point == "time":
        threading.Timer(chance.uniform(0, most_ms) / 1000, die).start()
    else:
        faults.on({point: reached})


def tell(connection: Connection, row: table.Row, status: str, finished: float | None, heard: int) -> bool:
    table.set_status(connection, row.id, status, finished)
    return True


def mutate(name: str) -> None:
    """Takes one of the safety nets away: the suite must notice."""
    if name in ("fence", "takeover"):  # a second process on one home, which the lock would refuse
        lease.HomeLock.take = lambda self, address: None  # type: ignore[method-assign]
        lease.HomeLock.release = lambda self: None  # type: ignore[method-assign]
    if name == "fence":

        async def nothing(self: Engine, names: object) -> None:
            return None

        Engine.fence = nothing  # type: ignore[method-assign]
        Engine.owned = nothing  # type: ignore[method-assign, assignment]
        table.owns = lambda connection, run, segment: True
        table.tell = tell
    elif name == "volatile":
        real = Graph.finish

        def finish(self: Graph, i: int) -> list[int]:
            ready = real(self, i)
            if not self.effects[i]:
                self.status[i] = g.PENDING
            return ready

        Graph.finish = finish  # type: ignore[method-assign]
    elif name == "dedup":
        os.environ["CHAOS_NO_DEDUP"] = "1"


async def prepare(objective: Objective) -> Prepared:
    steps = plans.first(int(objective.text.split()[-1]))
    return prepared(Plan(objective=objective, level="minimal", confidence=1, tasks=tasks(*steps)))


async def approve(runs: Runs, run_id: str) -> None:
    async for event in runs.events(run_id):
        shown = event.data.get("tasks", [event.data])
        assert isinstance(shown, list)
        for task in shown:
            assert isinstance(task, dict)
            if event.kind != "run" and task["status"] == "waiting":
                try:
                    await runs.approve(run_id, [str(task["id"])], True, "chaos")
                except Conflict:
                    continue  # an old event: approved in an earlier life


def explain() -> None:
    """What everybody waits for, on stderr, when a life is ended because it lasts too long."""
    for task in asyncio.all_tasks():
        task.print_stack(file=sys.stderr)
    faulthandler.dump_traceback(file=sys.stderr)
    os._exit(1)


async def main(folder: Path, told: dict[str, Any]) -> None:
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, explain)
    house = House(folder)
    chance = random.Random(str(told))
    mutate(str(told.get("mutate", "")))
    house.prepare = prepare
    runs = house.runs(replan=plans.replan)
    seeds = told["seeds"]
    point, nth, most_ms = told.get("kill") or ("", 0, 0)
    if point and point != "time":
        kill_at(point, nth, most_ms, chance)
    await runs.start()
    began = time.monotonic()
    print("ready", flush=True)
    if point == "time":
        kill_at(point, nth, most_ms, chance)
    names = []
    for seed in seeds:
        run = await runs.submit(house.objective(f"chaos {seed}"), run_id=f"run-{seed}")
        names.append(run.id)
        print(f"acknowledged {run.id}", flush=True)
    approving = [asyncio.create_task(approve(runs, name)) for name in names]
    ended = {}
    for name in names:
        while (run := await runs.wait(name, 1)).status not in TERMINAL:
            await asyncio.sleep(0.01)
        values = {task: result.outputs[task] for task, result in run.results.items()}
        events = [(event.seq, event.kind, event.data) async for event in runs.events(name)]
        ended[name] = {"status": run.status, "error": run.error and run.error.message, "values": values,
                       "events": events, "seconds": time.monotonic() - began}  # fmt: skip
    for task in approving:
        task.cancel()
    await asyncio.wait(approving)
    await runs.stop(0)
    print(json.dumps(ended), flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), json.loads(sys.argv[2])))
