"""Hostile and benign snippets, run with and without a sandbox, and what is seen of it from outside.

A file of `snippets/` is a family. A snippet begins with `## name [harm]`, where harm is what it does to a host that has
no sandbox; `bounded` are those that are never run without one: they may print BREACH for what nobody else can see.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import re
import secrets
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from genesis.security.code import left, sandbox
from genesis.security.code.isolation import FILE_MB, Kind
from genesis.security.code.sandbox import Ran

SNIPPETS = Path(__file__).with_name("snippets")
HEAD = re.compile(r"^## (.+?)(?: \[(\w+)\])?$", re.MULTILINE)
MEMORY_MB = 200
PROCESSES = 16
SHARED = ("/tmp", "/dev/shm", "/var/tmp")


@dataclass(frozen=True)
class Snippet:
    family: str
    name: str
    harm: str
    code: str

    def __str__(self) -> str:
        return f"{self.family}: {self.name}"


def read(folder: str) -> dict[str, list[Snippet]]:
    """The snippets of `snippets/folder` by family."""
    found: dict[str, list[Snippet]] = {}
    for file in sorted((SNIPPETS / folder).glob("*.txt")):
        parts = HEAD.split(file.read_text(encoding="utf-8"))[1:]
        rows = zip(parts[::3], parts[1::3], parts[2::3], strict=True)
        found[file.stem] = [Snippet(file.stem, name, harm or "", code.strip("\n") + "\n") for name, harm, code in rows]
    return found


HOSTILE = read("hostile")
BENIGN = read("benign")
ALONE = frozenset({"exhaustion"})  # families that end whoever runs beside them


class Outside:
    """A host worth attacking: files, a process, listeners and a variable, and the eyes that see whether they were."""

    def __init__(self, root: Path) -> None:
        self.token = f"genesis-{secrets.token_hex(8)}"
        self.key = 0x47000000 | secrets.randbits(24)
        self.said = secrets.token_hex(16)
        self.named = secrets.token_hex(16)
        self.variable = secrets.token_hex(16)
        self.folder = root / "outside"
        self.inside = root / "inside"
        self.folder.mkdir(parents=True)
        self.inside.mkdir()
        (self.folder / "canary").write_text(f"{self.said}\n")
        (self.folder / self.named).touch()
        self._short = tempfile.TemporaryDirectory(prefix="s")  # a socket's path has at most 107 bytes
        self.victim = subprocess.Popen(
            ["sleep", "86399.5"],
            cwd=self.folder,
            env={"GENESIS_CANARY": self.variable, "PATH": os.environ["PATH"]},
            start_new_session=True,
        )
        self.listeners = [
            socket.create_server(("127.0.0.1", 0)),
            _unix(f"{self._short.name}/s"),
            _unix(f"\0{self.token}"),
        ]
        self.datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.datagrams.bind(("127.0.0.1", 0))
        for one in (*self.listeners, self.datagrams):
            one.setblocking(False)
        self._before = self._tree()

    def code(self, snippet: Snippet) -> str:
        """A snippet with the host's names in it."""
        values = {
            "CANARY": self.folder / "canary",
            "FOLDER": self.folder,
            "OUT": self.folder / "new",
            "PORT": self.listeners[0].getsockname()[1],
            "UDP": self.datagrams.getsockname()[1],
            "SOCKET": f"{self._short.name}/s",
            "PID": self.victim.pid,
            "VICTIM": "86399.5",
            "TOKEN": self.token,
            "KEY": self.key,
        }
        return re.sub(r"@([A-Z]+)@", lambda match: str(values[match[1]]), snippet.code)

    def harm(self) -> dict[str, str]:
        """What was done, by the word that heads a snippet, with where it was seen."""
        found: dict[str, str] = {}
        for file, content in _files(self.inside):
            for word, secret in (("reads", self.said), ("reads", self.named), ("environment", self.variable)):
                if secret.encode() in content or secret in file:
                    found[word] = file
            if file.endswith(".out") and b"BREACH" in content:
                found["bounded"] = file
        if (after := self._tree()) != self._before:
            found["writes"] = str(set(after.items()) ^ set(self._before.items()))
        for place in (*SHARED, str(Path.home())):
            for name in sorted(path.name for path in Path(place).iterdir()):
                if self.token in name:
                    found["writes"] = f"{place}/{name}"
        if str(self.key) in Path("/proc/sysvipc/shm").read_text().split():
            found["writes"] = "a System V segment"
        for one in self.listeners:
            with contextlib.suppress(BlockingIOError):
                one.accept()[0].close()
                found["connects"] = str(one.getsockname())
        with contextlib.suppress(BlockingIOError):
            self.datagrams.recv(1)
            found["connects"] = "a datagram"
        if self.victim.poll() is not None or _state(self.victim.pid) == "T":
            found["signals"] = f"{self.victim.pid}"
        if left := self.lingering():
            found["lingers"] = str(left)
        return found

    def lingering(self) -> list[int]:
        """Processes that a snippet left behind: they carry the token, or stand in its folder."""
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it ended, or is not ours to look at
                here = (path / "cwd").readlink().is_relative_to(self.inside)
                if _state(int(path.name)) != "Z" and (here or self.token.encode() in (path / "environ").read_bytes()):
                    found.append(int(path.name))
        return found

    def close(self) -> None:
        for pid in self.lingering():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)
        self.victim.kill()
        self.victim.wait()
        for one in (*self.listeners, self.datagrams):
            one.close()
        self._short.cleanup()
        for place in (*SHARED, str(Path.home())):
            for name in sorted(path.name for path in Path(place).iterdir()):
                if self.token in name:
                    Path(place, name).unlink()
        libc = ctypes.CDLL(None)
        if (segment := libc.shmget(self.key, 0, 0)) >= 0:
            libc.shmctl(segment, 0, None)
        left.remove(self.inside)

    def _tree(self) -> dict[str, tuple[int, ...]]:
        there: dict[str, tuple[int, ...]] = {}
        for path in (self.folder, *self.folder.rglob("*")):
            seen = path.lstat()
            there[str(path)] = (seen.st_mode, seen.st_size, seen.st_mtime_ns, seen.st_nlink)
        return there


@contextlib.contextmanager
def outside(root: Path) -> Iterator[Outside]:
    one = Outside(root)
    try:
        yield one
    finally:
        one.close()


DRIVER = """
import json, subprocess, sys
for at, name in enumerate(json.load(open('order.json'))):
    with open(f'{at}/said.out', 'wb') as out, open(f'{at}/said.err', 'wb') as err:
        try:
            code = subprocess.run([sys.executable, name], cwd=str(at), stdout=out, stderr=err, stdin=-3,
                                  timeout=float(sys.argv[1])).returncode
        except subprocess.TimeoutExpired:
            code = None
    with open('ended.jsonl', 'a') as ended:
        ended.write(json.dumps([at, code]) + '\\n')
"""
"""Runs one snippet after the other, each in a process and folder of its own: most of a sandbox's cost is its start."""


async def together(kind: Kind, host: Outside, snippets: Sequence[Snippet], *, each_s: float = 30) -> list[int | None]:
    """Runs snippets in one sandbox; their exit codes, None for one that took too long."""
    _lay_out(host, snippets)
    ran = await _sandboxed(
        kind, host, ["-c", DRIVER, str(each_s)], host.inside, each_s * len(snippets), 3 * len(snippets)
    )
    lines = (host.inside / "ended.jsonl").read_text().splitlines() if (host.inside / "ended.jsonl").exists() else []
    ended = [json.loads(line) for line in lines]
    assert [at for at, _ in ended] == list(range(len(snippets))), f"not all ran: {ran}"
    return [code for _, code in ended]


async def alone(kind: Kind, host: Outside, snippet: Snippet, *, seconds: float) -> Ran:
    """Runs one snippet as the only thing in a sandbox; what it printed lies in the folder, as `together` leaves it."""
    _lay_out(host, [snippet])
    ran = await _sandboxed(kind, host, ["snippet.py"], host.inside / "0", seconds)
    (host.inside / "said.out").write_bytes(ran.stdout)
    (host.inside / "said.err").write_bytes(ran.stderr)
    return ran


async def _sandboxed(
    kind: Kind, host: Outside, arguments: Sequence[str], folder: Path, seconds: float, processes: int = PROCESSES
) -> Ran:
    return await sandbox.run(
        [sys.executable, *arguments],
        folder=folder,
        seconds=seconds,
        memory_mb=MEMORY_MB,
        processes=processes,
        output_bytes=20_000,
        environment={"TOKEN": host.token},
        kind=kind,
    )


def without(host: Outside, snippet: Snippet) -> None:
    """Runs a snippet with no sandbox, as our own child would run."""
    assert snippet.harm != "bounded", "never without a sandbox"
    _lay_out(host, [snippet])
    environment = {**os.environ, "TOKEN": host.token, "GENESIS_CANARY": host.variable}
    with (host.inside / "said.out").open("wb") as out, (host.inside / "said.err").open("wb") as err:
        command = [sys.executable, "snippet.py"]
        subprocess.run(
            command,
            cwd=host.inside / "0",
            stdout=out,
            stderr=err,
            stdin=subprocess.DEVNULL,
            env=environment,
            timeout=60,
        )
    if snippet.harm == "lingers":
        end = time.monotonic() + 5
        while not host.lingering() and time.monotonic() < end:  # a shell may still be starting it
            time.sleep(0.01)


def _lay_out(host: Outside, snippets: Sequence[Snippet]) -> None:
    for at, snippet in enumerate(snippets):
        (host.inside / str(at)).mkdir()
        (host.inside / str(at) / "snippet.py").write_text(host.code(snippet), encoding="utf-8")
    (host.inside / "order.json").write_text(json.dumps(["snippet.py"] * len(snippets)))


def _regular(folder: Path) -> Iterator[Path]:
    """The files of a folder, in a hundred levels of it. No link is followed, no pipe waited for."""
    waiting = [folder]
    while waiting:
        for path in waiting.pop().iterdir():
            kind = path.lstat().st_mode
            if stat.S_ISDIR(kind) and len(path.parts) < 100:
                waiting.append(path)
            elif stat.S_ISREG(kind):
                yield path


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Name and (the first 10 MB of) content of what a snippet left in a folder."""
    for path in _regular(folder):
        if path.name != "snippet.py":
            with path.open("rb") as file:
                yield str(path.relative_to(folder)), file.read(10_000_000)


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def _unix(name: str) -> socket.socket:
    one = socket.socket(socket.AF_UNIX)
    one.bind(name)
    one.listen()
    return one


def within_limits(ran: Ran, host: Outside) -> None:
    """That a run ended in time, kept to its output and file limits, and left nothing and nobody behind."""
    assert ran.seconds < 30, ran
    assert len(ran.stdout) + len(ran.stderr) < 2 * 20_000 + 200
    sizes = [path.lstat().st_blocks * 512 for path in _regular(host.inside)]
    assert max(sizes) <= FILE_MB * 1_000_000 + 1_000_000, "whole blocks are counted"
    assert host.harm() == {}, ran
