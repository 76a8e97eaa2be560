"""What foreign code might try: the program by which `sandbox` finds out whether a kind of isolation holds here.

`python -I hostile.py CANARY OUTSIDE PORT PID`, run in the folder that it may write to: CANARY is a file that it must
not read, OUTSIDE a path that it must not write, PORT a listener on the host's loopback, PID a process of the host.
Prints JSON: `breaches` (what it could do and must not) and `works` (whether ordinary work is possible). Nothing in it
does harm when the isolation fails; nothing in it leaves the machine.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path


def attempts(canary: str, outside: str, port: int, pid: int) -> dict[str, Callable[[], object]]:
    return {
        "reads a file outside": lambda: Path(canary).read_bytes(),
        "lists a folder outside": lambda: list(Path(canary).parent.iterdir()),
        "reads /etc/shadow": lambda: Path("/etc/shadow").read_bytes(),
        "writes outside": lambda: Path(outside).write_bytes(b"x"),
        "changes the mode of a file outside": lambda: os.chmod(canary, 0o644),  # noqa: PTH101
        "changes the times of a file outside": lambda: os.utime(canary),
        "changes the mode of a program": lambda: change_mode(sys.executable),
        "changes the kernel's settings": lambda: os.close(os.open("/proc/sys/kernel/core_pattern", os.O_WRONLY)),
        "reaches the host's loopback": lambda: socket.create_connection(("127.0.0.1", port), 2),
        "limits the host's processes": lambda: limit(pid),
        "signals the host's processes": lambda: os.kill(pid, 0),
        "has capabilities": capable,
    }


def change_mode(file: str) -> None:
    """To what it is."""
    opened = os.open(file, os.O_RDONLY)
    os.fchmod(opened, os.fstat(opened).st_mode & 0o7777)


def limit(pid: int) -> None:
    """To what it is."""
    resource.prlimit(pid, resource.RLIMIT_CORE, resource.prlimit(pid, resource.RLIMIT_CORE))


def knock(port: int) -> None:
    """Opens a connection with its first data. Whether it came through, only the listener knows."""
    with contextlib.suppress(OSError), socket.socket() as one:
        one.settimeout(2)
        one.sendto(b"x", socket.MSG_FASTOPEN, ("127.0.0.1", port))


def capable() -> None:
    held = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("CapEff:"))
    if int(held.split()[1], 16) == 0:
        raise PermissionError


def works() -> bool:
    Path("written-inside").write_bytes(b"x")
    Path("written-inside").unlink()
    with tempfile.TemporaryFile() as aside:
        aside.write(b"x")
    return subprocess.run([sys.executable, "-I", "-c", "import json"], check=False).returncode == 0


def main() -> None:
    canary, outside, port, pid = sys.argv[1:]
    breaches = []
    knock(int(port))
    for name, attempt in attempts(canary, outside, int(port), int(pid)).items():
        try:
            attempt()
        except OSError:
            continue
        breaches.append(name)
    print(json.dumps({"breaches": breaches, "works": works()}))  # noqa: T201  (its answer)


if __name__ == "__main__":
    main()
