"""Two services: one asks an agent of the other, as any A2A agent. Killed, stopped, canceled, down."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import Box, Up

Eventually = Callable[[Callable[[], bool]], None]

CARD = """\
name: gate
title: Gate
description: Waits at the gate.
task_types:
  - {name: pass_by, description: Passes, gives: [answer]}
  - {name: wait_there, description: Waits until the gate is open, gives: [answer]}
examples:
  - {request: Please wait at the gate until it opens, plan: {gate.wait_there: []}}
"""
WORK = """\
import asyncio
from genesis import Result
async def work(task, tools):
    home = tools.store.folder.parent
    with (home / "worked").open("a") as out:
        out.write(task.type + "\\n")
    while not (home / "open").exists():
        await asyncio.sleep(0.02)
    return Result(summary="It opened.", artifacts=(tools.artifact("pass.bin", "image/png", bytes(100_000)),))
"""


@dataclass
class Pair:
    """`near` has the agent `far_gate`, which is `gate` of the service at `there`."""

    near: Box
    far: Box
    there: Up

    def worked(self) -> list[str]:
        file = self.far.home / "worked"
        return file.read_text().split() if file.exists() else []

    def open(self) -> None:
        (self.far.home / "open").touch()


@pytest.fixture
def pair(box: Box, tmp_path: Path) -> Iterator[Pair]:
    far = Box(tmp_path / "far", tmp_path / "roots")
    folder = far.home / "agents" / "gate"
    folder.mkdir(parents=True)
    (folder / "agent.yaml").write_text(CARD)
    (folder / "work.py").write_text(WORK)
    there = far.up()
    added = box.call("agents", "add", f"{there.url}/agents/gate", "--name", "far_gate")
    assert added.returncode == 0, added.stderr
    yield Pair(box, far, there)
    for up in far.started:
        if up.process.poll() is None:
            up.end(signal.SIGKILL)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_process_that_ends_and_starts_again_does_not_do_the_work_twice(
    pair: Pair, eventually: Eventually, how: signal.Signals
) -> None:
    first = pair.near.up()
    first.http.post("/task", json={"description": "Please wait at the gate until it opens", "task_id": "w"})
    eventually(lambda: pair.worked() == ["wait_there"])
    first.end(how)
    again = pair.near.up()
    eventually(lambda: again.http.get("/task/w").json()["status"] == "working")
    pair.open()
    eventually(lambda: again.http.get("/task/w").json()["status"] == "completed")
    assert pair.worked() == ["wait_there"]
    [run] = pair.there.http.get("/task").json()["tasks"]
    assert run["status"] == "completed"
    done = again.http.get("/task/w").json()
    assert done["summary"].startswith("Gate says: It opened.")
    [made] = done["artifacts"]
    assert made["name"] == "far_gate-pass.bin"
    assert again.http.get(made["url"]).content == bytes(100_000)
    assert pair.there.http.get(f"/task/{run['task_id']}").json()["correlation_id"] == done["correlation_id"]


def test_a_cancel_goes_out(pair: Pair, eventually: Eventually) -> None:
    near = pair.near.up()
    near.http.post("/task", json={"description": "Pass", "agent": "far_gate", "task_id": "c"})
    eventually(lambda: pair.worked() == ["pass_by"])
    near.http.delete("/task/c")
    eventually(lambda: near.http.get("/task/c").json()["status"] == "canceled")
    [run] = pair.there.http.get("/task").json()["tasks"]
    eventually(
        lambda: pair.there.http.get(f"/task/{run['task_id']}").json()["status"] in {"canceled", "completed", "failed"}
    )
    assert pair.there.http.get(f"/task/{run['task_id']}").json()["status"] == "canceled"


def test_an_agent_that_is_down_is_asked_again_and_then_it_is_said(pair: Pair, eventually: Eventually) -> None:
    pair.there.end(signal.SIGKILL)
    near = pair.near.up()
    near.http.post("/task", json={"description": "Pass", "agent": "far_gate", "task_id": "d"})
    eventually(lambda: near.http.get("/task/d").json()["status"] == "failed")
    run = near.http.get("/task/d").json()
    assert (run["error"]["category"], run["error"]["code"]) == ("network", "NETWORK_FAILED")
    assert run["tasks"][0]["attempts"] == 4
    assert "is the agent up?" in run["error"]["message"]


def test_production_asks_no_private_address(pair: Pair) -> None:
    refused = pair.near.call(
        "agents", "add", f"{pair.there.url}/agents/gate", "--name", "again", GENESIS_PROFILE="production"
    )
    assert (refused.returncode, "only profile dev asks those" in refused.stderr) == (1, True)
    taken = pair.near.call("agents", "add", f"{pair.there.url}/agents/gate", "--name", "far_gate")
    assert (taken.returncode, "is here already" in taken.stderr) == (1, True)
    shown = httpx.get(f"{pair.near.up().url}/agents/far_gate", trust_env=False).json()
    assert shown["remote"] == f"{pair.there.url}/agents/gate"
