"""Agents as files: a folder or a file with `url`; all that is wrong is said, with file, line and field."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from genesis.agents import registry
from genesis.cli.agents import command
from genesis.errors import FileInvalid

GOOD = """\
name: {name}
title: T
description: D
task_types:
  - {{name: tell, description: Tells}}
"""
WORK = "async def work(task, tools):\n    pass\n"


def write(root: Path, name: str, text: str, work: str | None = WORK) -> None:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    if work is not None:
        file.with_name("work.py").write_text(work)


def test_a_folder_and_a_file_with_url_join_the_fleet(tmp_path: Path) -> None:
    write(tmp_path, "near/agent.yaml", GOOD.format(name="near"))
    write(tmp_path, "far.yaml", GOOD.format(name="far") + "url: https://far.example/agents/far\n", work=None)
    fleet = registry.load(tmp_path)
    assert len(fleet) == 17
    assert fleet.get("far").card.url == "https://far.example/agents/far"


WRONG = {
    "a/agent.yaml": (GOOD.format(name="b"), WORK, ":1: name: is 'b', but the file is 'a'"),
    "c.yaml": (GOOD.format(name="c"), None, ":1: url: is missing"),
    "d.yaml": (GOOD.format(name="d") + "url: file:///etc/passwd\n", None, ":6: url: Value error, must be an http"),
    "e.yaml": (GOOD.format(name="e") + "url: https://u:p@e.example\n", None, ":6: url: Value error, holds a user name"),
    "f.yaml": (
        GOOD.format(name="f") + "tools: [run_tests]\nurl: https://f.example\n",
        None,
        ":7: url: Value error, a remote agent uses its own tools",
    ),
    "qa.yaml": (GOOD.format(name="qa") + "url: https://q.example\n", None, ":1: name: 'qa' is taken by"),
    "g/agent.yaml": (GOOD.format(name="g") + "tools:\n  - run_tests\n  - fly\n", WORK, ":8: tools.1: tool fly"),
    "h/agent.yaml": (
        GOOD.format(name="h") + "examples:\n  - request: Tell me\n    plan:\n      h.shout: []\n",
        WORK,
        ":9: examples.0.plan: 'h.shout': the fleet has no such",
    ),
    "i/agent.yaml": (GOOD.format(name="i") + "colour: red\n", WORK, ":6: colour: unknown key; allowed: name"),
}
BAD_WORK = {
    "j": ("async def work(task, tools)\n    pass\n", "work.py:1: not Python: expected ':'"),
    "k": ("import os\n\nimport nowhere\n", "work.py:3: cannot be imported: ModuleNotFoundError"),
    "l": ("def work(task, tools):\n    pass\n", "work.py: defines no `async def work(task, tools)`"),
    "m": (None, "work.py: not there"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_stops_the_start_and_says_where(tmp_path: Path, name: str) -> None:
    text, work, why = WRONG[name]
    write(tmp_path, name, text, work)
    with pytest.raises(FileInvalid) as caught:
        registry.load(tmp_path)
    assert caught.value.message.startswith(f"{tmp_path / name}{why}"), caught.value.message


def test_lint_says_all_that_is_wrong_and_what_is_good(tmp_path: Path) -> None:
    for name, (text, work, _) in WRONG.items():
        write(tmp_path, name, text, work)
    for name, (code, _) in BAD_WORK.items():
        write(tmp_path, f"{name}/agent.yaml", GOOD.format(name=name), code)
    write(tmp_path, "near/agent.yaml", GOOD.format(name="near"))
    done = CliRunner().invoke(command, ["lint", str(tmp_path)])
    assert done.exit_code == 1
    lines = done.stderr.splitlines()
    wanted = [f"{tmp_path / name}{why}" for name, (_, _, why) in WRONG.items()]
    wanted += [f"{tmp_path / name}/{why}" for name, (_, why) in BAD_WORK.items()]
    assert len(lines) == len(wanted)
    for want in wanted:
        assert any(line.startswith(want) for line in lines), want
    assert "near: good" in done.stdout
    assert f"{len(wanted)} errors" in done.stdout
    assert not any(f"{name}: good" in done.stdout for name in ("h", *BAD_WORK))
