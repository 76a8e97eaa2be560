"""The qa agent over workspaces made at random: what it says is compared with what was written into them."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from genesis.errors import NeedsMissing
from tests.agents.conftest import Do, Done

WORDS = ["apple", "brick", "cloud", "delta", "ember", "flint", "grove", "haven", "ivory", "jolly", "karma", "lemon"]


pytestmark = pytest.mark.usefixtures("needs_a_sandbox")


@dataclass
class Made:
    """A workspace, and what is true of it."""

    root: Path
    failing: dict[str, tuple[str, int]] = field(default_factory=dict)  # test -> cause
    skipped: set[str] = field(default_factory=set)
    missing: dict[str, str] = field(default_factory=dict)  # test file -> module
    untested: set[str] = field(default_factory=set)
    passing: int = 0


def make(root: Path, seed: int) -> Made:
    dice = random.Random(seed)
    made = Made(root)
    words = dice.sample(WORDS, len(WORDS))
    package, source = words.pop(), dice.choice(["", "src/"])
    home = root / f"{source}{package}"
    home.mkdir(parents=True)
    (home / "__init__.py").write_text("")
    (root / "pyproject.toml").write_text(f'[project]\nname = "{package}"\nversion = "{dice.randrange(9)}.1"\n')
    tests = root / "tests"
    tests.mkdir()
    for _ in range(4):
        name = words.pop()
        number, wrong = dice.randrange(2, 90), dice.random() < 0.5
        blank = "\n" * dice.randrange(5)
        lines = f"{blank}def {name}(x):\n    return x * {number}\n\n\ndef broken_{name}(x):\n    return x / 0\n"
        (home / f"{name}.py").write_text(lines)
        cause = (f"{source}{package}/{name}.py", len(blank) + 6)
        file = f"tests/test_{name}.py"
        text = f"import pytest\nfrom {package}.{name} import {name}, broken_{name}\n{blank}"
        for case in range(dice.randrange(1, 4)):
            text += f"\ndef test_{name}_{case}():\n    assert {name}({case + 1}) == {(case + 1) * number + wrong}\n"
            if wrong:
                made.failing[f"{file}::test_{name}_{case}"] = (file, text.count("\n"))
            else:
                made.passing += 1
        if dice.random() < 0.5:
            text += f"\ndef test_{name}_raises():\n    broken_{name}(1)\n"
            made.failing[f"{file}::test_{name}_raises"] = cause
        if dice.random() < 0.5:
            text += f"\n@pytest.mark.skip(reason='not {name}')\ndef test_{name}_skipped():\n    assert False\n"
            made.skipped.add(f"not {name}")
        (tests / f"test_{name}.py").write_text(text)
    if dice.random() < 0.5:
        name = words.pop()
        (home / f"{name}.py").write_text(f'"""Nobody calls this."""\n\n\ndef {name}():\n    return 1\n')
        made.untested.add(f"{source}{package}/{name}.py")
    else:
        name = f"absent_{words.pop()}"
        (tests / f"test_{name}.py").write_text(f"import {name}\n\ndef test_it():\n    assert {name}\n")
        made.missing[f"tests/test_{name}.py"] = name
    return made


def check_sources(done: Done, root: Path) -> None:
    """Every excerpt is at its file and line."""
    sources = [source for fact in done.result.facts for source in fact.sources]
    sources += [finding.source for finding in done.result.findings if finding.source]
    assert all(finding.source for finding in done.result.findings)
    for source in sources:
        if source.line is not None:
            assert source.file and source.excerpt
            assert (root / source.file).read_text().splitlines()[source.line - 1].strip()[:200] == source.excerpt


def report(done: Done) -> dict[str, Any]:
    found = done.result.outputs["test_report"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("seed", [3, 4])
async def test_finds_exactly_what_was_broken(do: Do, tmp_path: Path, seed: int) -> None:
    made = make(tmp_path / "workspace", seed)
    done = await do("qa", made.root, "Run the tests and tell me what fails", type="test")
    found = report(done)
    assert {one["test"]: (one["file"], one["line"]) for one in found["failures"]} == made.failing
    places = {
        (one.source.file, one.source.line) for one in done.result.findings if one.source and one.kind == "test_failure"
    }
    assert places == set(made.failing.values())
    assert (found["passed"], found["skipped"]) == (made.passing, len(made.skipped))
    assert set(found["untested"]) == made.untested
    reasons = {fact.text.partition("skipped: ")[2] for fact in done.result.facts if "skipped: " in fact.text}
    assert reasons == made.skipped
    notes = {note.what: note.why for note in done.result.not_done}
    for file, module in made.missing.items():
        assert notes[f"all tests in {file}"] == f"could not run: needs the module {module}"
        assert not any(module in finding.message for finding in done.result.findings)
    assert str(found["isolation"]) in done.result.summary
    assert found["verdict"] == ("fail" if made.failing else "unknown" if made.missing else "pass")
    check_sources(done, made.root)
    assert (await do("qa", made.root, "Run the tests", type="test")).result.outputs == done.result.outputs


async def test_the_answer_follows_the_workspace(do: Do, tmp_path: Path) -> None:
    made = make(tmp_path / "workspace", 3)
    file = next(iter(made.failing)).partition("::")[0]
    gone = {test for test in made.failing if test.startswith(file)}
    assert gone and gone != made.failing.keys()
    (made.root / file).unlink()
    done = await do("qa", made.root, "Run the tests", type="test")
    assert {one["test"] for one in report(done)["failures"]} == made.failing.keys() - gone
    for path in (made.root / "tests").glob("test_*.py"):
        path.unlink()
    done = await do("qa", made.root, "Run the tests", type="test")
    assert "no Python tests" in done.result.summary
    assert report(done)["verdict"] == "unknown" and done.result.findings == ()


async def test_needs_something_to_test(do: Do) -> None:
    with pytest.raises(NeedsMissing, match="workspace"):
        await do("qa", None, "Run the tests", type="test", inputs={"api": {}})


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(textwrap.dedent(text))
    return root


async def test_what_the_sandbox_refuses_is_no_failure(do: Do, tmp_path: Path) -> None:
    root = write(
        tmp_path / "w",
        {
            "test_net.py": """
                import socket, urllib.request, pathlib, pytest, os
                def test_connects():
                    socket.create_connection(("192.0.2.1", 80), 5)
                def test_resolves_deep_inside():
                    try:
                        urllib.request.urlopen("http://example.invalid/")
                    except OSError as error:
                        raise RuntimeError("the service is down") from error
                def test_writes_outside():
                    pathlib.Path("/usr/share/made-by-a-test").write_text("x")
                def test_own_permission_error():
                    raise PermissionError("you may not do this")
                def test_own_missing_file():
                    pathlib.Path("absent.txt").read_text()
                def test_was_merely_handling_an_import_error():
                    try:
                        import absent_accelerator
                    except ImportError:
                        assert {}["key"]
            """
        },
    )
    done = await do("qa", root, "test it", type="test")
    assert {one["test"].partition("::")[2] for one in report(done)["failures"]} == {
        "test_own_permission_error",
        "test_own_missing_file",
        "test_was_merely_handling_an_import_error",
    }
    blocked = " ".join(
        f"{note.what} {note.why}" for note in done.result.not_done if "blocked by the sandbox" in note.why
    )
    assert {"test_connects", "test_resolves_deep_inside", "test_writes_outside"} <= set(
        re.findall(r"test_\w+", blocked)
    )


async def test_what_is_not_installed_is_named(do: Do, tmp_path: Path) -> None:
    root = write(
        tmp_path / "w",
        {
            "pyproject.toml": """
                [project]
                name = "shop"
                version = "7.1"
                dependencies = ["absent-thing"]
                [tool.pytest.ini_options]
                addopts = "--cov=shop -n 2 --strict-markers -p no:randomly"
                testpaths = ["tests"]
            """,
            "src/shop/__init__.py": "from importlib.metadata import version\n__version__ = version('shop')\n",
            "src/shop/late.py": "def late():\n    import absent_thing\n    return absent_thing\n",
            "src/shop/fast.pyx": "",
            "tests/helper.py": "VALUE = 1\n",
            "tests/test_all.py": """
                import asyncio, subprocess, pytest
                import helper
                def test_metadata():
                    import shop
                    assert shop.__version__ == "7.1"
                def test_needs_inside():
                    from shop.late import late
                    late()
                def test_not_built():
                    import shop.fast
                def test_own_module_missing():
                    import shop.never_written
                def test_program():
                    subprocess.run(["no-such-program-here"])
                def test_plugin(httpserver):
                    pass
                def test_unknown_fixture(nonsense):
                    pass
                async def test_async():
                    pass
            """,
        },
    )
    done = await do("qa", root, "test it", type="test")
    found = report(done)
    assert {one["test"].partition("::")[2] for one in found["failures"]} == {
        "test_own_module_missing",
        "test_unknown_fixture",
    }
    assert found["passed"] == 1
    why = {note.what.partition("::")[2]: note.why for note in done.result.not_done}
    assert why["test_needs_inside"] == "could not run: needs the module absent_thing (declared in pyproject.toml)"
    assert "shop.fast to be built" in why["test_not_built"]
    assert "the program no-such-program-here" in why["test_program"]
    assert "pytest-httpserver" in why["test_plugin"]
    assert "pytest-asyncio" in why["test_async"]


async def test_a_conftest_that_cannot_be_imported(do: Do, tmp_path: Path) -> None:
    root = write(tmp_path / "w", {"conftest.py": "import absent_thing\n", "test_a.py": "def test_a(): pass\n"})
    done = await do("qa", root, "test it", type="test")
    assert "No test could run" in done.result.summary and "absent_thing" in done.result.summary
    assert done.result.findings == () and report(done)["verdict"] == "unknown"
    (root / "conftest.py").write_text("x = 1 / 0\n")
    done = await do("qa", root, "test it", type="test")
    assert "ZeroDivisionError" in done.result.summary + str(done.result.not_done)


async def test_a_run_that_dies_tells_what_it_did(do: Do, tmp_path: Path) -> None:
    root = write(
        tmp_path / "w",
        {
            "test_a.py": "def test_good(): pass\ndef test_bad(): assert 1 == 2\n",
            "test_b.py": "import os\ndef test_dies(): os._exit(3)\ndef test_never(): pass\n",
        },
    )
    done = await do("qa", root, "test it", type="test")
    found = report(done)
    assert found["passed"] == 1 and {one["test"] for one in found["failures"]} >= {"test_a.py::test_bad"}
    assert any("the rest of the tests" in note.what for note in done.result.not_done)
    assert "cut short" in done.result.summary


async def test_a_file_with_a_syntax_error_is_a_failure_with_its_line(do: Do, tmp_path: Path) -> None:
    root = write(tmp_path / "w", {"test_a.py": "x = 1\ndef test_a(:\n    pass\n", "test_b.py": "def test_b(): pass\n"})
    done = await do("qa", root, "test it", type="test")
    (finding,) = done.result.findings
    assert (finding.source and finding.source.file, finding.source and finding.source.line) == ("test_a.py", 2)
    assert "could not be collected" in finding.message and report(done)["passed"] == 1


async def test_uses_the_workspaces_own_environment(do: Do, tmp_path: Path) -> None:
    root = write(tmp_path / "w", {"test_a.py": "import only_here\ndef test_a(): assert only_here.VALUE == 5\n"})
    before = await do("qa", root, "test it", type="test")
    assert "only_here" in str(before.result.not_done)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(root / ".venv")], check=True)
    (packages,) = (root / ".venv").glob("lib/python3*/site-packages")
    (packages / "only_here.py").write_text("VALUE = 5\n")
    done = await do("qa", root, "test it", type="test")
    assert report(done)["passed"] == 1 and report(done)["verdict"] == "pass"
    assert "own environment" in str(done.result.facts[0].sources[0])


async def test_a_hostile_environment_opens_nothing(do: Do, tmp_path: Path) -> None:
    """A `.venv` that points at a secret's folder as if it were a Python."""
    secret = write(tmp_path / "secret", {"lib/key": "s3cret\n", "bin/python3": "#!/bin/sh\ncat ../lib/key\n"})
    (secret / "bin" / "python3").chmod(0o755)
    root = write(
        tmp_path / "w",
        {
            ".venv/pyvenv.cfg": f"home = {secret}/bin\nversion = 3.11.0\n",
            "test_a.py": f"import pathlib\ndef test(): assert not pathlib.Path({str(secret)!r}, 'lib/key').exists()\n",
        },
    )
    (root / ".venv" / "bin").mkdir()
    (root / ".venv" / "bin" / "python").symlink_to(secret / "bin" / "python3")
    done = await do("qa", root, "test it", type="test")
    assert report(done)["verdict"] == "pass"
    assert any("no installed Python" in note.why for note in done.result.not_done)


async def test_tests_the_change_that_an_earlier_task_made(do: Do, tmp_path: Path) -> None:
    root = write(
        tmp_path / "w",
        {
            "shop.py": "def price():\n    return 1\n",
            "test_shop.py": "import shop\ndef test_price(): assert shop.price() == 2\n",
        },
    )
    change = b"--- a/shop.py\n+++ b/shop.py\n@@ -1,2 +1,2 @@\n def price():\n-    return 1\n+    return 2\n"
    inputs = {"code": {"patch": "changes.patch", "files": ["shop.py"]}}
    done = await do("qa", root, "Verify the fix", type="verify", inputs=inputs, artifacts={"changes.patch": change})
    assert report(done)["verdict"] == "pass"
    assert any("failed before the change and passes with it" in fact.text for fact in done.result.facts)
    assert (root / "shop.py").read_text().endswith("return 1\n"), "the workspace is left alone"
    assert report(await do("qa", root, "Verify", type="verify"))["verdict"] == "fail"


async def test_other_languages_are_said(do: Do, tmp_path: Path) -> None:
    root = write(
        tmp_path / "w",
        {"package.json": '{"scripts": {"test": "jest"}}', "a.test.js": "", "x_test.go": "", "readme.md": ""},
    )
    done = await do("qa", root, "run all tests", type="test")
    assert {"JavaScript", "Go"} <= {word for note in done.result.not_done for word in note.what.split()}
    assert "no Python tests" in done.result.summary and report(done)["verdict"] == "unknown"


async def test_hostile_workspaces(do: Do, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "no Python tests" in (await do("qa", empty, "test", type="test")).result.summary
    root = tmp_path / "w"
    root.mkdir()
    (tmp_path / "outside.py").write_text("def test_outside(): assert False\n")
    (root / "test_link.py").symlink_to(tmp_path / "outside.py")
    (root / "test_binary.py").write_bytes(bytes(range(256)) * 40)
    (root / "test_latin.py").write_bytes(b"# caf\xe9\ndef test_x(): pass\n")
    (root / "test_long.py").write_text("x = '" + "a" * 1_500_000 + "'\ndef test_long(): assert x == ''\n")
    (root / "pyproject.toml").write_text("[tool.pytest\n")
    (root / "setup.cfg").write_bytes(b"\xff\xfe[[")
    (root / "PKG-INFO").write_text("Name: ../../evil\nVersion: 1\n")
    done = await do("qa", root, "test", type="test")
    check = {finding.source.file for finding in done.result.findings if finding.source}
    assert check <= {"test_binary.py", "test_latin.py", "test_long.py"} and "test_long.py" in check
    assert all(len(finding.message) < 1000 for finding in done.result.findings)
    assert any("pyproject.toml" in note.what for note in done.result.not_done)
