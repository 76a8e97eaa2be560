"""Runs foreign code under the best kernel isolation that this host really has, or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from genesis.errors import NotFound, SandboxUnavailable
from genesis.security.code import isolation, left
from genesis.security.code.isolation import KINDS, Cell, Kind

HOSTILE = Path(__file__).with_name("hostile.py")
GRACE_S = 2.0
_unfit: dict[Kind, str | None] = {}
"""What was found out about each kind in this process: None when it holds, else why not."""


@dataclass(frozen=True)
class Ran:
    """What came of a command.

    `exit_code` is None when the wall clock ended it, 128 + n when signal n or a limit did, 125 when it could not be
    started. `stdout` and `stderr` keep the first and the last half of what is allowed; `truncated` says that there was
    more.
    """

    exit_code: int | None
    stdout: bytes
    stderr: bytes
    truncated: bool
    seconds: float
    timed_out: bool
    isolation: Kind


async def run(
    command: Sequence[str],
    *,
    folder: Path,
    readable: Sequence[Path] = (),
    seconds: float,
    memory_mb: int,
    processes: int,
    output_bytes: int,
    environment: Mapping[str, str] | None = None,
    kind: Kind | None = None,
) -> Ran:
    """Runs `command` in `folder`, the only place where it can write; it reads the system and `readable`, and no more.

    No network out; nothing of our environment; every process of it is dead when this returns. `output_bytes` is for
    each of the two streams. Raises `SandboxUnavailable` when no kind of isolation holds here (or `kind` does not), and
    `NotFound` for a folder or readable path that is absent.
    """
    for path in (folder, *readable):
        if not path.exists():
            raise NotFound(f"{path}: not there, so nothing can be run with it")
    if kind is None:
        kind = await best()
    elif (why := await unfit(kind)) is not None:
        raise SandboxUnavailable(f"{kind}: {why}")
    return await _run(kind, command, folder, readable, seconds, memory_mb, processes, output_bytes, environment or {})


async def best() -> Kind:
    """The best kind that holds on this host. Raises `SandboxUnavailable`, saying what is wrong with each."""
    for kind in KINDS:
        if await unfit(kind) is None:
            return kind
    why = "; ".join(f"{kind}: {_unfit[kind]}" for kind in KINDS)
    raise SandboxUnavailable(
        f"no kernel isolation works here, so foreign code is not run ({why}). On Linux install bubblewrap, or use a "
        "kernel with Landlock ABI 6 (6.12 or later) and the Python package sandlock"
    )


async def unfit(kind: Kind) -> str | None:
    """None when `kind` holds on this host; otherwise why not. Found out once per process by a hostile program."""
    if kind not in _unfit:
        _unfit[kind] = await _probe(kind)
    return _unfit[kind]


async def _probe(kind: Kind) -> str | None:
    if not isolation.present(kind):
        return "not installed" if sys.platform == "linux" else "needs Linux"
    with tempfile.TemporaryDirectory(prefix="genesis-probe-") as name, socket.socket() as listener:
        root = Path(name).resolve()
        (root / "inside").mkdir()
        (root / "outside").mkdir()
        canary = root / "outside" / "canary"
        canary.write_text("canary")
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        arguments = [str(canary), str(root / "outside" / "new"), str(listener.getsockname()[1]), str(os.getpid())]
        command = [sys.executable, "-I", str(HOSTILE), *arguments]
        try:
            ran = await _run(kind, command, root / "inside", [HOSTILE], 20, 500, 20, 10_000, {})
        except OSError as error:
            return f"could not be started ({error.strerror})"
        knocked = []  # seen from here: a connection that it opened with its first data it cannot always tell
        with contextlib.suppress(BlockingIOError):
            listener.accept()[0].close()
            knocked.append("reaches the host's loopback")
    try:
        said = json.loads(ran.stdout)
        breaches, works = list(dict.fromkeys([*said["breaches"], *knocked])), bool(said["works"])
    except (ValueError, KeyError, TypeError):
        last = ran.stderr.decode(errors="replace").strip().splitlines()[-1:]
        return f"did not run a program (exit {ran.exit_code}{': ' + last[0][:200] if last else ''})"
    if breaches:
        return f"does not hold: a program in it {', '.join(breaches)}"
    return None if works else "does not let ordinary programs work"


async def _run(
    kind: Kind,
    command: Sequence[str],
    folder: Path,
    readable: Sequence[Path],
    seconds: float,
    memory_mb: int,
    processes: int,
    output_bytes: int,
    variables: Mapping[str, str],
) -> Ran:
    with _private() as private:
        cell = Cell(folder.resolve(), tuple(readable), private, memory_mb, processes, variables)
        line = isolation.command_line(kind, cell, command)
        started = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            *line,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=isolation.environment(kind, cell),
            cwd=cell.folder,
            start_new_session=True,
        )
        assert process.stdout is not None and process.stderr is not None
        out, err = _Kept(output_bytes), _Kept(output_bytes)
        readers = [asyncio.create_task(_read(process.stdout, out)), asyncio.create_task(_read(process.stderr, err))]
        timed_out = False
        try:
            async with asyncio.timeout(seconds):
                await process.wait()
        except TimeoutError:
            timed_out = True
        finally:
            await _end(process)
            _, late = await asyncio.wait(readers, timeout=GRACE_S)
            for reader in late:
                reader.cancel()
        code = process.returncode
        return Ran(
            exit_code=None if timed_out or code is None else code if code >= 0 else 128 - code,
            stdout=out.content,
            stderr=err.content,
            truncated=out.dropped > 0 or err.dropped > 0,
            seconds=time.monotonic() - started,
            timed_out=timed_out,
            isolation=kind,
        )


@contextlib.contextmanager
def _private() -> Iterator[Path]:
    """A folder of one run alone. Foreign code may write there, so it is not for `tempfile` to remove."""
    folder = Path(tempfile.mkdtemp(prefix="genesis-sandbox-")).resolve()
    try:
        yield folder
    finally:
        left.remove(folder)


async def _end(process: asyncio.subprocess.Process) -> None:
    """First the request, on which the warden ends what is below it; then the whole group, without asking."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE_S):
                await process.wait()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


async def _read(stream: asyncio.StreamReader, kept: _Kept) -> None:
    while chunk := await stream.read(65_536):
        kept.add(chunk)


@dataclass
class _Kept:
    """The first and the last half of `limit` bytes, however many come."""

    limit: int
    head: bytearray = field(default_factory=bytearray)
    tail: bytearray = field(default_factory=bytearray)
    dropped: int = 0

    def add(self, chunk: bytes) -> None:
        room = max(0, self.limit // 2 - len(self.head))
        self.head += chunk[:room]
        self.tail += chunk[room:]
        over = len(self.tail) - (self.limit - self.limit // 2)
        if over > 0:
            del self.tail[:over]
            self.dropped += over

    @property
    def content(self) -> bytes:
        cut = f"\n[... {self.dropped:,} bytes left out ...]\n".encode() if self.dropped else b""
        return bytes(self.head) + cut + bytes(self.tail)
