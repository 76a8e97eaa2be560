"""The engine: segments, fencing, and that nothing but JSON is stored."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import pickle
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from genesis.durable import runs as table
from genesis.durable.database import Database
from genesis.durable.engine import Engine
from genesis.durable.segment import Lost, Segment
from genesis.errors import ResourceError, StorageFailed


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    database = Database(tmp_path / "genesis.db", table.MIGRATIONS)
    database.migrate()
    made = Engine(database)
    await made.start()
    yield made
    await made.stop()
    await database.close()


def batch(number: int) -> str:
    return json.dumps({"v": 1, "entries": [{"number": number}]})


async def test_batches_come_back_in_the_order_of_their_recording(engine: Engine) -> None:
    async def body(segment: Segment) -> None:
        for number in range(5):

            async def drain(number: int = number) -> str:
                return batch(number)

            await segment.record(drain)

    await engine.run("r~1", body)
    await engine.run("r~2", body)
    found = await engine.batches(["r~1", "r~2"])
    assert [one["entries"][0]["number"] for one in found] == [0, 1, 2, 3, 4] * 2
    assert await engine.batches(["nobody~1"]) == []
    await engine.forget(["r~1"])
    assert await engine.batches(["r~1"]) == []


async def test_what_the_body_raises_comes_out_and_nothing_is_recorded_of_it(engine: Engine) -> None:
    async def drain() -> str:
        raise ValueError("mine")

    async def body(segment: Segment) -> None:
        await segment.record(drain)

    with pytest.raises(ValueError, match="mine"):
        await engine.run("r~1", body)
    assert await engine.batches(["r~1"]) == []


async def test_a_fenced_owner_records_nothing_more(engine: Engine) -> None:
    outcome: list[str] = []
    ready, go = asyncio.Event(), asyncio.Event()

    async def body(segment: Segment) -> None:
        async def first() -> str:
            return batch(1)

        async def late() -> str:
            ready.set()
            await go.wait()
            return batch(2)

        await segment.record(first)
        await engine.owned(segment.name)
        try:
            await segment.record(late)
        except Lost:
            outcome.append("lost")
        with pytest.raises(Lost):
            await engine.owned(segment.name)
        raise Lost(segment.name)

    running = asyncio.create_task(engine.run("r~1", body))
    await ready.wait()
    await engine.fence(["r~1"])
    go.set()
    with pytest.raises(Lost):
        await running
    assert outcome == ["lost"]
    assert [one["entries"][0]["number"] for one in await engine.batches(["r~1"])] == [1]


async def test_a_segment_begins_once(engine: Engine) -> None:
    async def body(segment: Segment) -> None:
        async def drain() -> str:
            return batch(1)

        await segment.record(drain)

    await engine.run("r~1", body)
    with pytest.raises(Lost):
        await engine.run("r~1", body)
    assert len(await engine.batches(["r~1"])) == 1


async def test_who_is_fenced_before_its_first_batch_does_not_begin(engine: Engine) -> None:
    """The one before it is fenced with it: who took it over may have been killed before it did that."""
    outcome: list[str] = []
    ready, go = asyncio.Event(), asyncio.Event()

    async def body(segment: Segment) -> None:
        async def drain() -> str:
            ready.set()
            await go.wait()
            return batch(1)

        await (segment.open() if segment.name == "r~1" else asyncio.sleep(0))
        try:
            await segment.record(drain)
        except Lost:
            outcome.append(segment.name)

    running = []
    for name in ("r~1", "r~2"):
        ready.clear()
        running.append(asyncio.create_task(engine.run(name, body)))
        await ready.wait()
    await engine.fence(["r~1", "r~2"])
    await engine.fence(["r~1", "r~2"])
    go.set()
    await asyncio.gather(*running)
    assert sorted(outcome) == ["r~1", "r~2"]
    assert await engine.batches(["r~1", "r~2"]) == []


def commits(file: Path) -> int:
    """In the write-ahead log: frames that say how large the database is after them end a transaction."""
    wal = Path(f"{file}-wal").read_bytes()
    frame = 24 + int.from_bytes(wal[8:12], "big")
    return sum(wal[at + 4 : at + 8] != bytes(4) and wal[at + 8 : at + 16] == wal[16:24]
               for at in range(32, len(wal), frame))  # fmt: skip


async def test_each_batch_costs_one_commit_and_opening_a_segment_none(engine: Engine) -> None:
    seen = [commits(engine._database.file)]

    async def body(segment: Segment) -> None:
        async def drain() -> str:
            return batch(1)

        for _ in range(3):
            await segment.record(drain)
            seen.append(commits(engine._database.file))

    await engine.run("r~1", body)
    seen.append(commits(engine._database.file))
    assert [after - before for before, after in itertools.pairwise(seen)] == [1, 1, 1, 0]


async def test_a_log_whose_segments_began_empty_is_read(engine: Engine) -> None:
    """So they did at first, with their own name for an input."""

    async def body(segment: Segment) -> None:
        async def drain() -> str:
            return batch(1)

        await segment.open()
        await segment.record(drain)

    await engine.run("r~1", body)
    assert await engine.batches(["r~1"]) == [json.loads(batch(1))]
    with engine._database.engine.begin() as connection:
        connection.exec_driver_sql("""UPDATE workflow_input SET inputs = '{"args":["r~1"],"kwargs":{}}'""")
    assert await engine.batches(["r~1"]) == [json.loads(batch(1))]


@pytest.mark.parametrize("inputs", ["", "{", "{}", '{"args":[]}', '{"args":[7]}'])
async def test_a_damaged_first_batch_is_no_empty_log(engine: Engine, inputs: str) -> None:
    async def body(segment: Segment) -> None:
        async def drain() -> str:
            return batch(1)

        await segment.record(drain)

    await engine.run("r~1", body)
    with engine._database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE workflow_input SET inputs = ?", (inputs,))
    with pytest.raises(StorageFailed, match="r~1 is damaged"):
        await engine.batches(["r~1"])


async def test_a_second_engine_in_the_process_is_refused(engine: Engine) -> None:
    with pytest.raises(ResourceError, match="already"):
        await Engine(engine._database).start()


async def test_only_json_is_stored(engine: Engine) -> None:
    """DBOS's default is pickle: whoever could write the file could run code."""

    async def body(segment: Segment) -> None:
        async def drain() -> str:
            return batch(1)

        await segment.record(drain)
        await segment.record(drain)

    await engine.run("r~1", body)
    with sqlite3.connect(engine._database.file) as direct:
        tables = [name for (name,) in direct.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        values = [value for name in tables for row in direct.execute(f"SELECT * FROM {name}") for value in row]
        (recorded,) = direct.execute("SELECT output FROM operation_outputs").fetchone()
        (first,) = direct.execute("SELECT inputs FROM workflow_input").fetchone()
    direct.close()
    assert json.loads(recorded) == json.loads(batch(1))
    assert json.loads(first) == {"args": [json.loads(batch(1))], "kwargs": {}}
    assert "genesis_json" in values
    pickled = base64.b64encode(pickle.dumps("x"))[:4].decode()
    assert not [value for value in values if isinstance(value, bytes) or str(value).startswith(pickled)]


async def test_a_batch_for_which_there_was_no_room_is_not_there(engine: Engine) -> None:
    """DBOS then tries to record the error as the step's outcome, and for that the room may do."""
    database = engine._database

    async def body(segment: Segment) -> None:
        async def small() -> str:
            return batch(1)

        async def large() -> str:
            return json.dumps({"v": 1, "entries": ["x" * 1_000_000]})

        await segment.record(small)
        await segment.record(small)
        with database.engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        database.engine.dispose()
        sa.event.listen(database.engine, "connect", lambda c, r: c.execute(f"PRAGMA max_page_count={pages + 20}"))
        with pytest.raises(StorageFailed, match="full"):
            await segment.record(large)

    await engine.run("r~1", body)
    with database.engine.connect() as connection:
        steps = connection.exec_driver_sql("SELECT output IS NULL, error IS NULL FROM operation_outputs").fetchall()
    assert [tuple(step) for step in steps] == [(0, 1), (1, 0)]
    assert await engine.batches(["r~1"]) == [json.loads(batch(1))] * 2


async def test_a_first_batch_for_which_there_was_no_room_is_not_there(engine: Engine) -> None:
    database = engine._database

    async def body(segment: Segment) -> None:
        async def large() -> str:
            return json.dumps({"v": 1, "entries": ["x" * 1_000_000]})

        with database.engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        database.engine.dispose()
        sa.event.listen(database.engine, "connect", lambda c, r: c.execute(f"PRAGMA max_page_count={pages + 20}"))
        with pytest.raises(StorageFailed, match="full"):
            await segment.record(large)

    await engine.run("r~1", body)
    assert await engine.batches(["r~1"]) == []
    await engine.fence(["r~1"])
    with pytest.raises(Lost):
        await engine.owned("r~1")
