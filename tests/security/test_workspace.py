"""A workspace is what was admitted, and nothing beside it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from genesis.errors import NotFound, WorkspaceRefused
from genesis.security.workspace import Workspace, admit


@pytest.fixture
def roots(tmp_path: Path) -> tuple[Path, ...]:
    (tmp_path / "allowed" / "repo").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_text("top secret")
    return (tmp_path / "allowed",)


def test_a_folder_under_a_root_is_admitted(roots: tuple[Path, ...]) -> None:
    assert admit(roots[0] / "repo", roots) == (roots[0] / "repo").resolve()
    assert admit(roots[0], roots) == roots[0].resolve()


@pytest.mark.parametrize(
    "kind", ["outside", "dotdot", "link", "link_inside_path", "absent", "file", "relative", "nul", "loop", "prefix"]
)
def test_what_is_refused(roots: tuple[Path, ...], tmp_path: Path, kind: str) -> None:
    root = roots[0]
    (root / "link").symlink_to(tmp_path / "outside")
    (root / "loop").symlink_to(root / "loop")
    (root / "file").write_text("x")
    (tmp_path / "allowed-too").mkdir()
    path, says = {
        "outside": (str(tmp_path / "outside"), "outside the allowed roots"),
        "dotdot": (str(root / ".." / "outside"), "outside the allowed roots"),
        "link": (str(root / "link"), "outside the allowed roots"),
        "link_inside_path": (str(root / "link" / "deeper"), "outside the allowed roots"),
        "absent": (str(root / "absent"), "does not exist"),
        "file": (str(root / "file"), "not a folder"),
        "relative": ("repo", "absolute"),
        "nul": (str(root) + "/a\0b", "not a path"),
        "loop": (str(root / "loop"), "workspace"),
        "prefix": (str(tmp_path / "allowed-too"), "outside the allowed roots"),
    }[kind]
    with pytest.raises(WorkspaceRefused) as caught:
        admit(path, roots)
    assert says in caught.value.message


def test_an_unreadable_folder_is_refused() -> None:
    """In a child that is nobody: root reads everything, and CI is root."""
    root = Path(tempfile.mkdtemp(dir="/tmp"))
    (root / "repo").mkdir()
    root.chmod(0o755)
    (root / "repo").chmod(0)
    child = os.fork()
    if child == 0:
        if os.geteuid() == 0:
            os.setuid(65534)
        try:
            admit(root / "repo", (root,))
        except WorkspaceRefused as error:
            os._exit(0 if "not readable" in error.message else 3)
        finally:
            os._exit(4)
    _, status = os.waitpid(child, 0)
    (root / "repo").rmdir()
    root.rmdir()
    assert os.waitstatus_to_exitcode(status) == 0


def test_without_roots_nothing_is_admitted(roots: tuple[Path, ...]) -> None:
    with pytest.raises(WorkspaceRefused, match="GENESIS_WORKSPACES"):
        admit(roots[0], ())


def test_links_are_listed_as_skipped_and_never_read(roots: tuple[Path, ...], tmp_path: Path) -> None:
    repo = roots[0] / "repo"
    (repo / "a.txt").write_text("a")
    (repo / "leak.txt").symlink_to(tmp_path / "outside" / "secret.txt")
    (repo / "leaks").symlink_to(tmp_path / "outside")
    (repo / ".git").mkdir()
    (repo / ".git" / "config").write_text("x")
    workspace = Workspace(repo)
    assert [file.name for file in workspace.files] == ["a.txt"]
    assert {note.what for note in workspace.skipped} == {"leak.txt", "leaks/"}
    for name in ("leak.txt", "leaks/secret.txt", "../../outside/secret.txt", "/etc/passwd"):
        with pytest.raises(WorkspaceRefused):
            workspace.read_text(name)
    with pytest.raises(NotFound):
        workspace.read_text("absent.txt")
    copy = workspace.copy_to(tmp_path / "copy")
    assert sorted(path.name for path in copy.rglob("*")) == ["a.txt"]


def test_what_is_not_text_or_too_large_is_not_read_but_said(tmp_path: Path) -> None:
    (tmp_path / "binary.bin").write_bytes(b"\0\1\2")
    (tmp_path / "latin.txt").write_bytes("Käse".encode("latin-1"))
    (tmp_path / "large.txt").write_bytes(b"x" * 101)
    (tmp_path / "bom.txt").write_bytes(b"\xef\xbb\xbfhello")
    workspace = Workspace(tmp_path, max_file_bytes=100, max_files=3)
    assert [file.name for file in workspace.files] == ["binary.bin", "bom.txt", "large.txt"]
    assert workspace.read_text("binary.bin") is None
    assert workspace.read_text("latin.txt") is None
    assert workspace.read_text("large.txt") is None
    assert workspace.read_text("bom.txt") == "hello"
    said = {note.what: note.why for note in workspace.skipped}
    assert said["large.txt"] == "larger than 100 bytes"
    assert said["latin.txt"] == "not UTF-8 text"
    assert said["the rest of the files"] == "more than 3 files"
