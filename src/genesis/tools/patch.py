"""Unified diffs of folders: made from two folders, and applied to one, wholly or not at all.

What `diff` makes, `git apply` and `patch -p1` take. `apply` is strict: every path and every line of every hunk is checked
at its stated place before anything is written.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from genesis.errors import Conflict, RequestInvalid, StorageFailed, WorkspaceRefused

MAX_PATCH_BYTES = 20_000_000
MAX_FILES = 5_000
CONTEXT = 3
NO_NEWLINE = b"\\ No newline at end of file\n"
_HUNK = re.compile(rb"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}


@dataclass(frozen=True)
class Patch:
    """`text` is the diff; `files` what it touches, sorted; `left_out` what changed but is not text."""

    text: bytes
    files: tuple[str, ...]
    left_out: tuple[str, ...] = ()


def diff(before: Path, after: Path) -> Patch:
    """The changes from one folder to another, in order of path. Links and binary files are left out, and named."""
    old, new = dict(_files(before)), dict(_files(after))
    parts: list[bytes] = []
    touched: list[str] = []
    left_out: list[str] = []
    for name in sorted(old.keys() | new.keys()):
        one, other = _content(old.get(name)), _content(new.get(name))
        modes = _mode(old.get(name)), _mode(new.get(name))
        if one == other and (modes[0] == modes[1] or None in modes):
            continue
        if b"\0" in (one or b"") or b"\0" in (other or b""):
            left_out.append(name)
            continue
        touched.append(name)
        parts.append(_file_diff(name, one, other, modes))
    return Patch(b"".join(parts), tuple(touched), tuple(left_out))


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for root, folders, names in os.walk(folder):
        folders.sort()
        for name in names:
            path = Path(root, name)
            if stat.S_ISREG(path.lstat().st_mode):
                yield path.relative_to(folder).as_posix(), path


def _content(path: Path | None) -> bytes | None:
    return None if path is None else path.read_bytes()


def _mode(path: Path | None) -> str | None:
    return None if path is None else "100755" if path.stat().st_mode & stat.S_IXUSR else "100644"


def _file_diff(name: str, one: bytes | None, other: bytes | None, modes: tuple[str | None, str | None]) -> bytes:
    old, new = _quoted(f"a/{name}"), _quoted(f"b/{name}")
    head = [f"diff --git {old} {new}"]
    if one is None:
        head.append(f"new file mode {modes[1]}")
    elif other is None:
        head.append(f"deleted file mode {modes[0]}")
    elif modes[0] != modes[1]:
        head += [f"old mode {modes[0]}", f"new mode {modes[1]}"]
    tab = "\t" if " " in name else ""  # without it a name with a blank ends at the blank, for `patch`
    sides = ("/dev/null" if one is None else old + tab, "/dev/null" if other is None else new + tab)
    # latin-1 gives every byte a character and back: the diff is of lines, whatever their encoding
    lines = list(
        difflib.unified_diff(
            _lines(one),
            _lines(other),
            *sides,
            n=CONTEXT,
            lineterm="\n",
        )
    )
    body = b"".join(
        line.encode("latin-1") if line.endswith("\n") else line.encode("latin-1") + b"\n" + NO_NEWLINE
        for line in lines[2:]
    )
    names = "".join(f"{mark} {side}\n" for mark, side in zip(("---", "+++"), sides, strict=True)) if body else ""
    return "".join(f"{line}\n" for line in head).encode() + names.encode() + body


def _lines(content: bytes | None) -> list[str]:
    return [line.decode("latin-1") for line in _split(content or b"")]


def _split(content: bytes) -> list[bytes]:
    """Lines with their ends; only a line feed ends one (`splitlines` would also break at form feeds)."""
    return [line for line in re.split(rb"(?<=\n)", content) if line]


def _quoted(name: str) -> str:
    if all(" " <= character <= "~" and character not in '"\\' for character in name):
        return name
    escaped = "".join(
        chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03o}" for byte in name.encode()
    )
    return f'"{escaped}"'


@dataclass(frozen=True)
class _Hunk:
    start: int
    old: tuple[bytes, ...]
    new: tuple[bytes, ...]


@dataclass(frozen=True)
class _Change:
    name: str
    hunks: tuple[_Hunk, ...]
    created: bool
    deleted: bool
    executable: bool | None


def apply(patch: bytes, folder: Path) -> tuple[str, ...]:
    """Applies `patch` to `folder` and returns the files that it changed, sorted.

    Nothing is written before every path and hunk has been found good, and a failure while writing is undone. Raises
    `RequestInvalid` for what is no such patch, `WorkspaceRefused` for a path that leads out, through a link or into
    version control, and `Conflict` when a file is not as the patch says.
    """
    changes = _parse(patch)
    root = folder.resolve()
    planned: list[tuple[Path, bytes | None, bytes | None, int]] = []
    for change in changes:
        path = _inside(root, change.name)
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


def _parse(patch: bytes) -> list[_Change]:
    if len(patch) > MAX_PATCH_BYTES:
        raise RequestInvalid(f"the patch has {len(patch):,} bytes; at most {MAX_PATCH_BYTES:,} are read")
    lines = _split(patch)
    changes: list[_Change] = []
    at = 0
    while at < len(lines):
        if lines[at].startswith(b"diff --git ") or lines[at].startswith(b"--- "):
            change, at = _parse_file(lines, at)
            changes.append(change)
        elif changes and lines[at].strip():
            raise RequestInvalid(f"patch line {at + 1}: neither a hunk nor a file: {_shown(lines[at])}")
        else:
            at += 1  # what a mail or `git show` writes before the first file
    if not changes:
        raise RequestInvalid("the patch changes no file")
    if len(changes) > MAX_FILES:
        raise RequestInvalid(f"the patch changes {len(changes):,} files; at most {MAX_FILES:,} are allowed")
    seen: set[str] = set()
    for change in changes:
        if change.name in seen:
            raise RequestInvalid(f"the patch changes {change.name} twice")
        seen.add(change.name)
    return changes


def _parse_file(lines: list[bytes], at: int) -> tuple[_Change, int]:
    first = at
    created = deleted = False
    executable: bool | None = None
    name = _git_name(lines[at])
    if lines[at].startswith(b"diff --git "):
        at += 1
    while at < len(lines) and not lines[at].startswith((b"--- ", b"diff --git ", b"@@ ")):
        head = lines[at].rstrip(b"\r\n")
        if head.startswith((b"new file mode ", b"new mode ", b"deleted file mode ")):
            created |= head.startswith(b"new file")
            deleted |= head.startswith(b"deleted")
            if head.endswith((b"120000", b"160000")):
                raise WorkspaceRefused(f"patch line {at + 1}: links and submodules are not applied")
            executable = head.endswith(b"755") if not head.startswith(b"deleted") else None
        elif not head.startswith((b"old mode ", b"index ", b"similarity ", b"dissimilarity ")) and head.strip():
            raise RequestInvalid(f"patch line {at + 1}: not understood: {_shown(head)}")
        at += 1
    if at < len(lines) and lines[at].startswith(b"--- "):
        if at + 1 >= len(lines) or not lines[at + 1].startswith(b"+++ "):
            raise RequestInvalid(f"patch line {at + 1}: '---' without '+++'")
        old, new = _name(lines[at][4:], at), _name(lines[at + 1][4:], at + 1)
        created, deleted = created or old is None, deleted or new is None
        if old is not None and new is not None and old != new:
            raise RequestInvalid(f"patch line {at + 1}: renames {old} to {new}; renames are not applied")
        name = old if new is None else new
        at += 2
    if name is None:
        raise RequestInvalid(f"patch line {first + 1}: names no file")
    hunks: list[_Hunk] = []
    while at < len(lines) and lines[at].startswith(b"@@ "):
        hunk, at = _parse_hunk(lines, at)
        hunks.append(hunk)
    return _Change(name, tuple(hunks), created, deleted, executable), at


def _git_name(line: bytes) -> str | None:
    """The one name in `diff --git a/NAME b/NAME`, when no other line says it (an empty file, a change of mode)."""
    text = line[len(b"diff --git ") :].rstrip(b"\r\n").decode("utf-8", "replace")
    half = len(text) // 2
    first, second = text[:half], text[half + 1 :]
    if first.startswith('"') and second.startswith('"'):
        first, second = _unquoted(first), _unquoted(second)
    return first[2:] if first.startswith("a/") and second.startswith("b/") and first[2:] == second[2:] else None


def _name(raw: bytes, at: int) -> str | None:
    text = raw.decode("utf-8", "replace").rstrip("\r\n").split("\t")[0]
    if text == "/dev/null":
        return None
    if text.startswith('"'):
        text = _unquoted(text)
    first, slash, rest = text.partition("/")
    if first not in ("a", "b") or not slash:
        raise RequestInvalid(f"patch line {at + 1}: {text!r} does not begin with a/ or b/")
    return rest


def _unquoted(text: str) -> str:
    found = bytearray()
    at = 1
    while at < len(text) - 1:
        if text[at] != "\\":
            found += text[at].encode()
            at += 1
        elif re.fullmatch(r"[0-3][0-7]{2}", text[at + 1 : at + 4]):
            found.append(int(text[at + 1 : at + 4], 8))
            at += 4
        else:
            found += _ESCAPES.get(text[at + 1], text[at + 1]).encode()
            at += 2
    return found.decode("utf-8", "replace")


def _parse_hunk(lines: list[bytes], at: int) -> tuple[_Hunk, int]:
    head = _HUNK.match(lines[at])
    if head is None:
        raise RequestInvalid(f"patch line {at + 1}: not the head of a hunk: {_shown(lines[at])}")
    start, old_count, _, new_count = (1 if number is None else int(number) for number in head.groups())
    where, at = at + 1, at + 1
    old: list[bytes] = []
    new: list[bytes] = []
    last: list[list[bytes]] = []
    while at < len(lines) and (len(old) < old_count or len(new) < new_count or lines[at].startswith(b"\\")):
        mark, line = lines[at][:1], lines[at][1:]
        if mark == b"\\":
            for side in last:
                side[-1] = side[-1].removesuffix(b"\n")
        elif mark in (b" ", b"-", b"+", b"\n"):
            last = [old] if mark == b"-" else [new] if mark == b"+" else [old, new]
            for side in last:
                side.append(line if mark != b"\n" else b"\n")  # some mailers strip the blank of an empty context line
        else:
            break
        at += 1
    if (len(old), len(new)) != (old_count, new_count):
        raise RequestInvalid(f"patch line {where}: the hunk has not as many lines as its head says")
    return _Hunk(start, tuple(old), tuple(new)), at


def _inside(root: Path, name: str) -> Path:
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


def _patched(change: _Change, content: bytes) -> bytes:
    lines = _split(content)
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


def _shown(line: bytes) -> str:
    return repr(line[:60].decode("utf-8", "replace"))
