"""What the tool does when time runs out, tests are moody, or a configuration asks for more than there is."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from genesis.agents import registry
from genesis.agents.result import Assignment
from genesis.agents.toolbox import ArtifactStore, Toolbox
from genesis.clock import SystemClock
from genesis.security.code import sandbox
from genesis.security.code.isolation import KINDS
from genesis.security.workspace import Workspace
from genesis.tools.python_project import project
from genesis.tools.python_project.running import core_options, kept_options
from genesis.tools.run_tests import RunTestsInput, RunTestsOutput, run_tests
from genesis.tools.tool import ToolContext

pytestmark = pytest.mark.usefixtures("needs_a_sandbox")


async def run(tmp_path: Path, files: dict[str, str], **given: object) -> RunTestsOutput:
    root, scratch = tmp_path / "w", tmp_path / "scratch"
    scratch.mkdir()
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(textwrap.dedent(text))
    context = ToolContext(workspace=Workspace(root), scratch=scratch, key="k", clock=SystemClock())
    return await run_tests.run(RunTestsInput.model_validate(given), context)


def statuses(output: RunTestsOutput) -> dict[str, str]:
    return {case.test.partition("::")[2]: case.status for case in output.cases}


async def test_a_test_that_does_not_end_is_stopped_and_the_rest_runs(tmp_path: Path) -> None:
    files = {
        "test_a.py": """
            import time
            def test_loops():
                while True:
                    pass
            def test_sleeps_and_swallows():
                while True:
                    try:
                        time.sleep(100)
                    except Exception:
                        pass
            def test_after(): pass
        """
    }
    output = await run(tmp_path, files, test_seconds=0.7)
    assert statuses(output) == {
        "test_loops": "too_long",
        "test_sleeps_and_swallows": "too_long",
        "test_after": "passed",
    }
    assert {case.cause for case in output.cases if case.status == "too_long"} <= {
        ("test_a.py", line) for line in range(3, 13)
    }


async def test_out_of_time_tells_what_was_done(tmp_path: Path) -> None:
    tests = "".join(f"def test_{number}(): time.sleep(0.3)\n" for number in range(40))
    output = await run(tmp_path, {"test_a.py": f"import time\n{tests}"}, seconds=1.5)
    assert 0 < len(output.cases) < 40 and not output.complete
    assert all(case.status == "passed" for case in output.cases)
    (note,) = [note for note in output.not_done if note.what == "the rest of the tests"]
    assert f"after {len(output.cases)} of 40" in note.why


async def test_what_fails_once_only_is_unsteady(tmp_path: Path) -> None:
    files = {
        "test_a.py": """
            import pathlib
            def test_moody():
                seen = pathlib.Path(__file__).with_name("seen")
                first = not seen.exists()
                seen.touch()
                assert not first
            def test_bad(): assert 1 == 2
        """
    }
    output = await run(tmp_path, files)
    assert statuses(output) == {"test_moody": "unsteady", "test_bad": "failed"}


async def test_a_configuration_for_absent_plugins_does_not_stop_the_run(tmp_path: Path) -> None:
    files = {
        "pytest.ini": """
            [pytest]
            addopts = -x --maxfail=1 --absent-option=3 -p absent_plugin
            required_plugins = pytest-absent>=3
            filterwarnings =
                error
                ignore::absent_package.AbsentWarning
            testpaths = checks
            python_files = check_*.py
        """,
        "checks/check_a.py": "def test_one(): assert 0\ndef test_two(): assert 0\ndef test_three(): pass\n",
    }
    output = await run(tmp_path, files)
    assert statuses(output) == {"test_one": "failed", "test_two": "failed", "test_three": "passed"}
    assert any("own settings" in note.what for note in output.not_done)


async def test_coverage_counts_what_other_processes_run(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\n[project.scripts]\nshop-say = "shop.say:main"\n',
        "src/shop/__init__.py": "",
        "src/shop/say.py": "def main():\n    print('said')\n",
        "src/shop/never.py": "X = 1\n\n\ndef never():\n    return X\n",
        "tests/test_a.py": """
            import subprocess
            def test_command(): assert subprocess.check_output(["shop-say"]) == b"said\\n"
        """,
    }
    output = await run(tmp_path, files)
    assert statuses(output) == {"test_command": "passed"}
    covered = {one.file: (one.statements, one.covered) for one in output.coverage or ()}
    assert covered["src/shop/say.py"] == (2, 2) and covered["src/shop/never.py"] == (3, 0)
    assert output.untested == (("src/shop/never.py", 4),)
    assert output.excerpts["src/shop/never.py:4"] == "def never():"


async def test_a_forged_record_is_only_data(tmp_path: Path) -> None:
    """The code under test can write where the recorder writes: lines that are no events change nothing."""
    files = {
        "test_a.py": """
            import pathlib, json
            box = pathlib.Path(__file__).parent.parent
            def test_forges():
                with open(box / "first.jsonl", "a") as file:
                    file.write('{"event": "phase", "outcome": 7}\\n[' + "[" * 100_000 + "\\n\\x00garbage\\n")
                (box / "coverage" / "report.json").write_text('{"files": [1, 2]}')
            def test_bad(): assert 0
        """
    }
    assert statuses(await run(tmp_path, files)) == {"test_forges": "passed", "test_bad": "failed"}


def test_options_that_hide_results_are_dropped() -> None:
    asked = (
        "-ra",
        "--cov=x",
        "--cov-report",
        "html",
        "-n",
        "4",
        "-x",
        "--maxfail=1",
        "-m",
        "not slow",
        "--strict-markers",
    )
    assert kept_options(asked) == ["-m", "not slow", "--strict-markers"]
    assert core_options(["-m", "not slow", "--strict-markers", "--absent", "--import-mode=importlib"]) == [
        "-m",
        "not slow",
        "--import-mode=importlib",
    ]


def test_reads_what_a_project_declares(tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text(
        "from setuptools import setup\nimport os\n"
        "setup(name='Old-Shop', version='1.2', install_requires=['Re_Quests>=2', 'six'], packages=find())\n"
    )
    (tmp_path / "setup.cfg").write_text("[options.entry_points]\nconsole_scripts =\n    shop = old_shop.cli:main\n")
    (tmp_path / "tox.ini").write_text("[pytest]\naddopts = -q 'a b'\n")
    for name in ("old_shop/__init__.py", "tests/__init__.py", "docs/conf.py", "conftest.py", "test_x.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    found = project.read(tmp_path)
    assert (found.name, found.version, found.roots, dict(found.packages)) == (
        "Old-Shop",
        "1.2",
        ("",),
        {"old_shop": "old_shop"},
    )
    assert dict(found.declared) == {"re-quests": "setup.py", "six": "setup.py"}
    assert dict(found.scripts) == {"shop": "old_shop.cli:main"} and found.backend == "setuptools.build_meta"
    assert (found.pytest.file, found.pytest.addopts) == ("tox.ini", ("-q", "a b"))


@pytest.mark.parametrize(("agent", "kind"), [("qa", "test"), ("builder", "build")])
async def test_without_a_sandbox_nothing_foreign_runs_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: str, kind: str
) -> None:
    monkeypatch.setattr(sandbox, "_unfit", dict.fromkeys(KINDS, "switched off for this test"))
    marker = tmp_path / "ran"
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "test_a.py").write_text(f"open({str(marker)!r}, 'w')\ndef test_a(): pass\n")
    (tmp_path / "scratch").mkdir()
    found = registry.load().get(agent)
    task = Assignment(run_id="r", task_id="t", attempt=1, goal="Do it", type=kind, objective="Do it")
    store = ArtifactStore(tmp_path / "store")
    tools = Toolbox(found.card, task, Workspace(tmp_path / "w"), tmp_path / "scratch", store, SystemClock())
    result = await found.work(task, tools)
    assert "kernel sandbox" in result.summary and not marker.exists()
    assert any("switched off for this test" in note.why for note in result.not_done)
