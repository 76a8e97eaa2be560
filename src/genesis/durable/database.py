"""One database file: how it is opened, its schema, and a writer that puts many small writes into one commit."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from genesis.clock import SystemClock
from genesis.errors import StorageFailed
from genesis.faults import fault

T = TypeVar("T")

Migrations = Sequence[Sequence[str]]
"""Statements by version, counted from 1. A version that was released is never changed, only followed."""


def open_engine(file: Path, *, busy_timeout_s: float = 30.0) -> sa.Engine:
    """A SQLAlchemy engine on an SQLite file.

    WAL with synchronous FULL: a commit survives a power cut, and readers never wait for the writer. Transactions take
    the write lock at their first write (IMMEDIATE): taking it later can fail where no waiting helps.
    """
    # Last in, first out: the connection that has just written still has the pages that the next one writes.
    engine = sa.create_engine(f"sqlite:///{file}", pool_size=8, max_overflow=24, pool_use_lifo=True)

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        connection.isolation_level = "IMMEDIATE"
        for pragma in (f"busy_timeout={int(busy_timeout_s * 1000)}", "journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("PRAGMA foreign_keys=ON")
        if sqlite3.sqlite_version_info < (3, 42):
            connection.create_function("unixepoch", 1, _unixepoch)

    @sa.event.listens_for(engine, "commit")
    def committing(connection: sa.Connection) -> None:
        fault("durable.committing")

    return engine


def _unixepoch(modifier: str) -> float:
    """`unixepoch('subsec')` for SQLite before 3.42, where it is NULL. DBOS judges by the Python whether it is there:
    from 3.12 on it stands in its statements and in its schema, and that file a Python 3.11 may open later."""
    if modifier != "subsec":
        raise ValueError(f"unixepoch({modifier!r}) is not known here")
    return round(SystemClock().now(), 3)


def storage_error(error: Exception, file: Path) -> StorageFailed | None:
    """What an error of the database means for its user, or None when it is not about storage."""
    cause = getattr(error, "orig", error)
    if not isinstance(cause, sqlite3.Error | OSError | sa.exc.TimeoutError):
        return None
    text = str(cause)
    if "full" in text or "No space" in text or "disk I/O" in text or "File too large" in text:
        return StorageFailed(f"{file}: the disk is full ({text}); free some space, nothing was half-done")
    if "locked" in text or "busy" in text:
        return StorageFailed(f"{file}: another process holds the database locked; end it and try again")
    if isinstance(cause, sqlite3.IntegrityError | sqlite3.ProgrammingError | sqlite3.InterfaceError):
        return None
    return StorageFailed(f"{file}: cannot be read or written ({text})")


class Database:
    """`write` and `read` run functions of a connection off the event loop.

    Writes that come while a commit is under way share the next one (group commit): each in a savepoint of its own, so
    that one that fails takes no other with it. A write has happened, durably, when its `await` returns.
    """

    def __init__(self, file: Path, migrations: Migrations, *, busy_timeout_s: float = 30.0) -> None:
        self.file = file
        self.engine = open_engine(file, busy_timeout_s=busy_timeout_s)
        self._migrations = migrations
        # Threads of our own: DBOS replaces the loop's default ones, and takes them down with it.
        self._writer = ThreadPoolExecutor(1, "genesis-write")
        self.threads = ThreadPoolExecutor(4, "genesis-read")
        self._queue: list[tuple[Callable[[sa.Connection], Any], asyncio.Future[Any]]] = []
        self._flusher: asyncio.Task[None] | None = None

    def migrate(self) -> None:
        """Makes the schema what this version needs. Raises `StorageFailed`, also for a file of a later version."""
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self.engine.connect() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS genesis_schema (version INTEGER NOT NULL)")
                row = connection.exec_driver_sql("SELECT max(version) FROM genesis_schema").scalar()
                version = int(row or 0)
                if version > len(self._migrations):
                    raise StorageFailed(
                        f"{self.file}: has schema {version}, and this Genesis is older than that; upgrade it"
                    )
                for number, statements in enumerate(self._migrations, 1):
                    if number > version:
                        for statement in statements:
                            connection.exec_driver_sql(statement)
                        connection.exec_driver_sql("INSERT INTO genesis_schema VALUES (?)", (number,))
                connection.commit()
        except (sa.exc.SQLAlchemyError, OSError) as error:
            raise self._translated(error) from error

    async def write(self, work: Callable[[sa.Connection], T]) -> T:
        """Runs `work` in a transaction and commits. Raises what `work` raises, or `StorageFailed`."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.append((work, done))
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.get_running_loop().create_task(self._flush(), context=Context())
        return await done

    async def read(self, work: Callable[[sa.Connection], T]) -> T:
        """Runs `work` on a connection that writes nothing. Raises `StorageFailed`."""

        def run() -> T:
            with self.engine.connect() as connection:
                return work(connection)

        try:
            return await asyncio.get_running_loop().run_in_executor(self.threads, run)
        except sa.exc.SQLAlchemyError as error:
            raise self._translated(error) from error

    async def close(self) -> None:
        """Waits for the writes under way and lets go of the file."""
        while self._flusher is not None and not self._flusher.done():
            await self._flusher
        self._writer.shutdown()
        self.threads.shutdown()
        self.engine.dispose()

    def _translated(self, error: Exception) -> Exception:
        return storage_error(error, self.file) or error

    async def _flush(self) -> None:
        loop = asyncio.get_running_loop()
        while self._queue:
            group, self._queue = self._queue, []
            outcomes = await loop.run_in_executor(self._writer, self._commit, [work for work, _ in group])
            for (_, done), (value, error) in zip(group, outcomes, strict=True):
                if done.cancelled():
                    continue
                if error is None:
                    done.set_result(value)
                else:
                    done.set_exception(error)

    def _commit(self, group: list[Callable[[sa.Connection], Any]]) -> list[tuple[Any, Exception | None]]:
        outcomes: list[tuple[Any, Exception | None]] = []
        try:
            with self.engine.connect() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                if len(group) == 1:  # it has the transaction to itself: what it raises undoes all there is
                    outcomes.append((group[0](connection), None))
                    connection.commit()
                    return outcomes
                for work in group:
                    connection.exec_driver_sql("SAVEPOINT one")
                    try:
                        outcomes.append((work(connection), None))
                    except Exception as error:
                        if storage_error(error, self.file) is not None:
                            raise  # SQLite may have rolled back the whole transaction: nothing in it can be kept
                        connection.exec_driver_sql("ROLLBACK TO one")
                        outcomes.append((None, error))
                    connection.exec_driver_sql("RELEASE one")
                connection.commit()
        except Exception as error:
            failed = self._translated(error)
            return [(None, failed)] * len(group)
        return outcomes
