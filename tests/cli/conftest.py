"""`genesis` as a process of its own, the way a person runs it."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.service import fleet

COMMAND = [sys.executable, "-c", "from genesis.cli.main import main; main()"]


def environment(home: Path, **more: str) -> dict[str, str]:
    """No setting of the person who runs the tests gets in."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GENESIS_")}
    return kept | {"GENESIS_HOME": str(home), "PYTHONWARNINGS": "error"} | more


@dataclass
class Up:
    """A `genesis up` that is up. Its stderr goes to `log`."""

    process: subprocess.Popen[str]
    url: str
    log: Path
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.url, timeout=30, trust_env=False)

    def end(self, how: signal.Signals) -> int:
        """Sends the signal and waits for the end."""
        self.process.send_signal(how)
        return self.wait()

    def wait(self) -> int:
        """Waits for the end."""
        self.http.close()
        code = self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@dataclass
class Box:
    """A home and a root for workspaces."""

    home: Path
    root: Path
    started: list[Up] = field(default_factory=list)

    def call(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Runs `genesis ARGUMENTS` to its end."""
        return subprocess.run(
            [*COMMAND, *arguments], env=environment(self.home, **more), capture_output=True, text=True, timeout=60
        )

    def up(self, *arguments: str, **more: str) -> Up:
        """Starts `genesis up` on a free port and returns when it says that it serves."""
        log = self.home.parent / f"log-{len(self.started)}.jsonl"
        with log.open("w") as stderr:
            process = subprocess.Popen(
                [*COMMAND, "up", "--port", "0", "--workspaces", str(self.root), *arguments],
                env=environment(self.home, **more), stdout=subprocess.PIPE, stderr=stderr, text=True,
            )  # fmt: skip
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], 60)
        line = process.stdout.readline() if ready else ""
        found = re.search(r"http://\S+", line)
        if found is None:
            process.kill()
            process.wait()
            process.stdout.close()
            raise AssertionError(f"genesis up said {line!r} and {log.read_text()}")
        up = Up(process, found.group(), log)
        self.started.append(up)
        return up


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    """A home with the tests' fleet in it; every service started in it is ended."""
    made = Box(tmp_path / "home", tmp_path / "roots")
    made.root.mkdir()
    fleet.write(made.home)
    yield made
    for up in made.started:
        if up.process.poll() is None:
            up.process.kill()
        up.wait()


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """`eventually(lambda: ...)`: returns when it is so; fails after 30 s."""

    def wait(so: Callable[[], bool]) -> None:
        end = time.monotonic() + 30
        while not so():
            assert time.monotonic() < end, "it never was so"
            time.sleep(0.02)

    return wait
