"""Full disks and locked databases under whole runs: a clear error, nothing half-done, and on it goes afterwards."""

from __future__ import annotations

import asyncio
import json
import resource
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from genesis.errors import NotFound, StorageFailed
from genesis.execute.run import Event
from genesis.execute.runs import Runs
from tests.execute.conftest import House


async def test_a_locked_database_refuses_new_runs_clearly(tmp_path: Path) -> None:
    house = House(tmp_path)
    runs = house.runs(busy_timeout_s=0.2)
    await runs.start()
    other = sqlite3.connect(tmp_path / "home" / "genesis.db", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageFailed, match="locked"):
            await runs.submit(house.objective(), run_id="r")
        with pytest.raises(NotFound):
            await runs.get("r")
        other.execute("ROLLBACK")
        await runs.submit(house.objective(), run_id="r")
        assert (await runs.wait("r", 20)).status == "completed"
    finally:
        other.close()
        await runs.stop(0)


async def test_a_run_waits_out_a_lock_and_repeats_nothing_recorded(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.steps = (("a", "x"), ("b", "wait go", "a"), ("c", "x", "b"))
    runs = house.runs(busy_timeout_s=0.2)
    await runs.start()
    other = sqlite3.connect(tmp_path / "home" / "genesis.db", isolation_level=None)
    try:
        await runs.submit(house.objective(), run_id="r")
        async with asyncio.timeout(20):
            while not [event async for event in _until_done(runs, "a")]:
                pass
            other.execute("BEGIN IMMEDIATE")
            house.allow("go")
            while "end r/b#1" not in house.calls():
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.5)  # two of its tries to record
            assert (await runs.get("r")).status == "working"
            other.execute("ROLLBACK")
            run = await runs.wait("r", 20)
        assert run.status == "completed"
        assert house.calls().count("start r/a#1") == 1
    finally:
        other.close()
        await runs.stop(0)


async def _until_done(runs: Runs, task: str) -> AsyncIterator[Event]:
    async for event in runs.events("r"):
        if event.kind == "task" and event.data["id"] == task and event.data["status"] == "done":
            yield event
            return


CHILD = """
import asyncio, json, resource, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from genesis.errors import StorageFailed
from tests.execute.conftest import House


async def main() -> None:
    house = House(Path(sys.argv[1]))
    house.steps = (("a", "give x 1"), ("b", "wait go; big 200000", "a"), ("c", "big 200000", "b"))
    runs = house.runs()
    await runs.start()
    await runs.submit(house.objective(), run_id="r")
    async for event in runs.events("r"):
        if event.kind == "task" and event.data["id"] == "a" and event.data["status"] == "done":
            break
    size = max(file.stat().st_size for file in (house.folder / "home").glob("genesis.db*"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 150_000, resource.RLIM_INFINITY))
    try:
        for number in range(1000):
            await runs.submit(house.objective("x" * 19_000), run_id=f"more{number}")
    except StorageFailed as error:
        told = error.message
    house.allow("go")
    async with asyncio.timeout(30):
        while "end r/b#1" not in house.calls():
            await asyncio.sleep(0.01)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    run = await runs.wait("r", 30)
    await runs.stop(0)
    calls = house.calls()
    print(json.dumps({"told": told, "status": run.status, "number": number, "a": calls.count("start r/a#1")}))


signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
asyncio.run(main())
"""


def test_a_full_disk_stops_cleanly_and_the_run_goes_on_when_there_is_space(tmp_path: Path) -> None:
    """The disk is full by RLIMIT_FSIZE, in a process of its own: the real error from the real kernel."""
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path), str(root)], capture_output=True, text=True, timeout=100,
        cwd=root, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["status"] == "completed" and told["a"] == 1
    assert "full" in told["told"] and "genesis.db" in told["told"]
    with sqlite3.connect(tmp_path / "home" / "genesis.db") as direct:
        (count,) = direct.execute("SELECT count(*) FROM genesis_runs WHERE id LIKE 'more%'").fetchone()
        check = direct.execute("PRAGMA integrity_check").fetchone()
    direct.close()
    assert count == told["number"], "a run that was refused is there, or one that was acknowledged is not"
    assert check == ("ok",)
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
