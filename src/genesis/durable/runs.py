"""The tables of runs, their events and their mailboxes: plain SQL, each function one statement or two.

The log of a run is not here but with the engine: what a run has come to follows from its log alone. These tables say
which runs there are, and what has been told of them outside.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Sequence
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from genesis.errors import Conflict, NotFound, RateLimited

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
    (
        "ALTER TABLE genesis_runs ADD COLUMN artifacts TEXT",
        "CREATE INDEX genesis_runs_finished ON genesis_runs (finished)",
    ),
    (  # whose a run is; those that were there before are the local owner's, whose names are empty
        "ALTER TABLE genesis_runs ADD COLUMN tenant TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE genesis_runs ADD COLUMN subject TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX genesis_runs_owner ON genesis_runs (tenant, subject, created, id)",
    ),
)


class Row(NamedTuple):
    """A run. `segment` is the number of the workflow that owns it, or owned it last; `tenant` and `subject` whose it
    is."""

    id: str
    body_hash: str
    objective: str
    correlation_id: str
    created: float
    status: str
    finished: float | None
    segment: int
    tenant: str = ""
    subject: str = ""


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


class Named(NamedTuple):
    """Which artifacts a run refers to, as JSON; None: ask its log."""

    id: str
    segment: int
    status: str
    artifacts: str | None


_RUNS = sa.table("genesis_runs", *(sa.column(name) for name in (*Row._fields, "artifacts")))
_ROW = [_RUNS.c[name] for name in Row._fields]
_EVENTS = sa.table("genesis_events", *(sa.column(name) for name in ("run", *EventRow._fields)))
_COMMANDS = sa.table("genesis_commands", *(sa.column(name) for name in ("run", *CommandRow._fields, "heard")))
_TERMINAL = ("completed", "failed", "canceled", "rejected")
_EXPIRED = "expired"
"""The status of a run that is being deleted: no question finds it any more, only who goes on deleting it."""
_THERE = _RUNS.c.status != _EXPIRED

# What every run does is built once: building a statement and its cache key takes longer than SQLite takes to do it.
_RUN: sa.BindParameter[str] = sa.bindparam("of")
_AFTER: sa.BindParameter[int] = sa.bindparam("after")
_MINE = _RUNS.c.id == _RUN
_FIND = sa.select(*_ROW).where(_MINE)
_ADD_RUN = sa.insert(_RUNS)
_ADD_EVENTS = sa.insert(_EVENTS)
_OWNER = sa.select(_RUNS.c.segment).where(_MINE)
_MOVED = {"status": sa.bindparam("to"), "finished": sa.bindparam("ended"), "artifacts": sa.null()}
"""What was known of its artifacts is so no more: it goes on, or has just ended."""
_SET_STATUS = sa.update(_RUNS).where(_MINE).values(_MOVED)
_UNHEARD = sa.exists().where((_COMMANDS.c.run == _RUNS.c.id) & (_COMMANDS.c.number > _AFTER))
_TELL = (
    sa.update(_RUNS)
    .where(_MINE & (_RUNS.c.segment == sa.bindparam("in_segment")))
    .values(
        {
            "status": sa.case((_UNHEARD, _RUNS.c.status), else_=sa.bindparam("to")),
            "finished": sa.case((_UNHEARD, _RUNS.c.finished), else_=sa.bindparam("ended")),
            "artifacts": sa.null(),
        }
    )
)
_READ_EVENTS = (
    sa.select(*(_EVENTS.c[name] for name in EventRow._fields))
    .where((_EVENTS.c.run == _RUN) & (_EVENTS.c.seq > _AFTER))
    .order_by(_EVENTS.c.seq)
    .limit(sa.bindparam("at_most"))
)
_READ_COMMANDS = (
    sa.select(*(_COMMANDS.c[name] for name in CommandRow._fields))
    .where((_COMMANDS.c.run == _RUN) & (_COMMANDS.c.number > _AFTER))
    .order_by(_COMMANDS.c.number)
)
_SET_HEARD = (
    sa.update(_COMMANDS)
    .where((_COMMANDS.c.run == _RUN) & (_COMMANDS.c.number <= sa.bindparam("upto")) & (_COMMANDS.c.heard == 0))
    .values(heard=1)
)

_OPEN_OF = sa.select(sa.func.count()).where(
    (_RUNS.c.tenant == sa.bindparam("tenant"))
    & (_RUNS.c.subject == sa.bindparam("subject"))
    & _RUNS.c.status.in_(("submitted", "working", "input_required"))
)


def insert(connection: sa.Connection, row: Row, first: tuple[str, str], at_most: int | None = None) -> Row:
    """Adds a run with its first event, or returns the one that is there with the same body and owner.

    Raises `Conflict`; `RateLimited` when its owner has `at_most` runs already that have not ended.
    """
    there = _find(connection, row.id)
    if there is not None:
        if there.status == _EXPIRED:
            raise Conflict(f"run {row.id}: was kept for its time and is just being deleted; choose another id")
        if there.body_hash != row.body_hash or (there.tenant, there.subject) != (row.tenant, row.subject):
            raise Conflict(f"run {row.id}: exists with another objective; choose another id")
        return there
    if at_most is not None:
        count = connection.execute(_OPEN_OF, {"tenant": row.tenant, "subject": row.subject}).scalar() or 0
        if count >= at_most:
            raise RateLimited(f"{count} runs of yours have not ended; wait for one, or cancel it", retry_after=5.0)
    connection.execute(_ADD_RUN, row._asdict())
    add_events(connection, row.id, [(1, row.created, first[0], first[1].encode())])
    return row


def _find(connection: sa.Connection, run: str) -> Row | None:
    found = connection.execute(_FIND, {"of": run}).first()
    return None if found is None else Row(*found)


def get(connection: sa.Connection, run: str) -> Row:
    """Raises `NotFound`."""
    row = _find(connection, run)
    if row is None or row.status == _EXPIRED:
        raise NotFound(f"run {run}: there is no such run")
    return row


def page(
    connection: sa.Connection,
    status: str | None,
    before: tuple[float, str] | None,
    limit: int,
    owner: tuple[str, str] | None = None,
    agents: Collection[str] = (),
) -> list[Row]:
    """Runs made before (time, id), latest first; of `owner` (tenant, subject; None: of anybody), and given to one of
    `agents` (empty: to any or none)."""
    query = sa.select(*_ROW).where(_THERE).order_by(_RUNS.c.created.desc(), _RUNS.c.id.desc()).limit(limit)
    if status is not None:
        query = query.where(_RUNS.c.status == status)
    if owner is not None:
        query = query.where((_RUNS.c.tenant == owner[0]) & (_RUNS.c.subject == owner[1]))
    if agents:
        query = query.where(sa.func.json_extract(_RUNS.c.objective, "$.agent").in_(sorted(agents)))
    if before is not None:
        query = query.where(sa.tuple_(_RUNS.c.created, _RUNS.c.id) < sa.tuple_(*map(sa.literal, before)))
    return [Row(*row) for row in connection.execute(query)]


def unfinished(connection: sa.Connection) -> list[Row]:
    """Runs that somebody should be working on, oldest first."""
    told = sa.select(_COMMANDS.c.run).where(_COMMANDS.c.heard == 0)
    query = sa.select(*_ROW).where(_RUNS.c.status.in_(("submitted", "working")) | _RUNS.c.id.in_(told) & _THERE)
    return [Row(*row) for row in connection.execute(query.order_by(_RUNS.c.created, _RUNS.c.id))]


def take_over(connection: sa.Connection, run: str, segment: int) -> bool:
    """Whether the caller now owns segment `segment + 1`: of several who ask, one."""
    where = (_RUNS.c.id == run) & (_RUNS.c.segment == segment) & _THERE
    return connection.execute(sa.update(_RUNS).where(where).values(segment=segment + 1)).rowcount == 1


def set_status(connection: sa.Connection, run: str, status: str, finished: float | None = None) -> None:
    connection.execute(_SET_STATUS, {"of": run, "to": status, "ended": finished})


def tell(connection: sa.Connection, row: Row, status: str, finished: float | None, heard: int) -> bool:
    """Sets the status, if nobody has taken the run over from the owner of that segment. Whether so.

    Not when there is a command after number `heard`: the status it has set is newer.
    """
    values = {"of": row.id, "in_segment": row.segment, "to": status, "ended": finished, "after": heard}
    return connection.execute(_TELL, values).rowcount == 1


def owns(connection: sa.Connection, run: str, segment: int) -> bool:
    """Whether nobody has taken the run over from the owner of that segment."""
    return connection.execute(_OWNER, {"of": run}).scalar() == segment


def add_events(connection: sa.Connection, run: str, rows: list[tuple[int, float, str, bytes]]) -> None:
    if not rows:
        return
    values = [{"run": run, "seq": seq, "at": at, "kind": kind, "data": data.decode()} for seq, at, kind, data in rows]
    connection.execute(_ADD_EVENTS, values)


def events(connection: sa.Connection, run: str, after: int, limit: int) -> list[EventRow]:
    rows = connection.execute(_READ_EVENTS, {"of": run, "after": after, "at_most": limit})
    return [EventRow(*row) for row in rows]


def add_command(connection: sa.Connection, run: str, at: float, verb: str, body: dict[str, Any]) -> int:
    """Puts a command into the run's mailbox, with the next number (returned): they count from 1 for each run."""
    last = connection.execute(sa.select(sa.func.max(_COMMANDS.c.number)).where(_COMMANDS.c.run == run)).scalar()
    number: int = (last or 0) + 1
    values = {"run": run, "number": number, "at": at, "verb": verb, "body": orjson.dumps(body).decode()}
    connection.execute(sa.insert(_COMMANDS), {**values, "heard": 0})
    return number


def commands(connection: sa.Connection, run: str, after: int) -> list[CommandRow]:
    """What came into the mailbox after number `after`."""
    rows = connection.execute(_READ_COMMANDS, {"of": run, "after": after})
    return [CommandRow(number, at, verb, orjson.loads(body)) for number, at, verb, body in rows]


def set_heard(connection: sa.Connection, run: str, upto: int) -> None:
    """Marks commands that are in the log."""
    connection.execute(_SET_HEARD, {"of": run, "upto": upto})


def expire(connection: sa.Connection, finished: float, spared: Container[str], limit: int) -> list[Row]:
    """Marks runs that ended before then, save those `spared`: nobody finds them any more. These, and such as somebody
    marked who did not come to the end of deleting them."""
    query = sa.select(*_ROW).where(_old(finished)).order_by(_RUNS.c.finished).limit(limit)
    rows = [Row(*row) for row in connection.execute(query)]
    rows = [row for row in rows if row.id not in spared]
    marked = [row.id for row in rows if row.status != _EXPIRED]
    if marked:
        connection.execute(sa.update(_RUNS).where(_RUNS.c.id.in_(marked)).values(status=_EXPIRED))
    return rows


def any_old(connection: sa.Connection, finished: float) -> bool:
    """Whether `expire` would find any."""
    return connection.execute(sa.select(_RUNS.c.id).where(_old(finished)).limit(1)).first() is not None


def _old(finished: float) -> sa.ColumnElement[bool]:
    return (_RUNS.c.finished < finished) & _RUNS.c.status.in_((*_TERMINAL, _EXPIRED))


def delete(connection: sa.Connection, runs: Sequence[str]) -> None:
    """Deletes runs that are marked, with their events and mailboxes."""
    connection.execute(sa.delete(_RUNS).where(_RUNS.c.id.in_(runs) & (_RUNS.c.status == _EXPIRED)))


def named(connection: sa.Connection) -> list[Named]:
    """Which artifacts the runs that are there refer to, as far as that is noted."""
    columns = (_RUNS.c.id, _RUNS.c.segment, _RUNS.c.status, _RUNS.c.artifacts)
    return [Named(*row) for row in connection.execute(sa.select(*columns).where(_THERE))]


def note_artifacts(connection: sa.Connection, run: Named, artifacts: Sequence[str]) -> None:
    """Notes what an ended run refers to, unless it has gone on since it was looked at."""
    where = (_RUNS.c.id == run.id) & (_RUNS.c.segment == run.segment) & _RUNS.c.status.in_(_TERMINAL)
    connection.execute(sa.update(_RUNS).where(where).values(artifacts=orjson.dumps(artifacts).decode()))
