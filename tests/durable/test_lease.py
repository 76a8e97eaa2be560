"""One serving process per home, with real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from genesis.durable.lease import HomeLock, owner
from genesis.errors import HomeInUse

HOLD = """
import sys, time
from pathlib import Path
from genesis.durable.lease import HomeLock
lock = HomeLock(Path(sys.argv[1]))
lock.take("127.0.0.1:4711")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_process_is_refused_by_name_and_a_kill_frees_the_home(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None and holder.stdin is not None
    with holder:
        assert holder.stdout.readline() == "held\n"
        assert owner(tmp_path) == (holder.pid, "127.0.0.1:4711")
        with pytest.raises(HomeInUse, match=rf"process {holder.pid} \(127\.0\.0\.1:4711\)"):
            HomeLock(tmp_path).take("here")
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert owner(tmp_path) is None
    lock = HomeLock(tmp_path)
    lock.take("here")
    assert (tmp_path / "serving.lock").stat().st_mode & 0o777 == 0o600
    lock.announce("127.0.0.1:1")
    lock.release()
    lock.release()
    HomeLock(tmp_path).take("again")


def test_the_same_process_is_refused_too(tmp_path: Path) -> None:
    lock = HomeLock(tmp_path)
    lock.take("first")
    with pytest.raises(HomeInUse, match=str(os.getpid())):
        HomeLock(tmp_path).take("second")
    lock.release()


def test_nobody_owns_a_home_that_never_was(tmp_path: Path) -> None:
    assert owner(tmp_path / "nowhere") is None
