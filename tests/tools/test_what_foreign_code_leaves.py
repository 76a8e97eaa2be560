"""Foreign code is over when its results are read, but the links and pipes that it left are not."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from genesis.clock import SystemClock
from genesis.errors import SandboxUnavailable
from genesis.security.code import left, sandbox
from genesis.security.workspace import Workspace
from genesis.tools.build_package import BuildPackageInput, build_package
from genesis.tools.run_tests import RunTestsInput, run_tests
from genesis.tools.tool import ToolContext


@pytest.fixture
async def context(tmp_path: Path) -> ToolContext:
    try:
        await sandbox.best()
    except SandboxUnavailable as error:
        pytest.skip(error.message)
    (tmp_path / "w").mkdir()
    (tmp_path / "scratch").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "canary").write_text("canary of the host\n")
    return ToolContext(workspace=Workspace(tmp_path / "w"), scratch=tmp_path / "scratch", key="k", clock=SystemClock())


def write(tmp_path: Path, **files: str) -> None:
    for name, text in files.items():
        file = tmp_path / "w" / name.replace("__", ".")
        file.write_text(textwrap.dedent(text).replace("OUTSIDE", str(tmp_path / "outside")))


PROJECT = """
    [build-system]
    requires = []
    build-backend = "own"
    backend-path = ["."]
    [project]
    name = "a"
    version = "1"
"""
BACKEND = """
    import json, os
    def build_wheel(folder, *_):
        box = os.path.dirname(folder)
        os.rmdir(folder)
        os.symlink("OUTSIDE", folder)
        MORE
        return "canary"
    build_sdist = build_wheel
"""


async def test_a_backend_cannot_have_a_file_of_the_host_taken_for_its_wheel(
    context: ToolContext, tmp_path: Path
) -> None:
    write(tmp_path, pyproject__toml=PROJECT, own__py=BACKEND.replace("MORE", "pass"))
    output = await build_package.run(BuildPackageInput(), context)
    assert (context.scratch / "box" / "out").is_symlink(), "it did leave the link"
    assert output.built == ()


async def test_a_backend_cannot_make_us_wait_for_a_pipe(context: ToolContext, tmp_path: Path) -> None:
    pipe = "os.mkfifo(box + '/told.json'); os._exit(0)"
    write(tmp_path, pyproject__toml=PROJECT, own__py=BACKEND.replace("MORE", pipe))
    output = await build_package.run(BuildPackageInput(), context)
    assert output.built == () and output.errors


async def test_a_test_cannot_have_a_line_of_the_host_quoted(context: ToolContext, tmp_path: Path) -> None:
    (tmp_path / "outside" / "helper.py").write_text("canary of the host\n" * 5)
    write(
        tmp_path,
        helper__py="def fails():\n    assert False\n",
        test_a__py="import helper\ndef test_fails():\n    helper.fails()\n",
        conftest__py="""
            import os
            def pytest_unconfigure():
                here = os.path.dirname(__file__)
                os.rename(here, here + "-before")
                os.symlink("OUTSIDE", here)
        """,
    )
    output = await run_tests.run(RunTestsInput(), context)
    assert (context.scratch / "box" / "workspace").is_symlink(), "it did leave the link"
    assert [(case.status, case.cause) for case in output.cases] == [("failed", ("helper.py", 2))]
    assert "canary of the host" not in output.model_dump_json()


def test_only_a_regular_file_below_the_folder_is_opened(tmp_path: Path) -> None:
    box, outside = tmp_path / "box", tmp_path / "outside"
    (box / "in").mkdir(parents=True)
    outside.mkdir()
    (outside / "file").write_text("x")
    (box / "in" / "file").write_text("y" * 10)
    (box / "link").symlink_to(outside)
    (box / "file").symlink_to(outside / "file")
    os.mkfifo(box / "pipe")
    assert left.read(box, "in/file", 10) == b"y" * 10
    assert left.read(box, "in/file", 9) is None
    for name in ("link/file", "file", "pipe", "in", "absent", "../outside/file", f"{outside}/file", "", ".", "a\0b"):
        assert left.read(box, name, 10) is None, name


def test_folders_within_folders_are_removed(tmp_path: Path) -> None:
    box, outside = tmp_path / "box", tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("x")
    program = """
import os
os.mkdir('wide')
for n in range(50):
    os.mkdir(f'wide/{n}')
    open(f'wide/{n}/file', 'w').close()
os.symlink(OUTSIDE, 'wide/link')
for _ in range(3000):
    os.mkdir('d'); os.symlink(OUTSIDE, 'link'); os.chdir('d')
os.mkdir('closed', 0)
""".replace("OUTSIDE", repr(str(outside)))
    box.mkdir()
    subprocess.run([sys.executable, "-c", program], cwd=box, check=True)
    left.remove(box)  # shutil.rmtree raises RecursionError here
    assert not box.exists() and (outside / "file").read_text() == "x"
    (tmp_path / "link").symlink_to(outside)
    left.remove(tmp_path / "link")
    left.remove(tmp_path / "absent")
    assert (outside / "file").exists()
