"""Is it well? Asked of the parts themselves, never assumed: no answer in time is "unhealthy", not silence."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from genesis import __version__
from genesis.clock import Clock
from genesis.errors import classify
from genesis.security import guard
from genesis.service.parts import Parts

Word = Literal["healthy", "degraded", "unhealthy"]
CHECK_TIMEOUT_S = 2.0
CACHE_S = 1.0
LOW_DISK_BYTES = 200_000_000
NO_DISK_BYTES = 10_000_000


class Check(BaseModel):
    """One dependency, asked just now. `ms`: how long the answer took."""

    status: Word
    message: str
    ms: float


class Resources(BaseModel):
    """What this process uses, and what is left."""

    pid: int
    uptime_s: float
    cpu_s: float
    memory_peak_mb: float
    open_files: int | None
    load_1m: float
    disk_free_mb: float


class Standing(BaseModel):
    """What anybody may know. `status` is that of the worst check."""

    status: Word
    agents_loaded: int
    profile: str


class Health(Standing):
    """What is told to who may read, operate or probe."""

    version: str
    checks: dict[str, Check]
    switches: dict[str, bool]
    resources: Resources


class HealthChecks:
    """Asks every dependency, at most once a second: a crowd of probes is one probe."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self._started = parts.clock.monotonic()
        self._last: tuple[float, Health] | None = None
        self._asking = asyncio.Lock()

    async def health(self) -> Health:
        """How it stands now, or did less than a second ago."""
        async with self._asking:
            now = self.parts.clock.monotonic()
            if self._last is None or now - self._last[0] >= CACHE_S:
                self._last = (now, await self._ask())
            return self._last[1]

    async def _ask(self) -> Health:
        parts = self.parts
        checks = {
            "agents": await self._check(self._agents),
            "database": await self._check(self._database),
            "disk": await self._check(self._disk),
            "guard": await self._check(self._guard),
            "switches": await self._check(self._switches),
        }
        words = {check.status for check in checks.values()}
        status: Word = "unhealthy" if "unhealthy" in words else "degraded" if "degraded" in words else "healthy"
        return Health(
            status=status,
            version=__version__,
            agents_loaded=len(parts.registry),
            profile=parts.profile,
            checks=checks,
            switches={name: switch.on for name, switch in parts.switches.all().items()},
            resources=_resources(parts.home, parts.clock, self._started),
        )

    async def _check(self, ask: Callable[[], Awaitable[tuple[Word, str]]]) -> Check:
        start = self.parts.clock.monotonic()
        word: Word
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_S):
                word, message = await ask()
        except Exception as error:
            word, message = "unhealthy", classify(error).message
        return Check(status=word, message=message, ms=round((self.parts.clock.monotonic() - start) * 1000, 3))

    async def _agents(self) -> tuple[Word, str]:
        count = len(self.parts.registry)
        return ("healthy", f"{count} loaded") if count else ("unhealthy", "no agent is loaded")

    async def _database(self) -> tuple[Word, str]:
        await self.parts.runs.list(limit=1)
        return "healthy", "answers"

    async def _disk(self) -> tuple[Word, str]:
        free = shutil.disk_usage(self.parts.home).free
        word: Word = "unhealthy" if free < NO_DISK_BYTES else "degraded" if free < LOW_DISK_BYTES else "healthy"
        return word, f"{free // 1_000_000:,} MB free"

    async def _guard(self) -> tuple[Word, str]:
        await asyncio.to_thread(guard.self_test)
        return "healthy", "refuses what it must, and lets pass what it must"

    async def _switches(self) -> tuple[Word, str]:
        on = [name for name, switch in self.parts.switches.all().items() if switch.on]
        return ("degraded", f"{', '.join(on)} on: nothing new is started") if on else ("healthy", "all off")


def _resources(home: Path, clock: Clock, started: float) -> Resources:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    unit = 1024 if os.uname().sysname == "Linux" else 1  # Linux counts in KiB, macOS in bytes
    files = Path("/proc/self/fd")
    return Resources(
        pid=os.getpid(),
        uptime_s=round(clock.monotonic() - started, 1),
        cpu_s=round(usage.ru_utime + usage.ru_stime, 2),
        memory_peak_mb=round(usage.ru_maxrss * unit / 1e6, 1),
        open_files=sum(1 for _ in files.iterdir()) if files.exists() else None,
        load_1m=round(os.getloadavg()[0], 2),
        disk_free_mb=round(shutil.disk_usage(home).free / 1e6, 1),
    )
