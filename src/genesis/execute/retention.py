"""Retention: runs are kept for their time after their end, then deleted with all that is theirs.

First a run is marked, and nobody finds it any more. Then go what others keep of it, its log, its row with events and
mailbox, and last the bytes of artifacts that no run refers to: they lie under their sha256, and two runs may share
them. A kill in between leaves marked runs or unnamed bytes; the next look goes on with both.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Container, Sequence
from typing import Any

import orjson

from genesis.agents.toolbox import ArtifactStore
from genesis.clock import Clock
from genesis.durable import runs as table
from genesis.durable.database import Database
from genesis.durable.engine import Engine
from genesis.errors import GenesisError
from genesis.execute.execution import segments
from genesis.execute.log import named
from genesis.execute.run import TERMINAL
from genesis.faults import fault

log = logging.getLogger(__name__)

Forget = Callable[[Sequence[str]], Awaitable[None]]
DAY_S = 86_400.0
LOOK_S = 3600.0
GRACE_S = DAY_S
"""For so long bytes are kept that no run refers to yet: an attempt puts them before its batch names them. Attempts take
an hour at most (`AgentCard.timeout_s`)."""
PAGE = 100


class Retention:
    """`live`: runs that this process works on. `also`: who keeps something of runs elsewhere, and deletes it."""

    def __init__(
        self, database: Database, engine: Engine, store: ArtifactStore, clock: Clock, live: Container[str]
    ) -> None:
        self.also: list[Forget] = []
        self._database = database
        self._engine = engine
        self._store = store
        self._clock = clock
        self._live = live

    async def keep(self, days: float) -> None:
        """Looks now and every hour, until canceled."""
        while True:
            try:
                runs, files = await self.expire(days), await self.sweep()
                if runs or files:
                    log.info("deleted %d runs that ended %g days ago, and %d files", runs, days, files)
            except GenesisError as error:
                log.error("old runs cannot be deleted: %s", error.message)
            except Exception:
                log.exception("old runs cannot be deleted")
            await self._clock.sleep(LOOK_S)

    async def expire(self, days: float) -> int:
        """Deletes runs that ended more than `days` ago, with events and log; `sweep` deletes their files. How many.

        Raises `StorageFailed`.
        """
        before = self._clock.now() - days * DAY_S
        count = 0
        while await self._database.read(lambda c: table.any_old(c, before)):
            rows = await self._database.write(lambda c: table.expire(c, before, self._live, PAGE))
            if not rows:
                break
            fault("execute.expired")
            names = [row.id for row in rows]
            for forget in self.also:
                await forget(names)
            await self._engine.forget([name for row in rows for name in segments(row)])
            fault("execute.unlogged")
            await self._database.write(lambda c, names=names: table.delete(c, names))  # type: ignore[misc]
            fault("execute.deleted")
            count += len(rows)
        return count

    async def sweep(self) -> int:
        """Deletes artifact files that no run refers to, once they are a day old. How many. Raises `StorageFailed`."""
        before = self._clock.now() - GRACE_S
        kept: set[str] = set()
        learned: list[tuple[table.Named, list[str]]] = []
        for run in await self._database.read(table.named):
            if run.artifacts is not None:
                kept.update(orjson.loads(run.artifacts))
                continue
            batches = await self._engine.batches(segments(run))
            mine = set[str]().union(*(named(batch, self._store) for batch in batches))
            if run.status in TERMINAL:
                learned.append((run, sorted(mine)))
            kept |= mine
        if learned:

            def note(connection: Any) -> None:
                for run, artifacts in learned:
                    table.note_artifacts(connection, run, artifacts)

            await self._database.write(note)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._database.threads, self._store.sweep, kept, before)
