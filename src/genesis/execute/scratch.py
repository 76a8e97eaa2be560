"""Empty folders for attempts."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from genesis.security.code import left


class Scratch:
    """Folders under `root`, of which nothing outlives the process. One that comes back empty is used again: making
    one is cheap, but not while the disk is busy with a commit."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._free: list[Path] = []
        self._numbers = itertools.count(1)

    def clear(self) -> None:
        """Removes what a process that was killed has left. Only for who holds the home."""
        left.remove(self._root)

    @asynccontextmanager
    async def folder(self) -> AsyncIterator[Path]:
        """An empty folder, the caller's own until the end."""
        if self._free:
            folder = self._free.pop()
        else:
            folder = self._root / f"{next(self._numbers):06d}"
            folder.mkdir(parents=True)
        again = False
        try:
            yield folder
            # Not after an error or a timeout: a thread or process that was left behind might write there yet.
            again = not any(folder.iterdir())
        finally:
            if again:
                self._free.append(folder)
            else:
                await asyncio.shield(asyncio.to_thread(left.remove, folder))
