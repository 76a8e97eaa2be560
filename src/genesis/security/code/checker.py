"""The check for strangers' code: in a process of its own, so that it can neither hold the event loop nor end us.

Measured: 20 kB cost up to 60 ms of CPU (CPython 3.11), all of it with the interpreter's lock held, so a thread would
hold the loop just the same; and a fault of the C parser ends a process, not a thread. A process for each check costs
five times what the check does, a pool loses everybody's checks when one of its processes dies: hence one process that
stays, asked one question after the other, and started anew when it dies. It is not sandboxed: it runs nothing of what
it reads, and must work where there is no sandbox.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Collection
from pathlib import Path

import genesis
from genesis.errors import Overloaded, ResourceError
from genesis.finding import Finding
from genesis.security.code.check import MAX_BYTES, check, gave_up

SOURCE = Path(genesis.__file__).parents[1]
START = "import runpy, sys; sys.path.insert(0, sys.argv[1]); runpy.run_module(sys.argv[2], run_name='__main__')"
WORKER = "genesis.security.code.check_worker"
START_S = 60.0
CHECK_S = 5.0
MAX_WAITING = 32
MAX_ANSWER = 1_000_000


class Checker:
    """`check`, elsewhere. One process at most, started by the first question; `close` ends it."""

    def __init__(self, *, seconds: float = CHECK_S, waiting: int = MAX_WAITING) -> None:
        self._seconds = seconds
        self._room = waiting
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def check(
        self, source: str, *, own_modules: Collection[str] = (), name: str = "code.py"
    ) -> tuple[Finding, ...]:
        """What `check.check` finds. Code on which the parser dies or takes longer than 5 s is refused for that.

        Raises `Overloaded` when too many wait already, `ResourceError` when no process can be started.
        """
        if len(source) > MAX_BYTES:
            return check(source, name=name)  # refused by its size, before anything is parsed
        if self._waiting >= self._room:
            raise Overloaded(f"{self._room} checks of code wait already; ask again in a second", retry_after=1.0)
        self._waiting += 1
        try:
            async with self._turn:
                return await self._ask(source, own_modules, name)
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """Ends the process. A later question starts another."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()

    async def _ask(self, source: str, own_modules: Collection[str], name: str) -> tuple[Finding, ...]:
        process = await self._started()
        assert process.stdin is not None and process.stdout is not None
        line = b""
        why = f"the parser took longer than {self._seconds:g} s"
        try:
            async with asyncio.timeout(self._seconds):
                asked = {"code": source, "own_modules": list(own_modules), "name": name}
                try:
                    process.stdin.write(json.dumps(asked).encode() + b"\n")
                    await process.stdin.drain()
                    line = await process.stdout.readline()
                except (BrokenPipeError, ConnectionResetError):
                    pass  # it died before it read all of it: told below, as when it dies afterwards
                if not line.endswith(b"\n"):
                    why = f"the parser ended on it (exit {await process.wait()})"
        except TimeoutError:
            line = b""
        finally:
            if not line.endswith(b"\n"):  # cancelled too: the next question must not get this one's answer
                await self.close()
        if not line.endswith(b"\n"):
            return (gave_up(why, source, name),)
        return tuple(Finding.model_validate(one) for one in json.loads(line))

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is not None:
            if self._process.returncode is None:
                return self._process
            await self.close()
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-I", "-W", "ignore", "-c", START, str(SOURCE), WORKER),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,  # a traceback would quote the code
                env={"PATH": os.defpath, "LANG": "C.UTF-8"},
                limit=MAX_ANSWER,
            )
        except OSError as error:
            raise ResourceError(
                f"code cannot be checked now: no process could be started ({error.strerror})"
            ) from error
        ready = b""
        try:
            assert self._process.stdout is not None
            async with asyncio.timeout(START_S):
                ready = await self._process.stdout.readline()
        except TimeoutError:
            pass  # told below
        finally:
            if ready != b"null\n":
                await self.close()
        if ready != b"null\n":
            raise ResourceError("code cannot be checked now: the process that does it did not start; ask again")
        assert self._process is not None
        return self._process
