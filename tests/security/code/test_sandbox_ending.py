"""How a run in the sandbox ends: with all that it started, and with an answer that says how."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

import genesis
from genesis.errors import NotFound
from genesis.security.code import sandbox
from genesis.security.code.isolation import Kind
from tests.security.code.programs import inside, outside

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")


DETACHED = """
import os, subprocess, sys
subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(30)', sys.argv[1]], start_new_session=True,
                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print('started', flush=True)
"""


def alive(token: str) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if token.encode() in words and DETACHED.encode() not in words and b"--" not in words:
            found.append(int(path.parent.name))
    return found


@pytest.mark.parametrize("ending", ["by itself", "by the clock"])
async def test_nothing_outlives_the_run(kind: Kind, folder: Path, ending: str) -> None:
    token = f"{folder}-{kind}-{ending}"
    program = DETACHED + ("" if ending == "by itself" else "while True: pass")
    ran = await inside(kind, folder, program, token, seconds=4)
    assert b"started" in ran.stdout and ran.timed_out == (ending == "by the clock")
    assert alive(token) == []
    if ending == "by itself":
        outside(DETACHED, token)
        async with asyncio.timeout(20):
            while not (left := alive(token)):  # its arguments are not in /proc at once on a busy machine
                await asyncio.sleep(0.01)
        (pid,) = left
        os.kill(pid, signal.SIGKILL)


async def test_cancelling_ends_it(kind: Kind, folder: Path) -> None:
    token = f"{folder}-{kind}-cancel"
    program = "import pathlib, time; pathlib.Path('started').touch(); time.sleep(60)"
    running = asyncio.create_task(inside(kind, folder, program, token, seconds=60))
    async with asyncio.timeout(20):
        while not (folder / "started").exists():
            await asyncio.sleep(0.01)
    assert alive(token)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert alive(token) == []


async def test_it_ends_with_the_process_that_started_it(kind: Kind, folder: Path) -> None:
    token = f"{folder}-{kind}-killed"
    driver = f"""
import asyncio, sys
from pathlib import Path
from genesis.security.code import sandbox
program = "import pathlib, time; pathlib.Path('started').touch(); time.sleep(60)"
asyncio.run(sandbox.run([sys.executable, '-c', program, sys.argv[1]], folder=Path(sys.argv[2]), seconds=60,
    memory_mb=200, processes=16, output_bytes=1000, kind={kind!r}))
"""
    source = str(Path(genesis.__file__).parent.parent)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", driver, token, str(folder), env={**os.environ, "PYTHONPATH": source}
    )
    async with asyncio.timeout(20):
        while not (folder / "started").exists():
            await asyncio.sleep(0.01)
        process.kill()
        await process.wait()
        while alive(token):  # bounded by the timeout around it
            await asyncio.sleep(0.01)


async def test_exit_codes_and_what_cannot_be_started(kind: Kind, folder: Path) -> None:
    assert (await inside(kind, folder, "raise SystemExit(3)")).exit_code == 3
    killed = await inside(kind, folder, "import os; os.kill(os.getpid(), 9)")
    assert killed.exit_code == 137 and not killed.timed_out
    ran = await sandbox.run(
        ["/nowhere/program"],
        folder=folder,
        seconds=10,
        memory_mb=200,
        processes=16,
        output_bytes=10_000,
        kind=kind,
    )
    assert ran.exit_code not in (0, None)
    with pytest.raises(NotFound, match="/nowhere"):
        await inside(kind, Path("/nowhere"), "pass")


async def test_both_streams_are_kept_apart(kind: Kind, folder: Path) -> None:
    ran = await inside(kind, folder, "import sys; print('out'); print('err', file=sys.stderr)")
    assert (ran.stdout, ran.stderr, ran.truncated, ran.isolation) == (b"out\n", b"err\n", False, kind)
