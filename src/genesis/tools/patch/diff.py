"""A diff of two folders."""

from __future__ import annotations

import difflib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from genesis.tools.patch.lines import quoted, split

CONTEXT = 3
NO_NEWLINE = b"\\ No newline at end of file\n"


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
    old, new = quoted(f"a/{name}"), quoted(f"b/{name}")
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
    return [line.decode("latin-1") for line in split(content or b"")]
