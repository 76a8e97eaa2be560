"""What was said over A2A: which context a run belongs to, and its messages. The run itself is in the engine's log.

An own small database: one table, one writing thread, and one commit for all that arrived while the last one went on.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from genesis.errors import StorageFailed

T = TypeVar("T")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    run TEXT NOT NULL, digest TEXT NOT NULL, context TEXT NOT NULL, body BLOB NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (run, digest)
);
CREATE INDEX IF NOT EXISTS messages_of_context ON messages (context, at);
"""
_REMEMBERED = 2048


@dataclass(frozen=True)
class Said:
    """A message of a run. `digest` tells two messages apart (id and content), `body` is its protobuf."""

    run: str
    digest: str
    context: str
    body: bytes
    at: float


class Messages:
    """The messages by run; the latest runs are kept in memory, so that a poller costs no query."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="genesis-messages")
        self._connection: sqlite3.Connection | None = None
        self._pending: list[tuple[Said, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._known: OrderedDict[str, tuple[Said, ...]] = OrderedDict()

    async def add(self, said: Said) -> None:
        """Keeps a message, durably. The same one twice is once. Raises `StorageFailed`."""
        if any(one.digest == said.digest for one in await self.of(said.run)):
            return
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pending.append((said, written))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())
        await written
        known = self._known.get(said.run, ())
        if all(one.digest != said.digest for one in known):
            self._remember(said.run, (*known, said))

    async def of(self, run: str) -> tuple[Said, ...]:
        """The messages of a run, in order. Raises `StorageFailed`."""
        known = self._known.get(run)
        if known is None:
            known = await self._ask(lambda db: _read(db, "run = ? ORDER BY at, rowid", run))
            self._remember(run, known)
        else:
            self._known.move_to_end(run)
        return known

    async def runs(self, context: str) -> list[str]:
        """The runs of a context, newest first. Raises `StorageFailed`."""
        said = await self._ask(lambda db: _read(db, "context = ? ORDER BY at DESC, rowid DESC", context))
        return list(dict.fromkeys(one.run for one in said))

    async def forget(self, runs: Sequence[str]) -> None:
        """Deletes the messages of these runs. Raises `StorageFailed`."""
        await self._ask(lambda db: _delete(db, runs))
        for run in runs:
            self._known.pop(run, None)

    async def close(self) -> None:
        """Writes what is left."""
        if self._writing is not None:
            await self._writing
        if self._connection is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.close)
        self._thread.shutdown()

    async def _write_all(self) -> None:
        while self._pending:
            batch, self._pending = self._pending, []
            try:
                await self._ask(lambda db, batch=batch: _write(db, [said for said, _ in batch]))  # type: ignore[misc]
            except StorageFailed as error:
                for _, written in batch:
                    if not written.done():
                        written.set_exception(error)
            else:
                for _, written in batch:
                    if not written.done():
                        written.set_result(None)

    async def _ask(self, work: Callable[[sqlite3.Connection], T]) -> T:
        def in_thread() -> T:
            if self._connection is None:
                self._connection = _open(self._file)
            return work(self._connection)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, in_thread)
        except sqlite3.Error as error:
            raise StorageFailed(
                f"{self._file.name}: {type(error).__name__}; the message was not kept (disk full, or locked?)"
            ) from error

    def _remember(self, run: str, said: tuple[Said, ...]) -> None:
        self._known[run] = said
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


def _open(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=5.0, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.executescript(_SCHEMA)
    return connection


def _write(connection: sqlite3.Connection, batch: list[Said]) -> None:
    with connection:
        connection.executemany(
            "INSERT OR IGNORE INTO messages (run, digest, context, body, at) VALUES (?, ?, ?, ?, ?)",
            [(one.run, one.digest, one.context, one.body, one.at) for one in batch],
        )


def _delete(connection: sqlite3.Connection, runs: Sequence[str]) -> None:
    with connection:
        connection.executemany("DELETE FROM messages WHERE run = ?", [(run,) for run in runs])


def _read(connection: sqlite3.Connection, where: str, value: str) -> tuple[Said, ...]:
    rows = connection.execute(f"SELECT run, digest, context, body, at FROM messages WHERE {where}", (value,))  # noqa: S608
    return tuple(Said(*row) for row in rows.fetchall())
