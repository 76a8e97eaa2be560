"""Files that a stranger sends become a workspace folder of their own: bounded, under safe names, all or nothing."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from genesis.errors import BodyTooLarge, RequestInvalid, StorageFailed

MAX_FILES = 2000
MAX_TOTAL_BYTES = 10_485_760
_SEGMENT = re.compile(r"[\w.][\w .+@()=,-]{0,99}")
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True)
class UploadedFile:
    """A file as it was sent. `name` may have folders (`src/app.py`)."""

    name: str
    content: bytes


def unpack(files: Sequence[UploadedFile], target: Path) -> Path:
    """Writes `files` under `target` (new, or left from the same upload) and returns it.

    Raises `RequestInvalid` for a name that is not safe or is given twice, `BodyTooLarge` over 2000 files or 10 MiB,
    `StorageFailed` when the disk is full. Nothing is left behind then.
    """
    names = check([(file.name, len(file.content)) for file in files])
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=target.parent, prefix=".unpacking-"))
    try:
        for name, file in zip(names, files, strict=True):
            path = aside / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
        aside.rename(target)
    except OSError as error:
        shutil.rmtree(aside, ignore_errors=True)
        if target.exists():  # the same upload, in another request, was faster
            return target
        raise StorageFailed(f"the files could not be unpacked ({error.strerror}); nothing was kept") from error
    return target


def check(files: Sequence[tuple[str, int]]) -> list[PurePosixPath]:
    """The paths of files, by name and size. Raises as `unpack` does."""
    if len(files) > MAX_FILES:
        raise BodyTooLarge(f"{len(files)} files were sent; at most {MAX_FILES} are taken")
    total = sum(size for _, size in files)
    if total > MAX_TOTAL_BYTES:
        raise BodyTooLarge(f"the files have {total:,} bytes; at most {MAX_TOTAL_BYTES:,} are taken")
    names = [safe_name(name) for name, _ in files]
    taken: set[str] = set()
    for name in names:
        folded = str(name).casefold()  # two names that are one on a case-blind disk
        if folded in taken:
            raise RequestInvalid(f"file {str(name)!r}: sent twice")
        taken.add(folded)
    for name in names:
        for folder in name.parents:
            if str(folder).casefold() in taken:
                raise RequestInvalid(f"file {str(name)!r}: {str(folder)!r} was sent as a file too")
    return names


def safe_name(name: str) -> PurePosixPath:
    """`name` as a relative path of plain segments. Raises `RequestInvalid` for anything else, never mends it.

    >>> str(safe_name("docs/read me.md"))
    'docs/read me.md'
    """
    segments = name.split("/")
    plain = all(_SEGMENT.fullmatch(part) and not part.endswith((".", " ")) and not _DEVICES.fullmatch(part)
                for part in segments)  # fmt: skip
    if len(segments) > 10 or not plain:
        raise RequestInvalid(
            f"file name {name[:100]!r}: give a relative path of at most 10 segments of letters, digits and ._+-@()=,"
        )
    return PurePosixPath(name)
