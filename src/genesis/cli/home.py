"""GENESIS_HOME: its folder, and the lock that lets one process serve it."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from genesis.errors import HomeInUse, StorageFailed


def make(home: Path) -> Path:
    """The folder, readable by its owner alone. Raises `StorageFailed`."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = home / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StorageFailed(f"GENESIS_HOME {home}: cannot be written ({error.strerror})") from error
    return home


@contextmanager
def locked(home: Path, address: str) -> Iterator[None]:
    """Holds the home while inside. Raises `HomeInUse` with the other's pid and address.

    A lock of the kernel: it goes with the process, however that ends; the file's text only tells who it is.
    """
    file = home / "serving.lock"
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HomeInUse(f"GENESIS_HOME {home}: served already by {_holder(file)}; stop it, or use another home") from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps({"pid": os.getpid(), "address": address}).encode(), 0)
        yield
    finally:
        os.close(handle)


def _holder(file: Path) -> str:
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        return f"pid {int(told['pid'])} at {told['address']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process that has not said its name yet"
