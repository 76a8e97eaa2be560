"""Workspaces: admitted only under allowed roots, read-only, never left by a link, bounded in what is read of them."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from genesis.errors import NotFound, WorkspaceRefused
from genesis.finding import NotDone

SKIPPED_FOLDERS = frozenset(
    {".git", ".hg", ".svn", ".venv", "venv", "node_modules", "__pycache__", ".tox", ".nox", ".mypy_cache"}
    | {".pytest_cache", ".ruff_cache", ".hypothesis", ".eggs", "site-packages", ".genesis", ".idea", ".vscode"}
)
"""Made by tools or version control: not the workspace's own text."""


def admit(path: str | Path, roots: Sequence[Path]) -> Path:
    """The real path of a workspace, if it is a readable folder under one of `roots` once every link is followed.

    Raises `WorkspaceRefused`. An outsider learns nothing of what lies outside the roots: a path that leads out is
    refused alike whether it exists or not.
    """
    asked = Path(path)  # `~` is not read: whose home lies where is nobody's business outside
    if "\0" in str(path) or len(str(path)) > 4096:
        raise WorkspaceRefused("the workspace is not a path")
    if not asked.is_absolute():
        raise WorkspaceRefused(f"workspace {asked}: give an absolute path")
    try:
        real = asked.resolve(strict=False)
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links
        raise WorkspaceRefused(f"workspace {asked}: cannot be resolved") from error
    if not any(real == root or real.is_relative_to(root) for root in (root.resolve() for root in roots)):
        allowed = ", ".join(str(root) for root in roots) or "none"
        raise WorkspaceRefused(
            f"workspace {asked}: outside the allowed roots ({allowed}); add one with GENESIS_WORKSPACES"
        )
    if not real.exists():
        raise WorkspaceRefused(f"workspace {asked}: does not exist")
    if not real.is_dir():
        raise WorkspaceRefused(f"workspace {asked}: not a folder")
    if not os.access(real, os.R_OK | os.X_OK):
        raise WorkspaceRefused(f"workspace {asked}: not readable by this process")
    return real


@dataclass(frozen=True, slots=True)
class WorkspaceFile:
    """A regular file of a workspace. `name` is relative with forward slashes; `size` in bytes."""

    name: str
    size: int


@dataclass(frozen=True)
class Workspace:
    """A folder to be read. What is not looked at is in `skipped`, with the reason, for the report to say.

    Symbolic links are not followed, whole: a link inside the folder that leads out must not be a way to read the
    machine, and one that stays inside would be read twice.
    """

    root: Path
    max_files: int = 20_000
    max_file_bytes: int = 2_000_000
    skipped: list[NotDone] = field(default_factory=list, compare=False)

    @cached_property
    def files(self) -> tuple[WorkspaceFile, ...]:
        """Every file that is looked at, sorted by name. Over-large files are listed too (`read` refuses them)."""
        found = sorted(self._walk(), key=lambda file: file.name)
        return tuple(found)

    def _walk(self) -> Iterator[WorkspaceFile]:
        count = 0
        for folder, folders, names in os.walk(self.root, followlinks=False):
            here = Path(folder)
            kept = []
            for name in sorted(folders):
                if name in SKIPPED_FOLDERS or name.endswith(".egg-info"):
                    continue
                if (here / name).is_symlink():
                    self._skip(f"{(here / name).relative_to(self.root).as_posix()}/", "a link; links are not followed")
                    continue
                kept.append(name)
            folders[:] = kept
            for name in sorted(names):
                path = here / name
                relative = path.relative_to(self.root).as_posix()
                try:
                    facts = path.lstat()
                except OSError:
                    self._skip(relative, "vanished while it was read")
                    continue
                if stat.S_ISLNK(facts.st_mode):
                    self._skip(relative, "a link; links are not followed")
                elif stat.S_ISREG(facts.st_mode):
                    count += 1
                    if count > self.max_files:
                        self._skip("the rest of the files", f"more than {self.max_files:,} files")
                        return
                    yield WorkspaceFile(relative, facts.st_size)

    def _skip(self, what: str, why: str) -> None:
        note = NotDone(what=what, why=why)
        if len(self.skipped) < 100 and note not in self.skipped:
            self.skipped.append(note)

    def path(self, name: str) -> Path:
        """The real path of a file. Raises `WorkspaceRefused` when it leads out, `NotFound` when it is absent."""
        asked = self.root / name
        real = asked.resolve()
        if not real.is_relative_to(self.root.resolve()):
            raise WorkspaceRefused(f"{name}: leads out of the workspace")
        if not real.is_file():
            raise NotFound(f"{name}: no such file in the workspace")
        return real

    def read_bytes(self, name: str, *, at_most: int | None = None) -> bytes | None:
        """The file's bytes, or None (and a note in `skipped`) when it is over the limit or unreadable.

        `at_most`: another limit than `max_file_bytes`, for what is not text that people wrote (tables).
        """
        path = self.path(name)
        limit = self.max_file_bytes if at_most is None else at_most
        try:
            if path.stat().st_size > limit:
                self._skip(name, f"larger than {limit:,} bytes")
                return None
            return path.read_bytes()
        except OSError as error:
            self._skip(name, f"could not be read ({error.strerror})")
            return None

    def read_text(self, name: str) -> str | None:
        """The file as UTF-8 text, or None (and a note) when it is binary, over the limit or unreadable."""
        data = self.read_bytes(name)
        if data is None:
            return None
        if b"\0" in data[:8192]:
            return None  # binary: not a text that was skipped
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            self._skip(name, "not UTF-8 text")
            return None

    def copy_to(self, target: Path) -> Path:
        """A private, writable copy of what is looked at. Raises `WorkspaceRefused` when it is over 1 GB."""
        total = sum(file.size for file in self.files)
        if total > 1_000_000_000:
            raise WorkspaceRefused(f"workspace {self.root}: {total:,} bytes are too many to copy (limit 1 GB)")
        target.mkdir(parents=True, exist_ok=True)
        for file in self.files:
            to = target / file.name
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.root / file.name, to, follow_symlinks=False)
            shutil.copymode(self.root / file.name, to, follow_symlinks=False)
        return target
