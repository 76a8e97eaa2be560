"""Putting a version out: the same bytes for the same files, once per key, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import random
import tarfile
from pathlib import Path

import pytest

from genesis.clock import SystemClock
from genesis.errors import Conflict, NeedsMissing, StorageFailed
from genesis.security.workspace import Workspace
from genesis.tools.publish_release import PublishReleaseInput, PublishReleaseOutput, publish_release
from genesis.tools.tool import ToolContext

GIVEN = PublishReleaseInput(name="shop", version="1.2.0", notes="# shop\n")
count = 0


async def put(tmp_path: Path, workspace: Path, key: str, given: PublishReleaseInput = GIVEN) -> PublishReleaseOutput:
    global count
    count += 1
    scratch = tmp_path / f"scratch{count}"
    scratch.mkdir()
    context = ToolContext(Workspace(workspace), scratch, key, SystemClock(), tmp_path / "out")
    return await publish_release.run(given, context)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    rng = random.Random(4)
    folder = tmp_path / "w"
    for number in range(8):
        path = folder / rng.choice(["a", "b/c", "."]) / f"f{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(rng.randbytes(200))
    (folder / "run").write_text("#!/bin/sh\n")
    (folder / "run").chmod(0o700)
    (folder / ".env").write_text("KEY=" + rng.randbytes(8).hex())
    return folder


async def test_the_archive_is_the_same_to_the_byte_whenever_and_wherever_it_is_made(
    tmp_path: Path, workspace: Path
) -> None:
    first = await put(tmp_path, workspace, "k1")
    moved = tmp_path / "elsewhere"
    workspace.rename(moved)
    for path in moved.rglob("*"):
        path.touch()
    (tmp_path / "out").rename(tmp_path / "out-before")
    second = await put(tmp_path, moved, "k2")
    assert first.sha256 == second.sha256
    data = (tmp_path / "out" / second.folder / second.archive).read_bytes()
    assert hashlib.sha256(data).hexdigest() == second.sha256
    with tarfile.open(tmp_path / "out" / second.folder / second.archive) as tar:
        names = tar.getnames()
        assert names == sorted(names) and {one.mtime for one in tar} == {315_532_800}
        assert {name.removeprefix("shop-1.2.0/") for name in names} == {
            path.relative_to(moved).as_posix() for path in moved.rglob("*") if path.is_file() and path.name != ".env"
        }
        assert tar.getmember("shop-1.2.0/run").mode == 0o755
    assert second.left_out == (".env",)


async def test_one_key_is_one_release_even_if_the_files_changed_meanwhile(tmp_path: Path, workspace: Path) -> None:
    first = await put(tmp_path, workspace, "run-1/t1#1")
    (workspace / "more.txt").write_text("more")
    again = await put(tmp_path, workspace, "run-1/t1#1")
    assert again == first.model_copy(update={"again": True})
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["shop-1.2.0"]


async def test_a_version_never_changes(tmp_path: Path, workspace: Path) -> None:
    first = await put(tmp_path, workspace, "k1")
    assert (await put(tmp_path, workspace, "k2")).again
    (workspace / "more.txt").write_text("more")
    with pytest.raises(Conflict, match="other content"):
        await put(tmp_path, workspace, "k3")
    stored = json.loads((tmp_path / "out" / "shop-1.2.0" / "release.json").read_text())
    assert stored["release"]["sha256"] == first.sha256 and stored["key"] == "k1"


async def test_what_was_left_by_a_killed_try_is_cleared_and_nothing_half_is_seen(
    tmp_path: Path, workspace: Path
) -> None:
    digest = hashlib.sha256(b"k1").hexdigest()[:16]
    left = tmp_path / "out" / f".shop-1.2.0.{digest}"
    left.mkdir(parents=True)
    (left / "half").write_text("half")
    await put(tmp_path, workspace, "k1")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["shop-1.2.0"]
    assert sorted(path.name for path in (tmp_path / "out" / "shop-1.2.0").iterdir()) == [
        "RELEASE.md", "SHA256SUMS", "release.json", "shop-1.2.0.tar.gz"
    ]  # fmt: skip


async def test_something_else_in_its_place_is_not_touched(tmp_path: Path, workspace: Path) -> None:
    (tmp_path / "out" / "shop-1.2.0").mkdir(parents=True)
    (tmp_path / "out" / "shop-1.2.0" / "mine").write_text("mine")
    with pytest.raises(Conflict, match="no release of ours"):
        await put(tmp_path, workspace, "k1")
    assert (tmp_path / "out" / "shop-1.2.0" / "mine").read_text() == "mine"


async def test_a_releases_folder_that_cannot_be_written_puts_nothing_out(tmp_path: Path, workspace: Path) -> None:
    (tmp_path / "out").write_text("a file stands here")
    with pytest.raises(StorageFailed, match="nothing was put out"):
        await put(tmp_path, workspace, "k1")


async def test_without_a_releases_folder_nothing_is_placed(tmp_path: Path, workspace: Path) -> None:
    context = ToolContext(Workspace(workspace), tmp_path, "k", SystemClock(), None)
    with pytest.raises(NeedsMissing, match="releases folder"):
        await publish_release.run(GIVEN, context)


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden"])
def test_a_name_or_version_cannot_lead_out(name: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        PublishReleaseInput(name=name, version="1", notes="")
    with pytest.raises(ValueError, match="pattern"):
        PublishReleaseInput(name="x", version=name, notes="")
