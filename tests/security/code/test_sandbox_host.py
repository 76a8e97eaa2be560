"""What the sandbox does on hosts that differ: ordinary users, none of its kinds, one that does not hold."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import genesis
from genesis.errors import SandboxUnavailable
from genesis.security.code import sandbox
from genesis.security.code.isolation import KINDS
from tests.security.code.programs import inside

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")


@pytest.fixture
def for_everybody() -> Iterator[Path]:
    """A copy of the sandbox's code that an ordinary user can read: pytest's own folders are for their owner alone."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        source = Path(genesis.__file__).parent
        for part in ("__init__.py", "errors.py", "security/__init__.py", "security/code"):
            if (source / part).is_dir():
                shutil.copytree(source / part, root / "genesis" / part)
            else:
                (root / "genesis" / part).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source / part, root / "genesis" / part)
        shutil.copytree(Path(_sandlock()).parent, root / "sandlock")
        (root / "box").mkdir()
        (root / "box").chmod(0o777)
        root.chmod(0o755)
        yield root


def _sandlock() -> str:
    return str(pytest.importorskip("sandlock").__file__)


@pytest.mark.skipif(os.geteuid() != 0, reason="every other test already runs as an ordinary user")
def test_holds_for_an_ordinary_user_too(for_everybody: Path) -> None:
    python = f"/usr/bin/python3.{sys.version_info.minor}"
    if not Path(python).exists():
        pytest.skip(f"{python} is not there, and the interpreter of the tests is root's alone")
    driver = """
import asyncio, os, sys
from pathlib import Path
from genesis.security.code import sandbox
from genesis.security.code.isolation import KINDS, present
async def main():
    assert os.geteuid() == 65534
    for kind in KINDS:
        why = await sandbox.unfit(kind)
        forks = "import os, time\\nwhile True:\\n    if os.fork() == 0: time.sleep(30)"
        if why is None:
            ran = await sandbox.run([sys.executable, "-c", forks], folder=Path(sys.argv[1]), seconds=10, memory_mb=200,
                processes=16, output_bytes=10_000, kind=kind)
            why = "bounded" if ran.exit_code == 1 and b"BlockingIOError" in ran.stderr else str(ran)
        print(kind, why if present(kind) else "absent")
asyncio.run(main())
"""
    done = subprocess.run(
        [python, "-c", driver, str(for_everybody / "box")],
        capture_output=True,
        text=True,
        timeout=100,
        user=65534,
        group=65534,
        extra_groups=[],
        cwd="/",
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(for_everybody)},
    )
    answers = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert set(answers) == set(KINDS) and set(answers.values()) <= {"bounded", "absent"}, (answers, done.stderr[-2000:])


def test_where_nothing_holds_nothing_runs(tmp_path: Path) -> None:
    driver = f"""
import asyncio, sys
sys.modules["sandlock"] = None
from pathlib import Path
from genesis.errors import SandboxUnavailable
from genesis.security.code import sandbox
try:
    asyncio.run(sandbox.run([sys.executable, "-c", "open('ran', 'w')"], folder=Path({str(tmp_path)!r}), seconds=5,
        memory_mb=200, processes=16, output_bytes=1000))
except SandboxUnavailable as error:
    print(error.message)
"""
    source = str(Path(genesis.__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", driver], capture_output=True, text=True, env={"PATH": "", "PYTHONPATH": source}
    )
    assert "foreign code is not run" in done.stdout and "install bubblewrap" in done.stdout, done
    assert list(tmp_path.iterdir()) == []


async def test_a_kind_that_does_not_hold_is_refused(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A `bwrap` that isolates nothing, first on the PATH: whatever its version says, the probe sees through it."""
    fake = tmp_path / "bin" / "bwrap"
    fake.parent.mkdir()
    fake.write_text('#!/bin/sh\nwhile [ "$1" != "--" ]; do shift; done\nshift\nexec "$@"\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(fake.parent), prepend=os.pathsep)
    monkeypatch.setattr(sandbox, "_unfit", {})
    why = await sandbox.unfit("bubblewrap")
    assert why is not None and "reads a file outside" in why and "writes outside" in why
    with pytest.raises(SandboxUnavailable, match="does not hold"):
        await inside("bubblewrap", folder, "print('ran')")
