"""What foreign code left behind in its folder is foreign too: a link may lead out, a pipe never end."""

from __future__ import annotations

import os
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
