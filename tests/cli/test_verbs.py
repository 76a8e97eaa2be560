"""`runs` and `agents` against a real service, and what `--help` costs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Box, Up
from tests.service import fleet

Eventually = Callable[[Callable[[], bool]], None]


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Box, Up]]:
    """One service for all of these."""
    base = tmp_path_factory.mktemp("verbs")
    box = Box(base / "home", base / "roots")
    box.root.mkdir()
    fleet.write(box.home)
    up = box.up()
    yield box, up
    up.end(__import__("signal").SIGTERM)


def test_runs_list_show_report_events(there: tuple[Box, Up]) -> None:
    box, up = there
    body = {"description": "Say it", "agent": "echo", "task_id": "said", "wait_s": 20}
    assert up.http.post("/task", json=body).json()["status"] == "completed"
    listed = box.call("runs", "list", "--target", up.url)
    assert "said" in listed.stdout
    shown = box.call("runs", "show", "said", "--json", "--target", up.url)
    assert json.loads(shown.stdout) == up.http.get("/task/said").json()
    assert "You said: Say it" in box.call("runs", "show", "said", "--target", up.url).stdout
    assert "You said: Say it" in box.call("runs", "report", "said", "--target", up.url).stdout
    events = box.call("runs", "events", "said", "--json", "--target", up.url)
    assert [json.loads(line)["seq"] for line in events.stdout.splitlines()][:3] == [1, 2, 3]
    page = json.loads(box.call("runs", "list", "--json", "--status", "failed", "--target", up.url).stdout)
    assert all(run["status"] == "failed" for run in page["tasks"])


def test_runs_cancel_resume_approve(there: tuple[Box, Up], eventually: Eventually) -> None:
    box, up = there
    workspace = box.root / "w"
    workspace.mkdir()
    body = {"description": "Wait", "agent": "slow", "task_id": "slow", "workspace": str(workspace)}
    up.http.post("/task", json=body)
    eventually(lambda: up.http.get("/task/slow").json()["status"] == "working")
    assert "canceled" in box.call("runs", "cancel", "slow", "--target", up.url).stdout
    (workspace / "go").touch()
    assert box.call("runs", "resume", "slow", "--target", up.url).returncode == 0
    eventually(lambda: up.http.get("/task/slow").json()["status"] == "completed")
    up.http.post("/task", json={"description": "Put it out", "agent": "publisher", "task_id": "pub"})
    eventually(lambda: up.http.get("/task/pub").json()["status"] == "input_required")
    wrong = box.call("runs", "approve", "pub", "t9", "--target", up.url)
    assert (wrong.returncode, "t9" in wrong.stderr) == (1, True)
    assert box.call("runs", "approve", "pub", "t1", "--by", "ann", "--target", up.url).returncode == 0
    eventually(lambda: up.http.get("/task/pub").json()["status"] == "completed")


def test_agents_list_and_show(there: tuple[Box, Up]) -> None:
    box, up = there
    listed = box.call("agents", "list", "--target", up.url).stdout
    count = len(up.http.get("/agents").json())
    assert f"{count} agents" in listed
    assert "Says what it was told." in box.call("agents", "show", "echo", "--target", up.url).stdout
    card = json.loads(box.call("agents", "show", "echo", "--json", "--target", up.url).stdout)
    assert card["id"] == "echo"


def test_errors_are_one_line_with_code_and_exit_1(there: tuple[Box, Up]) -> None:
    box, up = there
    missing = box.call("runs", "show", "none", "--target", up.url)
    assert missing.returncode == 1
    assert "NOT_FOUND" in missing.stderr
    assert "correlation id" in missing.stderr
    assert "Traceback" not in missing.stderr
    assert box.call("agents", "show", "nobody", "--target", up.url).returncode == 1


def test_nobody_there_is_said_with_what_to_do(box: Box) -> None:
    alone = box.call("runs", "list", "--target", "http://127.0.0.1:1")
    assert alone.returncode == 1
    assert "genesis up" in alone.stderr
    assert "Traceback" not in alone.stderr


def test_usage_is_2(box: Box) -> None:
    for arguments in (["runs", "list", "--status", "asleep"], ["nothing"], ["up", "--port", "x"], ["runs", "show"]):
        assert box.call(*arguments).returncode == 2


def test_agents_lint(box: Box) -> None:
    good = box.call("agents", "lint")
    assert good.returncode == 0
    assert "echo: good" in good.stdout
    (box.home / "agents" / "echo" / "work.py").write_text("x = 1\n")
    bad = box.call("agents", "lint")
    assert (bad.returncode, "work.py" in bad.stderr, "async def work" in bad.stderr) == (1, True, True)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_imports_no_more_than_click(arguments: list[str], tmp_path: Path) -> None:
    script = (
        "import sys, runpy\n"
        f"sys.argv = ['genesis', *{arguments!r}]\n"
        "from genesis.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "heavy = {'pydantic', 'starlette', 'httpx', 'a2a', 'dbos', 'sqlalchemy', 'rich', 'uvicorn', 'orjson', 'yaml'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert done.returncode == 0
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("verb", [["up"], ["runs"], ["agents"], ["runs", "approve"], ["agents", "lint"]])
def test_every_verb_explains_itself(box: Box, verb: list[str]) -> None:
    shown = box.call(*verb, "--help")
    assert shown.returncode == 0
    assert "Usage:" in shown.stdout
    if len(verb) == 1:
        assert "Examples:" in shown.stdout
        assert "Exit codes:" in shown.stdout
