"""Applies a patch: every path and every line of every hunk is checked before anything is written."""

from __future__ import annotations

import contextlib
import stat
import tempfile
from pathlib import Path, PurePosixPath

from genesis.errors import Conflict, RequestInvalid, StorageFailed, WorkspaceRefused
from genesis.tools.patch.lines import split
from genesis.tools.patch.parse import Change, parse


def apply(patch: bytes, folder: Path) -> tuple[str, ...]:
    """Applies `patch` to `folder` and returns the files that it changed, sorted.

    Nothing is written before every path and hunk has been found good, and a failure while writing is undone. Raises
    `RequestInvalid` for what is no such patch, `WorkspaceRefused` for a path that leads out, through a link or into
    version control, and `Conflict` when a file is not as the patch says.
    """
    changes = parse(patch)
    root = folder.resolve()
    planned: list[tuple[Path, bytes | None, bytes | None, int]] = []
    for change in changes:
        path = inside(root, change.name)
        old = path.read_bytes() if path.exists() else None
        if change.created and old is not None:
            raise Conflict(f"{change.name}: the patch creates it, but it is already there")
        if not change.created and old is None:
            raise Conflict(f"{change.name}: the patch changes it, but it is not there")
        new = _patched(change, old or b"")
        if change.deleted and new:
            raise Conflict(f"{change.name}: the patch deletes it, but it has more lines than the patch knows")
        mode = stat.S_IMODE(path.stat().st_mode) if old is not None else 0o644
        if change.executable is not None:
            mode = mode | 0o111 if change.executable else mode & ~0o111
        planned.append((path, old, None if change.deleted else new, mode))
    _write(planned)
    return tuple(sorted(change.name for change in changes))


def inside(root: Path, name: str) -> Path:
    """The path of a file that is to be written under `root`. Raises `WorkspaceRefused` where it would not be, and
    `RequestInvalid`, `Conflict` for what is no file's name or place."""
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or any(part in ("..", ".") for part in name.split("/")) or "\0" in name:
        raise WorkspaceRefused(f"{name!r}: leads out of the folder")
    if any(part.lower() in (".git", ".hg", ".svn") for part in parts):
        raise WorkspaceRefused(f"{name}: lies in version control's own folder")
    if any(len(part.encode()) > 255 for part in parts) or len(name.encode()) > 1024:
        raise RequestInvalid(f"{name[:60]!r}...: the name is too long for a file")
    path = root
    for part in parts:
        path = path / part
        if path.is_symlink():
            raise WorkspaceRefused(f"{name}: leads through the link {path.relative_to(root)}")
    if path.exists() and not path.is_file():
        raise Conflict(f"{name}: is not a file")
    if any(parent.exists() and not parent.is_dir() for parent in path.parents if parent.is_relative_to(root)):
        raise Conflict(f"{name}: a file stands where its folder should be")
    return path


def _patched(change: Change, content: bytes) -> bytes:
    lines = split(content)
    result: list[bytes] = []
    done = 0
    for number, hunk in enumerate(change.hunks, 1):
        # an empty old side names the line before it; otherwise the first line itself
        begin = hunk.start if not hunk.old else hunk.start - 1
        if begin < done or tuple(lines[begin : begin + len(hunk.old)]) != hunk.old:
            raise Conflict(f"{change.name}: hunk {number} does not fit at line {hunk.start}; the file is another now")
        result += lines[done:begin]
        result += hunk.new
        done = begin + len(hunk.old)
    return b"".join([*result, *lines[done:]])


def _write(planned: list[tuple[Path, bytes | None, bytes | None, int]]) -> None:
    undo: list[tuple[Path, bytes | None, int]] = []
    made: list[Path] = []
    try:
        for path, old, new, mode in planned:
            for parent in reversed([one for one in path.parents if not one.exists()]):
                parent.mkdir()
                made.append(parent)
            undo.append((path, old, stat.S_IMODE(path.stat().st_mode) if old is not None else 0))
            if new is None:
                path.unlink()
            else:
                _replace(path, new, mode)
    except OSError as error:
        for path, old, mode in reversed(undo):
            with contextlib.suppress(OSError):
                if old is None:
                    path.unlink(missing_ok=True)
                else:
                    _replace(path, old, mode)
        for folder in reversed(made):
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise StorageFailed(f"{path.name}: could not be written ({error.strerror}); the patch was undone") from error


def _replace(path: Path, content: bytes, mode: int) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as aside:
        aside.write(content)
    try:
        Path(aside.name).chmod(mode)
        Path(aside.name).replace(path)
    except OSError:
        Path(aside.name).unlink(missing_ok=True)
        raise
