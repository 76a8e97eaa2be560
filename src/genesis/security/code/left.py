"""What foreign code left behind is foreign too: a link may lead out, a pipe never end, and folders lie so deep in each
other that who walks them by recursion falls over."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path, PurePosixPath
from typing import BinaryIO


def opened(folder: Path, name: str) -> BinaryIO | None:
    """The file `name` in `folder`; None when it is absent, no regular file, or any part of its path is a link.

    `folder` is the one that the sandbox was given: only of that can foreign code not make a link.
    """
    parts = PurePosixPath(name).parts
    if not parts or "\0" in name or any(part in ("/", "..") for part in parts):
        return None
    handles: list[int] = []
    try:
        handles.append(os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
        for part in parts[:-1]:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            handles.append(os.open(part, flags, dir_fd=handles[-1]))
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        last = os.open(parts[-1], flags, dir_fd=handles[-1])
    except OSError:
        return None
    finally:
        for handle in handles:
            os.close(handle)
    if not stat.S_ISREG(os.fstat(last).st_mode):
        os.close(last)
        return None
    return os.fdopen(last, "rb")


def read(folder: Path, name: str, at_most: int) -> bytes | None:
    """The content of what `opened` opens; None as well when it is larger than `at_most` bytes."""
    file = opened(folder, name)
    if file is None:
        return None
    with file:
        content = file.read(at_most + 1)
    return content if len(content) <= at_most else None


def remove(folder: Path) -> None:
    """Removes a folder, however deep it is: `shutil.rmtree` goes down by recursion, and raises beyond a thousand. What
    cannot be removed stays, without an error. Nothing else may be at work in it, and no link is followed.

    Inner folders are moved to the top before they are emptied, so that no path grows.
    """
    if folder.is_symlink() or not folder.is_dir():
        return
    mark, moved = secrets.token_hex(8), 0
    waiting = [folder]
    emptied: list[Path] = []
    while waiting:
        here = waiting.pop()
        with contextlib.suppress(OSError):
            here.chmod(0o700)
            with os.scandir(here) as entries:
                inner = list(entries)
            for entry in inner:
                with contextlib.suppress(OSError):
                    if not entry.is_dir(follow_symlinks=False):
                        Path(entry.path).unlink()
                    elif here == folder:
                        waiting.append(Path(entry.path))
                    else:
                        Path(entry.path).chmod(0o700)  # to move a folder is to write its `..`
                        moved += 1
                        waiting.append(Path(entry.path).rename(folder / f".{mark}.{moved}"))
        emptied.append(here)
    for here in reversed(emptied):
        with contextlib.suppress(OSError):
            here.rmdir()
