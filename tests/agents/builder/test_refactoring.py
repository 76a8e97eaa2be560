"""The builder refactors workspaces made at random; what it changed is applied by git and run, not read."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from genesis.errors import NeedsMissing
from tests.agents.builder.made import WORDS, applied, code, python, write
from tests.agents.conftest import Do

# What the builder writes is run in the sandbox: where there is none, its tests cannot be.
pytestmark = pytest.mark.usefixtures("needs_a_sandbox")


def project(dice: random.Random) -> tuple[dict[str, str], str, str]:
    """Three modules and a test that use one function in every way, and namesakes that are not it."""
    old, new, package, other, user = dice.sample(WORDS, 5)
    files = {
        f"{package}/__init__.py": f"from {package}.{other} import {old}\n\n__all__ = ['{old}']\n",
        f"{package}/{other}.py": f'''
            import sys
            import os

            LIMIT = {dice.randrange(5, 50)}


            def {old}(value, {new}_=0):
                """{old}: doubles."""
                return value * 2 + {new}_


            def twice(value):
                return {old}({old}(value))


            def shadow({old}):
                return {old} + 1


            class Box:
                {old} = 7

                def get(self):
                    return self.{old}
            ''',
        f"{package}/{user}.py": f"""
            import {package}.{other}
            from . import {other} as alias
            from .{other} import {old} as renamed, {old}


            def all_ways(value):
                text = f"{{{old}(value)}}"
                return [{package}.{other}.{old}(value), alias.{old}(value), renamed(value), {old}(value), text]
            """,
        "tests/test_all.py": f"""
            import {package}
            from {package}.{other} import Box, shadow, twice
            from {package}.{user} import all_ways

            def test_all():
                assert all_ways(2) == [4, 4, 4, 4, "4"]
                assert (twice(1), shadow(1), Box().get(), {package}.__all__) == (4, 2, 7, {package}.__all__)
            """,
        "README.md": f"Call {old} to double.\n",
    }
    return {name: textwrap.dedent(text).lstrip("\n") for name, text in files.items()}, old, new


@pytest.mark.parametrize("seed", [1, 2])
async def test_renames_where_it_is_meant_and_nowhere_else(do: Do, tmp_path: Path, seed: int) -> None:
    files, old, new = project(random.Random(seed))
    root = write(tmp_path / "w", files)
    done = await do("builder", root, f"Rename `{old}` to `{new}`", type="refactor")
    assert code(done)["proven"] is True and "same 1 tests" in done.result.summary.replace("the same", "same"), (
        done.result
    )
    folder = applied(done, root)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], cwd=folder, capture_output=True
    )
    assert ran.returncode == 0, ran.stdout
    source = next(folder.glob("*/*.py"))
    for path in folder.rglob("*.py"):
        text = path.read_text()
        left = set(re.findall(rf".*\b{old}\b.*", text))
        assert all(
            "shadow" in line
            or f"return {old} + 1" in line
            or f"{old} = 7" in line
            or f"self.{old}" in line
            or '"""' in line
            for line in left
        ), (source, left)
    (note,) = [note for note in done.result.not_done if "mentions" in note.what]
    assert "README.md:1" in note.why
    (fact,) = [fact for fact in done.result.facts if "becomes" in fact.text]
    where = fact.sources[0]
    assert where.file and where.line and where.excerpt
    assert files[where.file].splitlines()[where.line - 1].strip() == where.excerpt


async def test_a_change_that_breaks_a_test_is_withdrawn(do: Do, tmp_path: Path) -> None:
    root = write(
        tmp_path / "w",
        {
            "shop.py": "def price():\n    return 3\n",
            "test_shop.py": "import shop\ndef test_by_name(): assert getattr(shop, 'pri' + 'ce')() == 3\n",
        },
    )
    done = await do("builder", root, "Rename price to cost", type="refactor")
    assert "Withdrawn" in done.result.summary and code(done) == {
        "patch": None,
        "files": [],
        "tests": [],
        "open": [],
        "proven": False,
    }
    assert "changes.patch" not in done.files
    assert [finding.kind for finding in done.result.findings] == ["refactoring_breaks"]


async def test_moves_definitions_and_mends_imports(do: Do, tmp_path: Path) -> None:
    root = write(
        tmp_path / "w",
        {
            "shop/__init__.py": "",
            "shop/big.py": """
                import json
                import re, sys

                RATE = 2


                def stays(x):
                    return x * RATE


                @staticmethod
                def goes(text):
                    return json.dumps(re.sub("a", "b", text))


                def needs_rate(x):
                    return RATE + x
            """,
            "tests/test_big.py": """
                from shop.big import goes, stays

                def test_it():
                    assert (goes("a"), stays(2)) == ('"b"', 4)
            """,
        },
    )
    goal = "Move goes from shop/big.py to shop/small.py, sort the imports and remove unused imports"
    done = await do("builder", root, goal, type="refactor")
    assert code(done)["proven"] is True, done.result
    folder = applied(done, root)
    assert python(folder, "import json, shop.small; print(shop.small.goes('a'))") == "b"
    assert "sys" not in (folder / "shop/big.py").read_text() and "def goes" not in (folder / "shop/big.py").read_text()
    done = await do("builder", root, "Move needs_rate from shop/big.py to shop/other.py", type="refactor")
    assert code(done)["patch"] is None and "RATE" in str(done.result.not_done)


async def test_refactoring_says_what_it_cannot_do_and_cannot_prove(do: Do, tmp_path: Path) -> None:
    root = write(tmp_path / "w", {"a.py": "import os\nimport json\nprint(json)\n"})
    done = await do("builder", root, "Clean up this code", type="refactor")
    assert code(done)["proven"] is None and "no test proves" in done.result.summary
    assert b"-import os" in done.files["changes.patch"]
    done = await do("builder", root, "Simplify the billing logic", type="refactor")
    assert code(done)["patch"] is None and any("needs a model" in note.why for note in done.result.not_done)
    assert (await do("builder", write(tmp_path / "e", {}), "Clean up", type="refactor")).result.artifacts == ()
    with pytest.raises(NeedsMissing):
        await do("builder", None, "Clean up", type="refactor")
