"""Patches round-trip through our own `apply`, through git and through patch(1); the bad ones change nothing."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from genesis.errors import Conflict, GenesisError, RequestInvalid, StorageFailed, WorkspaceRefused
from genesis.tools import patch

NAMES = [
    "a.txt",
    "b c.txt",
    "deep/er/x.py",
    "uml-\N{LATIN SMALL LETTER U WITH DIAERESIS}.md",
    'quo"te',
    "run.sh",
    "empty",
]
ENDS = ["\n", "\r\n", "\x0c\n"]


def tree(folder: Path) -> dict[str, tuple[bytes, bool]]:
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), os.access(path, os.X_OK))
        for path in folder.rglob("*")
        if path.is_file()
    }


def lines(dice: random.Random) -> bytes:
    count = dice.choice([0, 1, 5, 40])
    text = "".join(f"{dice.choice('abcde')} line {dice.randrange(9)}{dice.choice(ENDS)}" for _ in range(count))
    return (text if dice.random() < 0.7 else text + "no end").encode() + (b"\xff\n" if dice.random() < 0.2 else b"")


def edited(content: bytes, dice: random.Random) -> bytes:
    parts = content.split(b"\n")
    for _ in range(dice.randrange(4)):
        at = dice.randrange(len(parts))
        if dice.random() < 0.5:
            parts.insert(at, b"new")
        elif len(parts) > 1:
            parts.pop(at)
    return b"\n".join(parts)


def two(root: Path, dice: random.Random) -> tuple[Path, Path]:
    before, after = root / "before", root / "after"
    before.mkdir()
    for name in NAMES:
        if dice.random() < 0.7:
            (before / name).parent.mkdir(parents=True, exist_ok=True)
            (before / name).write_bytes(lines(dice))
            (before / name).chmod(dice.choice([0o644, 0o755]))
    shutil.copytree(before, after)
    for name in NAMES:
        path = after / name
        if path.exists():
            if dice.random() < 0.3:
                path.unlink()
            else:
                path.write_bytes(edited(path.read_bytes(), dice))
        elif dice.random() < 0.6:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(lines(dice))
            path.chmod(dice.choice([0o644, 0o755]))
    return before, after


@pytest.mark.parametrize("seed", range(25))
def test_a_patch_carries_one_folder_into_another(tmp_path: Path, seed: int) -> None:
    before, after = two(tmp_path, random.Random(seed))
    made = patch.diff(before, after)
    expected = tree(after)
    assert set(made.files) == {
        name for name in tree(before).keys() | expected.keys() if tree(before).get(name) != expected.get(name)
    }
    if not made.files:
        assert made.text == b""
        return
    for_git = tmp_path / "git"
    shutil.copytree(before, for_git)
    (tmp_path / "changes.patch").write_bytes(made.text)
    assert patch.apply(made.text, before) == made.files
    assert tree(before) == expected
    if shutil.which("git"):
        command = ["git", "apply", "--unsafe-paths", f"--directory={for_git.name}", "changes.patch"]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
        assert tree(for_git) == expected


@pytest.mark.skipif(shutil.which("patch") is None, reason="patch(1) is not here")
def test_patch_1_takes_it(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    for folder, text in ((before, "one\ntwo\n"), (after, "one\n2\nno end")):
        folder.mkdir()
        (folder / "b c.txt").write_text(text)
    made = patch.diff(before, after).text
    subprocess.run(["patch", "-p1"], input=made, cwd=before, check=True, capture_output=True)
    assert tree(before) == tree(after)


def test_binary_files_are_left_out_and_named(tmp_path: Path) -> None:
    for folder, content in (("before", b"\0a"), ("after", b"\0b")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "image").write_bytes(content)
    assert patch.diff(tmp_path / "before", tmp_path / "after") == patch.Patch(b"", (), ("image",))


def change(name: str, old: str = "one", new: str = "two") -> bytes:
    return f"--- a/{name}\n+++ b/{name}\n@@ -1 +1 @@\n-{old}\n+{new}\n".encode()


def create(name: str) -> bytes:
    return f"--- /dev/null\n+++ b/{name}\n@@ -0,0 +1 @@\n+x\n".encode()


BAD: dict[str, tuple[bytes, type[GenesisError]]] = {
    "out by dots": (create("../out"), WorkspaceRefused),
    "out by dots inside": (create("sub/../../out"), WorkspaceRefused),
    "absolute": (create("/tmp/out"), WorkspaceRefused),
    "through a link": (create("link/out"), WorkspaceRefused),
    "onto a link": (change("linked"), WorkspaceRefused),
    "into version control": (create(".git/hooks/pre-commit"), WorkspaceRefused),
    "into version control, other case": (create("sub/.GIT/config"), WorkspaceRefused),
    "makes a link": (
        b"diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc\n",
        WorkspaceRefused,
    ),
    "another file now": (change("file", old="other"), Conflict),
    "another place": (b"--- a/file\n+++ b/file\n@@ -2 +2 @@\n-one\n+two\n", Conflict),
    "not there": (change("absent"), Conflict),
    "already there": (create("file"), Conflict),
    "a folder": (change("sub"), Conflict),
    "below a file": (create("file/x"), Conflict),
    "deletes more than it knows": (b"--- a/long\n+++ /dev/null\n@@ -1 +0,0 @@\n-one\n", Conflict),
    "renames": (b"--- a/file\n+++ b/other\n@@ -1 +1 @@\n-one\n+two\n", RequestInvalid),
    "rename by header": (b"diff --git a/file b/f2\nrename from file\nrename to f2\n", RequestInvalid),
    "too few lines": (b"--- a/file\n+++ b/file\n@@ -1,3 +1 @@\n-one\n+two\n", RequestInvalid),
    "too many lines": (change("file") + b"+three\n", RequestInvalid),
    "twice": (change("file") + change("file", "two", "three"), RequestInvalid),
    "no prefix": (b"--- file\n+++ file\n@@ -1 +1 @@\n-one\n+two\n", RequestInvalid),
    "no second name": (b"--- a/file\n@@ -1 +1 @@\n-one\n+two\n", RequestInvalid),
    "binary": (b"diff --git a/file b/file\nGIT binary patch\nliteral 1\n", RequestInvalid),
    "too long a name": (create("z" * 300), RequestInvalid),
    "prose": (b"please change the file\n", RequestInvalid),
    "noise": (bytes(range(256)), RequestInvalid),
    "too large": (b" " * 20_000_001, RequestInvalid),
}


def test_an_empty_patch_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestInvalid, match="changes no file"):
        patch.apply(b"", tmp_path)


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("good_first", [False, True])
def test_a_bad_patch_changes_nothing(tmp_path: Path, name: str, good_first: bool) -> None:
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    (tmp_path / "beyond").mkdir()
    (tmp_path / "beyond" / "file").write_text("one\n")
    (folder / "file").write_text("one\n")
    (folder / "long").write_text("one\nmore\n")
    (folder / "link").symlink_to(tmp_path / "beyond")
    (folder / "linked").symlink_to(tmp_path / "beyond" / "file")
    before = tree(tmp_path)
    text, error = BAD[name]
    with pytest.raises(error):
        patch.apply((create("good") if good_first else b"") + text, folder)
    assert tree(tmp_path) == before
    assert patch.apply(create("good"), folder) == ("good",), "a good one does change something"


def test_a_failure_while_writing_is_undone(tmp_path: Path) -> None:
    """Two files that cannot both be: each is good by itself, so only the writing finds out."""
    (tmp_path / "first").write_text("one\n")
    with pytest.raises(StorageFailed, match="undone"):
        patch.apply(change("first") + create("new/x") + create("x") + create("x/y"), tmp_path)
    assert tree(tmp_path) == {"first": (b"one\n", False)}
    assert not (tmp_path / "new").exists()
