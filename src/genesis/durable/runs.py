"""The tables of runs, their events and their mailboxes: plain SQL, each function one statement or two.

The log of a run is not here but with the engine: what a run has come to follows from its log alone. These tables say
which runs there are, and what has been told of them outside.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from genesis.errors import Conflict, NotFound

MIGRATIONS = (
    (
        """CREATE TABLE genesis_runs (
            id TEXT PRIMARY KEY, body_hash TEXT NOT NULL, objective TEXT NOT NULL, correlation_id TEXT NOT NULL,
            created DOUBLE PRECISION NOT NULL, status TEXT NOT NULL, finished DOUBLE PRECISION,
            segment INTEGER NOT NULL)""",
        "CREATE INDEX genesis_runs_created ON genesis_runs (created, id)",
        "CREATE INDEX genesis_runs_status ON genesis_runs (status, created, id)",
        """CREATE TABLE genesis_events (
            run TEXT NOT NULL REFERENCES genesis_runs (id) ON DELETE CASCADE, seq INTEGER NOT NULL,
            at DOUBLE PRECISION NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (run, seq))""",
        """CREATE TABLE genesis_commands (
            run TEXT NOT NULL REFERENCES genesis_runs (id) ON DELETE CASCADE, number INTEGER NOT NULL,
            at DOUBLE PRECISION NOT NULL, verb TEXT NOT NULL, body TEXT NOT NULL, heard INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (run, number))""",
        "CREATE INDEX genesis_commands_unheard ON genesis_commands (run) WHERE heard = 0",
    ),
)


class Row(NamedTuple):
    """A run. `segment` is the number of the workflow that owns it, or owned it last."""

    id: str
    body_hash: str
    objective: str
    correlation_id: str
    created: float
    status: str
    finished: float | None
    segment: int


class EventRow(NamedTuple):
    seq: int
    at: float
    kind: str
    data: str


class CommandRow(NamedTuple):
    number: int
    at: float
    verb: str
    body: dict[str, Any]


_ROW = ", ".join(Row._fields)


def insert(connection: sa.Connection, row: Row, first: tuple[str, bytes]) -> Row:
    """Adds a run with its first event, or returns the one that is there with the same body. Raises `Conflict`."""
    there = find(connection, row.id)
    if there is not None:
        if there.body_hash != row.body_hash:
            raise Conflict(f"run {row.id}: exists with another objective; choose another id")
        return there
    names = ", ".join(f":{name}" for name in Row._fields)
    connection.execute(sa.text(f"INSERT INTO genesis_runs ({_ROW}) VALUES ({names})"), row._asdict())
    add_events(connection, row.id, [(1, row.created, *first)])
    return row


def find(connection: sa.Connection, run: str) -> Row | None:
    found = connection.execute(sa.text(f"SELECT {_ROW} FROM genesis_runs WHERE id = :id"), {"id": run}).first()
    return None if found is None else Row(*found)


def get(connection: sa.Connection, run: str) -> Row:
    """Raises `NotFound`."""
    row = find(connection, run)
    if row is None:
        raise NotFound(f"run {run}: there is no such run")
    return row


def page(
    connection: sa.Connection, status: str | None, before: tuple[float, str] | None, limit: int
) -> list[Row]:
    """Runs made before (time, id), latest first."""
    where, values = [], {"limit": limit}  # type: ignore[var-annotated]
    if status is not None:
        where.append("status = :status")
        values["status"] = status
    if before is not None:
        where.append("(created < :at OR (created = :at AND id < :id))")
        values |= {"at": before[0], "id": before[1]}
    clause = f"WHERE {' AND '.join(where)}" if where else ""
    query = f"SELECT {_ROW} FROM genesis_runs {clause} ORDER BY created DESC, id DESC LIMIT :limit"
    return [Row(*row) for row in connection.execute(sa.text(query), values)]


def unfinished(connection: sa.Connection) -> list[Row]:
    """Runs that somebody should be working on, oldest first."""
    query = f"""SELECT {_ROW} FROM genesis_runs
        WHERE status IN ('submitted', 'working') OR id IN (SELECT run FROM genesis_commands WHERE heard = 0)
        ORDER BY created, id"""
    return [Row(*row) for row in connection.execute(sa.text(query))]


def take_over(connection: sa.Connection, run: str, segment: int) -> bool:
    """Whether the caller now owns segment `segment + 1`: of several who ask, one."""
    query = "UPDATE genesis_runs SET segment = segment + 1 WHERE id = :run AND segment = :segment"
    return connection.execute(sa.text(query), {"run": run, "segment": segment}).rowcount == 1


def set_status(connection: sa.Connection, run: str, status: str, finished: float | None) -> None:
    query = "UPDATE genesis_runs SET status = :status, finished = :finished WHERE id = :run"
    connection.execute(sa.text(query), {"run": run, "status": status, "finished": finished})


def add_events(connection: sa.Connection, run: str, rows: list[tuple[int, float, str, bytes]]) -> None:
    query = "INSERT INTO genesis_events (run, seq, at, kind, data) VALUES (:run, :seq, :at, :kind, :data)"
    values = [
        {"run": run, "seq": seq, "at": at, "kind": kind, "data": data.decode()} for seq, at, kind, data in rows
    ]
    connection.execute(sa.text(query), values)


def events(connection: sa.Connection, run: str, after: int, limit: int) -> list[EventRow]:
    query = "SELECT seq, at, kind, data FROM genesis_events WHERE run = :run AND seq > :after ORDER BY seq LIMIT :limit"
    rows = connection.execute(sa.text(query), {"run": run, "after": after, "limit": limit})
    return [EventRow(*row) for row in rows]


def add_command(connection: sa.Connection, run: str, at: float, verb: str, body: dict[str, Any]) -> int:
    """Puts a command into the run's mailbox. Its number, counted from 1 for each run."""
    number = connection.execute(
        sa.text("SELECT coalesce(max(number), 0) + 1 FROM genesis_commands WHERE run = :run"), {"run": run}
    ).scalar_one()
    query = "INSERT INTO genesis_commands (run, number, at, verb, body) VALUES (:run, :number, :at, :verb, :body)"
    values = {"run": run, "number": number, "at": at, "verb": verb, "body": orjson.dumps(body).decode()}
    connection.execute(sa.text(query), values)
    return int(number)


def commands(connection: sa.Connection, run: str, after: int) -> list[CommandRow]:
    """What came into the mailbox after number `after`."""
    query = "SELECT number, at, verb, body FROM genesis_commands WHERE run = :run AND number > :after ORDER BY number"
    rows = connection.execute(sa.text(query), {"run": run, "after": after})
    return [CommandRow(number, at, verb, orjson.loads(body)) for number, at, verb, body in rows]


def set_heard(connection: sa.Connection, run: str, upto: int) -> None:
    """Marks commands that are in the log."""
    query = "UPDATE genesis_commands SET heard = 1 WHERE run = :run AND number <= :upto AND heard = 0"
    connection.execute(sa.text(query), {"run": run, "upto": upto})


def older_than(connection: sa.Connection, finished: float, limit: int) -> list[Row]:
    """Runs that ended before then."""
    query = f"SELECT {_ROW} FROM genesis_runs WHERE finished < :at AND status IN {_TERMINAL} ORDER BY finished LIMIT :n"
    return [Row(*row) for row in connection.execute(sa.text(query), {"at": finished, "n": limit})]


def delete(connection: sa.Connection, run: str) -> None:
    """Deletes a run with its events and mailbox."""
    connection.execute(sa.text("DELETE FROM genesis_runs WHERE id = :run"), {"run": run})


_TERMINAL = "('completed', 'failed', 'canceled', 'rejected')"
