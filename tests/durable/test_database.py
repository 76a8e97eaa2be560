"""One database file: how it is opened, group commit, migrations, and what goes wrong with disks and locks."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from genesis.clock import SystemClock
from genesis.durable.database import Database
from genesis.errors import Conflict, StorageFailed

ONE = (("CREATE TABLE thing (name TEXT PRIMARY KEY, body TEXT)",),)


def add(name: str, body: str = "") -> sa.TextClause:
    return sa.text("INSERT INTO thing VALUES (:name, :body)").bindparams(name=name, body=body)


def names(file: Path) -> list[str]:
    with sqlite3.connect(file) as direct:
        found = [name for (name,) in direct.execute("SELECT name FROM thing ORDER BY name")]
    direct.close()
    return found


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(tmp_path / "deep" / "genesis.db", ONE, busy_timeout_s=0.2)
    made.migrate()
    yield made
    await made.close()


async def test_every_connection_is_prepared(database: Database) -> None:
    with database.engine.connect() as first, database.engine.connect() as second:
        for connection in (first, second):
            told = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            }
            assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 200}


async def test_a_schema_may_take_the_time_with_milliseconds(database: Database) -> None:
    """As that of DBOS does from Python 3.12 on, whatever the SQLite beneath: before 3.42 it had no `subsec`."""
    start = SystemClock().now()
    with database.engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE seen (n INTEGER, at INTEGER DEFAULT (unixepoch('subsec') * 1000))")
        connection.exec_driver_sql("INSERT INTO seen (n) VALUES (1)")
        at = connection.exec_driver_sql("SELECT at FROM seen").scalar_one()
    assert start - 0.001 <= at / 1000 <= SystemClock().now() + 0.001


async def test_writes_that_come_together_share_a_commit_and_each_is_durable(database: Database) -> None:
    commits = 0

    @sa.event.listens_for(database.engine, "commit")
    def count(connection: sa.Connection) -> None:
        nonlocal commits
        commits += 1

    await asyncio.gather(*(database.write(lambda c, i=i: c.execute(add(f"n{i:03d}"))) for i in range(200)))  # type: ignore[misc]
    assert names(database.file) == [f"n{i:03d}" for i in range(200)]
    assert commits <= 3


async def test_a_write_that_fails_takes_no_other_with_it(database: Database) -> None:
    def half(connection: sa.Connection) -> None:
        connection.execute(add("half"))
        raise Conflict("on purpose")

    def twice(connection: sa.Connection) -> None:
        connection.execute(add("good"))

    outcomes = await asyncio.gather(
        database.write(twice), database.write(half), database.write(twice),
        database.write(lambda c: c.execute(add("other"))), return_exceptions=True,
    )  # fmt: skip
    assert isinstance(outcomes[1], Conflict)
    assert isinstance(outcomes[2], sa.exc.IntegrityError)
    assert names(database.file) == ["good", "other"]


async def test_migrations_run_once_and_a_later_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "genesis.db"
    more = (*ONE, ("CREATE TABLE other (name TEXT)",))
    for steps in (ONE, ONE, more, more):
        database = Database(file, steps)
        database.migrate()
        await database.close()
    old = Database(file, ONE)
    with pytest.raises(StorageFailed, match="schema 2"):
        old.migrate()
    await old.close()


async def test_a_migration_that_breaks_leaves_the_old_schema(tmp_path: Path) -> None:
    database = Database(tmp_path / "genesis.db", (("CREATE TABLE thing (name TEXT)", "CREATE NONSENSE"),))
    with pytest.raises(StorageFailed):
        database.migrate()
    await database.close()
    good = Database(tmp_path / "genesis.db", ONE)
    good.migrate()
    await good.close()


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "genesis.db").write_bytes(b"this is no database at all, but long enough to have a header" * 20)
    database = Database(tmp_path / "genesis.db", ONE)
    with pytest.raises(StorageFailed, match=r"genesis\.db"):
        database.migrate()
    await database.close()


async def test_a_locked_database_fails_clearly_with_nothing_half_done(database: Database) -> None:
    other = sqlite3.connect(database.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageFailed, match="locked"):
        await database.write(lambda c: c.execute(add("never")))
    assert (await database.read(lambda c: c.execute(sa.text("SELECT count(*) FROM thing")).scalar())) == 0
    other.execute("ROLLBACK")
    other.close()
    await database.write(lambda c: c.execute(add("now")))
    assert names(database.file) == ["now"]


async def test_a_full_disk_fails_the_whole_group_and_nothing_of_it_is_kept(database: Database) -> None:
    def limit(pages: int) -> None:
        with database.engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    await database.write(lambda c: c.execute(add("before")))
    database.engine.dispose()
    sa.event.listen(database.engine, "connect", lambda c, r: c.execute("PRAGMA max_page_count=12"))
    outcomes = await asyncio.gather(
        database.write(lambda c: c.execute(add("small"))),
        database.write(lambda c: c.execute(add("large", "x" * 200_000))),
        return_exceptions=True,
    )
    assert [type(one) for one in outcomes] == [StorageFailed, StorageFailed]
    assert "full" in str(outcomes[1])
    assert names(database.file) == ["before"]
    await database.write(lambda c: c.execute(add("fits")))
    assert names(database.file) == ["before", "fits"]
