"""A throwaway environment: from a folder of wheels that the test makes; bounded, and wheels only."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from genesis.clock import SystemClock
from genesis.security.workspace import Workspace
from genesis.tools.install_requirements import (
    InstallRequirementsInput,
    InstallRequirementsOutput,
    install_requirements,
)
from genesis.tools.python_project.environment import choose
from genesis.tools.python_project.pip import TooLarge, bounded
from genesis.tools.repository.requirement_files import parse
from genesis.tools.repository.wanted import locked, select
from genesis.tools.tool import ToolContext
from tests.tools.wheels import project, wheel


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels, and pip told to look nowhere else."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


async def build(tmp_path: Path, root: Path, **given: object) -> InstallRequirementsOutput:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    context = ToolContext(workspace=Workspace(root), scratch=scratch, key="k", clock=SystemClock())
    return await install_requirements.run(InstallRequirementsInput.model_validate(given), context)


async def test_it_has_what_the_workspace_declares_and_nothing_of_it_ran_here(tmp_path: Path, wheels: Path) -> None:
    ran = tmp_path / "ran"
    trap = {"trap.pth": f"import pathlib; pathlib.Path({str(ran)!r}).touch()\n"}
    wheel(wheels, "stamps", "1.5", "def worth():\n    return 21\n", **trap)
    wheel(wheels, "stamps", "2.0", "def worth():\n    return 20\n")
    root = project(tmp_path, "stamps<2", "paperclip", "glue @ https://glue.example/glue.whl")
    output = await build(tmp_path, root)
    assert output.installed == ("stamps 1.5",)
    assert output.asked == (("stamps<2", "pyproject.toml", 4),)
    assert {note.what for note in output.not_done} == {"installing paperclip", "installing glue"}
    assert not ran.exists()


async def test_a_source_distribution_is_not_built(tmp_path: Path, wheels: Path) -> None:
    (wheels / "stamps-1.5.tar.gz").write_bytes(b"")
    output = await build(tmp_path, project(tmp_path, "stamps"))
    assert output.installed == ()
    assert any(note.what == "installing stamps" and "no wheel" in note.why for note in output.not_done)


async def test_it_is_bounded_in_time_and_size(tmp_path: Path, wheels: Path) -> None:
    wheel(wheels, "stamps", "1.5", "x = 1\n" + "#" * 3_000_000)
    root = project(tmp_path, "stamps")
    slow = await build(tmp_path / "wheels", root, seconds=0.2)
    assert (slow.folder, "longer than 0.2 s" in slow.not_done[-1].why) == (None, True)
    large = await build(tmp_path, root, max_bytes=2_000_000)
    assert (large.folder, "over 2,000,000 bytes" in large.not_done[-1].why) == (None, True)


def test_only_what_tests_need_is_asked_for() -> None:
    declared = [
        parse("click>=8; python_version >= '3'", "pyproject.toml", 1, "runtime"),
        parse("pytest", "pyproject.toml", 2, "dev", "tests"),
        parse("sphinx", "pyproject.toml", 3, "dev", "docs"),
        parse("blinker[x]", "requirements.txt", 1, "deploy"),
        parse("deep", "examples/a/requirements.txt", 1, "deploy"),
    ]
    found, _ = select([one for one in declared if one is not None])
    assert {name: text for name, (text, _) in found.items()} == {
        "click": 'click>=8; python_version >= "3"',
        "blinker": "blinker[x]",
        "pytest": "pytest",
    }


def test_versions_of_the_lock_are_taken_where_they_are_one(tmp_path: Path) -> None:
    lock = '[[package]]\nname = "{}"\nversion = "{}"\n'
    fork = '[[package]]\nname = "{}"\nversion = "{}"\nresolution-markers = ["python_version {} \'3\'"]\n'
    text = lock.format("a", "1") + lock.format("b", "1") + lock.format("b", "2") + lock.format("--evil", "1")
    text += fork.format("c", "1", "<") + fork.format("c", "2", ">=")
    (tmp_path / "uv.lock").write_text(text)
    assert locked(Workspace(tmp_path), ["uv.lock", "Cargo.lock"]) == {"a": "1", "c": "2"}


async def test_what_grows_while_it_is_made_is_stopped(tmp_path: Path) -> None:
    grow = "import time; open('big', 'wb').write(bytes(5_000_000)); time.sleep(600)"
    with pytest.raises(TooLarge):
        await bounded((sys.executable, "-c", grow), tmp_path, 60.0, 4_000_000, {})


def test_an_environment_with_a_pytest_of_its_own_is_not_lent_another(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "e"], check=True)
    [packages] = (tmp_path / "e").glob("lib/python3*/site-packages")
    for name in ("pytest", "_pytest"):
        (packages / name).mkdir()
    (tmp_path / "s").mkdir()
    chosen = choose(tmp_path, tmp_path / "s", tmp_path / "e")
    assert chosen.lent is not None
    lent = {one.name for one in chosen.lent.iterdir()}
    assert "coverage" in lent
    assert not {"pytest", "_pytest"} & lent
