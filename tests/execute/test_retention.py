"""Retention over real files: what goes, what stays, and a kill between the one and the other."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from genesis.agents.toolbox import ArtifactStore
from genesis.clock import ManualClock
from genesis.errors import Conflict, NotFound
from genesis.execute.run import TERMINAL, Run
from genesis.execute.runs import Runs
from tests.execute.conftest import House

DAY = 86_400.0


async def done(runs: Runs, house: House, *steps: tuple[str, ...], name: str, status: str = "completed") -> Run:
    """A run that has ended and that the process has let go of."""
    house.steps = steps
    await runs.submit(house.objective(), run_id=name)
    async with asyncio.timeout(20):
        while (run := await runs.wait(name, 5)).status not in TERMINAL or name in runs._live:
            await asyncio.sleep(0.005)
    assert run.status == status, run.error
    return run


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def files(house: House) -> dict[str, Path]:
    return {path.name: path for path in (house.folder / "home" / "artifacts").glob("??/*")}


def age(house: House, days: float) -> None:
    """Makes every artifact file so old."""
    for path in files(house).values():
        os.utime(path, (time.time() - days * DAY,) * 2)


def rows(house: House) -> dict[str, int]:
    with sqlite3.connect(house.folder / "home" / "genesis.db") as direct:
        tables = [name for (name,) in direct.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        count = {name: direct.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}
    direct.close()
    of_home = {"genesis_schema", "application_versions"}
    return {name: number for name, number in count.items() if "migrations" not in name and name not in of_home}


async def test_old_runs_are_deleted_whole(house: House, runs: Runs) -> None:
    old = await done(runs, house, ("a", "keep mine"), ("b", "fail validation 9"), name="old", status="failed")
    there = {name for name, count in rows(house).items() if count}
    assert {"genesis_runs", "genesis_events", "operation_outputs", "workflow_status"} <= there
    assert await runs.retention.expire(1.0) == 0
    assert (await runs.get(old.id)).results == old.results
    assert await runs.retention.expire(0.0) == 1
    with pytest.raises(NotFound):
        await runs.get(old.id)
    assert (await runs.list())[0] == ()
    assert [name for name, count in rows(house).items() if count] == []
    await done(runs, house, ("a", "x"), name="old")  # and its name is free again


async def test_files_go_with_the_last_run_that_refers_to_them(house: House, runs: Runs) -> None:
    await done(runs, house, ("a", "keep shared"), ("b", "keep mine"), ("c", "big 300000; keep large"), name="old")
    await done(runs, house, ("a", "keep shared"), ("b", "big 300000; keep inside"), name="young")
    runs.retention._store.put("orphan", "text/plain", b"of an attempt that was killed")
    tail = files(house)[digest("mine")].parent / "tmp-killed"
    tail.write_bytes(b"half")
    await runs._database.write(
        lambda c: c.exec_driver_sql("UPDATE genesis_runs SET finished = 1.0 WHERE id = 'old'").rowcount
    )
    assert await runs.retention.expire(1.0) == 1
    assert await runs.retention.sweep() == 0, "a file so young may be of an attempt that is not recorded yet"
    before = set(files(house))
    age(house, 2)
    await runs.retention.sweep()
    stay = set(files(house))
    assert {digest("shared"), digest("inside")} <= stay and len(stay) == 3  # and the large entry of its log
    gone = {digest(one) for one in ("mine", "large", "of an attempt that was killed")} | {tail.name}
    assert gone <= before - stay
    for _ in range(2):  # what its log told is noted; both ways give the same
        assert await runs.retention.sweep() == 0
    assert set(files(house)) == stay
    await runs.stop(0)
    again = house.runs()
    await again.start()
    try:
        run = await again.get("young")
        kept = [again._means.store.read(one) for result in run.results.values() for one in result.artifacts]
        assert kept == [b"shared", b"inside"]
        assert len(str(run.results["b"].outputs["big"])) == 300_000
        await again.retention.expire(0.0)
        age(house, 2)
        assert await again.retention.sweep() == 3
        assert files(house) == {}
    finally:
        await again.stop(0)


async def test_a_run_that_goes_on_after_it_was_looked_at_keeps_what_it_makes_then(house: House, runs: Runs) -> None:
    await done(runs, house, ("a", "keep first; fail validation 1; keep second"), name="r", status="failed")
    age(house, 2)
    assert await runs.retention.sweep() == 1  # of the attempt that failed: its result was never recorded
    await runs.resume("r")
    async with asyncio.timeout(20):
        while (await runs.wait("r", 5)).status != "completed" or "r" in runs._live:
            await asyncio.sleep(0.005)
    age(house, 2)
    assert await runs.retention.sweep() == 0
    assert set(files(house)) == {digest("first"), digest("second")}


async def test_what_is_under_way_or_waits_is_never_deleted(house: House, runs: Runs) -> None:
    house.steps = (("a", "keep mine"), ("act", "effect", "a", "effect"))
    await runs.submit(house.objective(), run_id="waits")
    async with asyncio.timeout(20):
        while (await runs.wait("waits", 5)).status != "input_required":
            await asyncio.sleep(0.005)
    age(house, 400)
    assert (await runs.retention.expire(0.0), await runs.retention.sweep()) == (0, 0)
    assert set(files(house)) == {digest("mine")}


def test_bytes_that_are_put_again_are_young_again(tmp_path: Path) -> None:
    store = ArtifactStore(tmp_path)
    kept = store.put("a", "text/plain", b"a")
    os.utime(next(tmp_path.glob("??/*")), (1.0, 1.0))
    store.put("b", "text/plain", b"a")
    assert store.sweep((), time.time() - DAY) == 0
    assert store.read(kept) == b"a"
    assert store.sweep((), time.time() + 1) == 1


async def test_the_process_looks_by_itself_and_every_hour(house: House) -> None:
    house.clock = clock = ManualClock(time.time())
    runs = house.runs(keep_days=10)
    told: list[str] = []

    async def forget(names: Sequence[str]) -> None:
        told.extend(names)

    runs.also_forget(forget)
    await runs.start()
    try:
        await done(runs, house, ("a", "keep mine"), name="old")
        age(house, 2)
        await clock.advance(9 * DAY)
        await asyncio.sleep(0.05)
        assert (await runs.get("old")).status == "completed"
        async with asyncio.timeout(20):
            while files(house):  # it looks off the loop: time must not run away from it
                await clock.advance(3600)
                await asyncio.sleep(0.02)
        with pytest.raises(NotFound):
            await runs.get("old")
        assert told == ["old"]
        assert clock.now() - time.time() >= 10 * DAY
    finally:
        await runs.stop(0)


CHILD = """
import asyncio, os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from genesis import faults
from tests.execute.conftest import House
from tests.execute.test_retention import age, done


async def main() -> None:
    house = House(Path(sys.argv[1]))
    runs = house.runs()
    await runs.start()
    await done(runs, house, ("a", "keep shared"), ("b", "keep mine"), name="old")
    await done(runs, house, ("a", "keep shared"), name="young")
    await runs._database.write(
        lambda c: c.exec_driver_sql("UPDATE genesis_runs SET finished = 1.0 WHERE id = 'old'").rowcount)
    age(house, 2)
    faults.on({sys.argv[3]: lambda: os.kill(os.getpid(), signal.SIGKILL)})
    await runs.retention.expire(1.0)


asyncio.run(main())
"""


@pytest.mark.parametrize("point", ["execute.expired", "execute.unlogged", "execute.deleted"])
async def test_killed_in_between_nothing_is_half_there_and_the_next_look_ends_it(house: House, point: str) -> None:
    root = Path(__file__).parents[2]
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(house.folder), str(root), point], capture_output=True, text=True,
        timeout=100, cwd=root, check=False,
    )  # fmt: skip
    assert child.returncode == -signal.SIGKILL, child.stderr[-3000:]
    runs = house.runs()
    await runs.start()
    try:
        with pytest.raises(NotFound):
            await runs.get("old")
        for ask in (runs.cancel, runs.resume):
            with pytest.raises(NotFound):
                await ask("old")
        assert [one.id for one in (await runs.list())[0]] == ["young"]
        if point != "execute.deleted":
            with pytest.raises(Conflict, match="being deleted"):
                await runs.submit(house.objective(), run_id="old")
        assert set(files(house)) == {digest("shared"), digest("mine")}
        await runs.retention.expire(1.0)
        assert await runs.retention.sweep() == 1
        assert set(files(house)) == {digest("shared")}
        left = rows(house)
        assert (left["genesis_runs"], left["workflow_status"]) == (1, 1)
        assert (await runs.get("young")).status == "completed"
        await done(runs, house, ("a", "x"), name="old")
    finally:
        await runs.stop(0)
