"""Reads a unified diff. Strict: what is not understood is refused, with its line."""

from __future__ import annotations

import re
from dataclasses import dataclass

from genesis.errors import RequestInvalid, WorkspaceRefused
from genesis.tools.patch.lines import split, unquoted

MAX_PATCH_BYTES = 20_000_000
MAX_FILES = 5_000
_HUNK = re.compile(rb"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")


@dataclass(frozen=True)
class Hunk:
    start: int
    old: tuple[bytes, ...]
    new: tuple[bytes, ...]


@dataclass(frozen=True)
class Change:
    name: str
    hunks: tuple[Hunk, ...]
    created: bool
    deleted: bool
    executable: bool | None


def parse(patch: bytes) -> list[Change]:
    if len(patch) > MAX_PATCH_BYTES:
        raise RequestInvalid(f"the patch has {len(patch):,} bytes; at most {MAX_PATCH_BYTES:,} are read")
    lines = split(patch)
    changes: list[Change] = []
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


def _parse_file(lines: list[bytes], at: int) -> tuple[Change, int]:
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
    hunks: list[Hunk] = []
    while at < len(lines) and lines[at].startswith(b"@@ "):
        hunk, at = _parse_hunk(lines, at)
        hunks.append(hunk)
    return Change(name, tuple(hunks), created, deleted, executable), at


def _git_name(line: bytes) -> str | None:
    """The one name in `diff --git a/NAME b/NAME`, when no other line says it (an empty file, a change of mode)."""
    text = line[len(b"diff --git ") :].rstrip(b"\r\n").decode("utf-8", "replace")
    half = len(text) // 2
    first, second = text[:half], text[half + 1 :]
    if first.startswith('"') and second.startswith('"'):
        first, second = unquoted(first), unquoted(second)
    return first[2:] if first.startswith("a/") and second.startswith("b/") and first[2:] == second[2:] else None


def _name(raw: bytes, at: int) -> str | None:
    text = raw.decode("utf-8", "replace").rstrip("\r\n").split("\t")[0]
    if text == "/dev/null":
        return None
    if text.startswith('"'):
        text = unquoted(text)
    first, slash, rest = text.partition("/")
    if first not in ("a", "b") or not slash:
        raise RequestInvalid(f"patch line {at + 1}: {text!r} does not begin with a/ or b/")
    return rest


def _parse_hunk(lines: list[bytes], at: int) -> tuple[Hunk, int]:
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
    return Hunk(start, tuple(old), tuple(new)), at


def _shown(line: bytes) -> str:
    return repr(line[:60].decode("utf-8", "replace"))
