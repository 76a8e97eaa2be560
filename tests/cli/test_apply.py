"""`genesis runs apply`: what a run hands back as a patch reaches the workspace only when a person says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from genesis.cli.background import background
from genesis.cli.client import service
from genesis.cli.runs import command
from genesis.errors import Conflict
from genesis.settings import load

CARD = """\
name: mender
title: Mender
description: Mends.
task_types:
  - {name: mend, description: Mends a greeting, needs: [workspace], gives: [code]}
"""
WORK = '''\
from genesis import Result
PATCH = """\\
--- a/hello.txt
+++ b/hello.txt
@@ -1 +1 @@
-helo
+hello
"""
async def work(task, tools):
    if "nothing" in task.goal:
        return Result(summary="Nothing to mend.")
    return Result(summary="Mended.", artifacts=(tools.artifact("changes.patch", "text/x-diff", PATCH),))
'''


@pytest.fixture
def target(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "home" / "agents" / "mender"
    folder.mkdir(parents=True)
    (folder / "agent.yaml").write_text(CARD)
    (folder / "work.py").write_text(WORK)
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "hello.txt").write_text("helo\n")
    environment = {"GENESIS_HOME": str(tmp_path / "home"), "GENESIS_PORT": "0", "GENESIS_WORKSPACES": str(tmp_path)}
    with background(load(environment), environment) as url:
        yield url


def done(target: str, folder: Path, text: str = "Mend it") -> str:
    body = {"description": text, "agent": "mender", "workspace": str(folder), "wait_s": 60}
    with service(target) as there:
        return str(there.json("POST", "/task", json=body)["task_id"])


def test_a_patch_is_applied_once_it_is_approved_and_never_before(target: str, tmp_path: Path) -> None:
    run = done(target, tmp_path / "here")
    file = tmp_path / "here" / "hello.txt"
    assert file.read_text() == "helo\n"
    asked = ["apply", run, "--target", target]
    refused = CliRunner().invoke(command, asked, input="n\n")
    assert refused.exit_code == 1
    assert "+hello" in refused.output
    assert file.read_text() == "helo\n"
    approved = CliRunner().invoke(command, asked, input="y\n")
    assert approved.exit_code == 0, approved.output
    assert file.read_text() == "hello\n"
    again = CliRunner().invoke(command, [*asked, "--yes"])
    assert isinstance(again.exception, Conflict)
    assert file.read_text() == "hello\n"


def test_a_run_without_changes_says_so(target: str, tmp_path: Path) -> None:
    run = done(target, tmp_path / "here", "There is nothing to do")
    outcome = CliRunner().invoke(command, ["apply", run, "--yes", "--target", target])
    assert "handed no changes back" in str(outcome.exception)
