"""The engine: segments, fencing, and that nothing but JSON is stored."""

from __future__ import annotations

import asyncio
import base64
import json
import pickle
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from genesis.durable import runs as table
from genesis.durable.database import Database
from genesis.durable.engine import Engine, Lost, Segment
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
    await engine.fence(["r~2"])  # not there yet: nothing to take
    await engine.run("r~2", body)
    assert len(await engine.batches(["r~1"])) == 1


async def test_a_second_engine_in_the_process_is_refused(engine: Engine) -> None:
    with pytest.raises(ResourceError, match="already"):
        await Engine(engine._database).start()


async def test_only_json_is_stored(engine: Engine) -> None:
    """DBOS's default is pickle: whoever could write the file could run code."""

    async def body(segment: Segment) -> None:
        async def drain() -> str:
            return batch(1)

        await segment.record(drain)

    await engine.run("r~1", body)
    with sqlite3.connect(engine._database.file) as direct:
        tables = [name for (name,) in direct.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        values = [value for name in tables for row in direct.execute(f"SELECT * FROM {name}") for value in row]
        (recorded,) = direct.execute("SELECT output FROM operation_outputs").fetchone()
    direct.close()
    assert json.loads(recorded) == json.loads(batch(1))
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
    assert await engine.batches(["r~1"]) == [json.loads(batch(1))]
