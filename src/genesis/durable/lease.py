"""One serving process per GENESIS_HOME: a lock file that says whose it is."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

from genesis.errors import HomeInUse


class HomeLock:
    """The lock lives as long as the process or until `release`: the kernel drops it with the process, however that
    ends, so there is nothing to clean up after a kill."""

    def __init__(self, home: Path) -> None:
        self.file = home / "serving.lock"
        self._handle: int | None = None

    def take(self, address: str) -> None:
        """Raises `HomeInUse`, naming pid and address of the process that has it."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(handle, 4096, 0).decode(errors="replace")
            os.close(handle)
            raise HomeInUse(f"{self.file.parent}: is in use by {_named(owner)}; stop that one first") from None
        self._handle = handle
        self.announce(address)

    def announce(self, address: str) -> None:
        """Says where this process can be reached, once that is known."""
        assert self._handle is not None
        text = json.dumps({"pid": os.getpid(), "address": address}).encode()
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, text, 0)

    def release(self) -> None:
        """Doing it twice is the same as once."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def owner(home: Path) -> tuple[int, str] | None:
    """Pid and address of the process that serves `home`, or None when nobody does."""
    file = home / "serving.lock"
    try:
        handle = os.open(file, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        told = json.loads(os.pread(handle, 4096, 0) or b"{}")
        return (int(told["pid"]), str(told["address"])) if "pid" in told else None
    finally:
        os.close(handle)
    return None


def _named(owner: str) -> str:
    try:
        told = json.loads(owner)
        return f"process {told['pid']} ({told['address']})"
    except (ValueError, KeyError, TypeError):
        return "another process, which is just starting"
