"""`genesis run` and `genesis plan` as a person calls them: real processes, a real home, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CARD = """\
name: counter
title: Counter
description: Counts the files of a workspace by their ending.
task_types:
  - {name: count_files, description: Counts files, needs: [workspace], gives: [analysis]}
"""
WORK = """\
from genesis import Fact, NeedsMissing, Result, Source
async def work(task, tools):
    if "impossible" in task.goal:
        raise NeedsMissing("could not count: needs an abacus")
    n = len(tools.workspace.files)
    page = tools.artifact("count.txt", "text/plain", str(n))
    facts = (Fact(text=f"{n} files", sources=(Source(query="ls"),)),)
    return Result(summary=f"{n} files", facts=facts, artifacts=(page,))
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with one more agent, whose work is quick and known."""
    folder = tmp_path / "home" / "agents" / "counter"
    folder.mkdir(parents=True)
    (folder / "agent.yaml").write_text(CARD)
    (folder / "work.py").write_text(WORK)
    (tmp_path / "here").mkdir()
    for name in ("a.txt", "b.txt"):
        (tmp_path / "here" / name).write_text(name)
    return tmp_path / "home"


def genesis(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from genesis.cli.main import main; main()", *arguments],
        capture_output=True,
        text=True,
        timeout=90,
        # Port 1: no service of this machine may answer in its stead.
        env={
            "GENESIS_HOME": str(home),
            "GENESIS_PORT": "1",
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "NO_COLOR": "1",
            "COLUMNS": "200",
        },
    )


def test_run_starts_a_service_does_the_objective_and_keeps_the_report(home: Path) -> None:
    done = genesis(home, "run", "Count the files", "--agent", "counter", "--workspace", str(home.parent / "here"))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "planned 1 tasks" in lines
    assert "2 files" in lines
    (report,) = (home / "reports").glob("*.html")
    assert f"The whole report: {report}" in lines
    assert "2 files" in report.read_text()
    assert (home / "genesis.jsonl").read_text().count("\n") > 3


def test_run_for_machines_prints_the_run_and_nothing_else(home: Path) -> None:
    done = genesis(home, "run", "Count them", "--agent", "counter", "--workspace", str(home.parent / "here"), "--json")
    assert done.returncode == 0, done.stderr
    view = json.loads(done.stdout)
    assert view["status"] == "completed"
    assert [task["status"] for task in view["tasks"]] == ["done"]
    assert [one["name"] for one in view["artifacts"]] == ["count.txt"]


def test_what_could_not_be_done_is_exit_code_1_and_says_what_is_missing(home: Path) -> None:
    asked = ("run", "Count the impossible", "--agent", "counter", "--workspace", str(home.parent / "here"))
    done = genesis(home, *asked)
    assert done.returncode == 1
    assert "could not count: needs an abacus" in done.stdout


def test_a_target_that_is_down_is_said_and_nothing_is_started(home: Path) -> None:
    done = genesis(home, "run", "Count the files", "--target", "http://127.0.0.1:1")
    assert done.returncode == 1
    assert "http://127.0.0.1:1 does not answer" in done.stderr
    assert not (home / "genesis.db").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("run",), 2, "Missing argument"),
        (("run", "x", "--workspace", "/nowhere/at/all"), 2, "does not exist"),
        (("run", "x", "--budget", "-1"), 2, "budget"),
        (("run", "?!"), 1, "the objective is empty"),
        (("run", "Count", "--agent", "nobody"), 1, "agent 'nobody': not here"),
        (("plan", "Count", "--agent", "nobody"), 1, "agent 'nobody': not here"),
        (("plan", "a" * 20_001), 1, "20,001 characters"),
        (("nonsense",), 2, "No such command"),
    ],
)
def test_bad_input_is_refused_with_its_exit_code(home: Path, arguments: tuple[str, ...], code: int, says: str) -> None:
    done = genesis(home, *arguments)
    assert (done.returncode, says in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr


def test_plan_needs_no_home_and_prints_what_machines_rely_on(tmp_path: Path) -> None:
    done = genesis(tmp_path / "none", "plan", "Run the tests", "--workspace", str(tmp_path), "--json")
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    assert [task["agent"] for task in plan["tasks"]] == ["qa"]
    assert set(plan) >= {"objective", "level", "confidence", "tasks", "vetting"}
    assert not (tmp_path / "none").exists()


def test_plan_asks_or_refuses_with_exit_code_1(tmp_path: Path) -> None:
    done = genesis(tmp_path, "plan", "Do the thing we discussed")
    assert done.returncode == 1
    assert "A question first" in done.stdout


def test_help_lists_every_verb_with_an_example() -> None:
    done = genesis(Path("/nonexistent"), "--help")
    assert done.returncode == 0
    for verb in ("run", "plan", "up", "runs", "agents"):
        assert f"  {verb}" in done.stdout
        each = genesis(Path("/nonexistent"), verb, "--help")
        assert each.returncode == 0
        assert f"genesis {verb}" in each.stdout.split("Examples:")[1]


def test_rules_of_the_home_are_in_force_and_a_wrong_file_stops_the_start(home: Path) -> None:
    (home / "rules.yaml").write_text(
        "rules:\n  - id: no-counting\n    when: [{field: agent.name, op: is, value: counter}]\n    forbid: counter\n"
        "    priority: 5\n    reason: counting is paused\n"
    )
    asked = ("run", "Count the files", "--agent", "counter", "--workspace", str(home.parent / "here"), "--json")
    done = genesis(home, *asked)
    assert done.returncode == 1
    assert json.loads(done.stdout)["status"] == "rejected"
    assert "counting is paused" in done.stdout
    (home / "rules.yaml").write_text("rules:\n  - id: x\n    wen: []\n")
    wrong = genesis(home, *asked)
    assert wrong.returncode == 1
    assert "rules.yaml:3" in wrong.stderr
    assert "unknown key" in wrong.stderr


def test_upload_sends_a_folder_or_files_and_says_what_it_did_not_send(home: Path) -> None:
    here = home.parent / "here"
    (here / "link.txt").symlink_to("/etc/passwd")
    (here / ".git").mkdir()
    (here / ".git" / "config").write_text("no")
    done = genesis(home, "run", "Count", "--agent", "counter", "--upload", str(here))
    assert done.returncode == 0, done.stderr
    assert "2 files" in done.stdout
    assert "not sent: link.txt: a link" in done.stderr
    (report,) = (home / "uploads").iterdir()
    assert sorted(one.name for one in report.iterdir()) == ["a.txt", "b.txt"]
    two = genesis(home, "run", "Count", "--agent", "counter", "--upload", str(here), "--upload", str(here / "a.txt"))
    assert "3 files" in two.stdout
    (here / "wrong|name").write_text("")
    wrong = genesis(home, "run", "Count", "--agent", "counter", "--upload", str(here))
    assert (wrong.returncode, "wrong|name" in wrong.stderr) == (1, True)
    both = genesis(home, "run", "Count", "--upload", str(here), "--workspace", str(here))
    assert (both.returncode, "either --workspace or --upload" in both.stderr) == (2, True)


def test_plan_counts_with_the_agents_of_the_home(home: Path) -> None:
    asked = ("plan", "Count the files by their ending", "--workspace", str(home.parent), "--json")
    plan = json.loads(genesis(home, *asked).stdout)
    assert [(task["agent"], task["type"]) for task in plan["tasks"]] == [("counter", "count_files")]
    (home / "agents" / "counter" / "agent.yaml").write_text("name: counter\ncolour: red\n")
    wrong = genesis(home, *asked)
    assert (wrong.returncode, "agent.yaml:2: colour: unknown key" in wrong.stderr) == (1, True)
