"""Runs by their last change of state: the order of ListTasks, which `Runs.list` (by creation) does not give.

The engine keeps no time of the last change; it is that of the run's last event of kind `run`. Read with a connection of
its own that cannot write.
"""

from __future__ import annotations

import asyncio
import base64
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

import orjson

from genesis.errors import RequestInvalid, StorageFailed
from genesis.execute.run import RunStatus
from genesis.security.edge.principal import LOCAL, Owner

T = TypeVar("T")

_AT = "(SELECT at FROM genesis_events e WHERE e.run = r.id AND e.kind = 'run' {} ORDER BY seq DESC LIMIT 1)"
_NEWEST = "SELECT coalesce(max(rowid), 0) FROM genesis_events"
# First how many there are, then the page. The place of each run is worked out once, not at every mention.
_PAGE = f"""
    WITH placed AS MATERIALIZED (
        SELECT r.id, {_AT.format("AND e.rowid <= :upto")} AS place
        FROM genesis_runs r
        WHERE (:status IS NULL OR r.status = :status)
          AND r.tenant = :tenant AND r.subject = :subject
          AND (:agents IS NULL OR json_extract(r.objective, '$.agent') IN (SELECT value FROM json_each(:agents)))
          AND (:ids IS NULL OR r.id IN (SELECT value FROM json_each(:ids)))
          AND (:since IS NULL OR {_AT.format("")} >= :since))
    SELECT count(place), NULL FROM placed
    UNION ALL SELECT * FROM (
        SELECT id, place FROM placed
        WHERE place IS NOT NULL AND (place, id) < (:place, :last) ORDER BY place DESC, id DESC LIMIT :limit)
"""  # noqa: S608  (constants; what callers say is bound)
_STAND = f"""
    SELECT (SELECT max(seq) FROM genesis_events e WHERE e.run = r.id), {_AT.format("")}
    FROM genesis_runs r WHERE r.id = ?
"""  # noqa: S608


@dataclass(frozen=True)
class Wanted:
    """Which runs of `owner`. None: whatever it is. `since`: changed then or later, in seconds; `ids`: one of these;
    `agents`: given to one of these (empty: to any or none)."""

    owner: Owner = LOCAL
    status: RunStatus | None = None
    agents: frozenset[str] = frozenset()
    since: float | None = None
    ids: Sequence[str] | None = None


class Stand(NamedTuple):
    """How far a run's events are told: the number of the last one, and when the run last changed its state."""

    seq: int
    at: float


class Page(NamedTuple):
    """Runs in order, the token of the next page ("" on the last one), and how many there are on all pages."""

    ids: list[str]
    token: str
    total: int


class Recent:
    """Reads the database of `Runs` in a thread of its own. All methods raise `StorageFailed`."""

    def __init__(self, database: Path) -> None:
        self._file = database
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="genesis-recent")
        self._connection: sqlite3.Connection | None = None

    async def page(self, wanted: Wanted, limit: int, token: str = "") -> Page:
        """Runs, latest change first. Raises `RequestInvalid` for a token that no page gave.

        The first page fixes the order for those that follow: theirs is that of the events stored by then. Runs that
        change meanwhile keep their place, so that none is skipped and none comes twice.
        """
        upto, place, last = _from_token(token) if token else (None, float("inf"), "")

        def ask(db: sqlite3.Connection) -> Page:
            db.execute("BEGIN")  # one view for both questions
            try:
                known = db.execute(_NEWEST).fetchone()[0] if upto is None else upto
                (total, _), *rows = db.execute(
                    _PAGE,
                    {
                        "upto": known,
                        "status": wanted.status,
                        "tenant": wanted.owner.tenant,
                        "subject": wanted.owner.subject,
                        "agents": orjson.dumps(sorted(wanted.agents)).decode() if wanted.agents else None,
                        "since": wanted.since,
                        "ids": None if wanted.ids is None else orjson.dumps(list(wanted.ids)).decode(),
                        "place": place,
                        "last": last,
                        "limit": limit + 1,
                    },
                ).fetchall()
            finally:
                db.rollback()
            more = _token(known, *reversed(rows[limit - 1])) if len(rows) > limit else ""
            return Page([row[0] for row in rows[:limit]], more, total)

        return await self._ask(ask)

    async def stand(self, run: str) -> Stand:
        """How far the run is told; (0, 0.0) when there is no such run."""

        def ask(db: sqlite3.Connection) -> Stand:
            row = db.execute(_STAND, (run,)).fetchone()
            return Stand(*row) if row is not None and row[0] is not None else Stand(0, 0.0)

        return await self._ask(ask)

    async def close(self) -> None:
        """After the last question."""
        if self._connection is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.close)
        self._thread.shutdown()

    async def _ask(self, work: Callable[[sqlite3.Connection], T]) -> T:
        def in_thread() -> T:
            if self._connection is None:
                self._connection = sqlite3.connect(
                    f"{self._file.absolute().as_uri()}?mode=ro", uri=True, timeout=5.0, check_same_thread=False
                )
            return work(self._connection)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, in_thread)
        except sqlite3.Error as error:
            raise StorageFailed(f"{self._file.name}: {type(error).__name__}; the runs could not be read") from error


def _token(upto: int, place: float, run: str) -> str:
    return base64.urlsafe_b64encode(f"{upto} {place!r} {run}".encode()).decode()


def _from_token(token: str) -> tuple[int, float, str]:
    try:
        upto, place, run = base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode().split(" ")
        return max(0, min(int(upto), 2**63 - 1)), float(place), run
    except ValueError as error:
        raise RequestInvalid("pageToken: give what the page before said") from error
