"""The builder over statements and workspaces made at random; what it wrote is applied by git and run, not read."""

from __future__ import annotations

import ast
import json
import os
import random
import re
import subprocess
import sys
import textwrap
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from genesis.errors import NeedsMissing, SandboxUnavailable
from genesis.security.code import sandbox
from tests.agents.conftest import Do, Done

WORDS = ["apple", "brick", "cloud", "delta", "ember", "flint", "grove", "haven", "ivory", "jolly", "karma", "lemon"]


@pytest.fixture(autouse=True)
async def needs_a_sandbox() -> None:
    try:
        await sandbox.best()
    except SandboxUnavailable as error:
        pytest.skip(error.message)


def write(root: Path, files: dict[str, str]) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(textwrap.dedent(text))
    return root


def applied(done: Done, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    subprocess.run(["git", "apply", "-"], input=done.files["changes.patch"], cwd=folder, check=True)
    return folder


def python(folder: Path, program: str) -> Any:
    """Runs a program against what was written, and returns what it printed as JSON."""
    path = f"{folder}{os.pathsep}{folder / 'src'}"
    command = [sys.executable, "-c", textwrap.dedent(program)]
    ran = subprocess.run(command, cwd=folder, env={"PYTHONPATH": path, "PATH": ""}, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def code(done: Done) -> dict[str, Any]:
    found = done.result.outputs["code"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("seed", [1, 2])
async def test_entities_become_classes_that_keep_their_rules(do: Do, tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    name, text, number, other, unique = dice.sample(WORDS, 5)
    low = dice.randrange(1, 9)
    high = low + dice.randrange(5, 90)
    longest = dice.randrange(5, 30)
    objective = (
        f"Write a package called {name}_store. "
        f"{'An' if name[0] in 'aeiou' else 'A'} {name} has {dice.choice(['a', 'the'])} "
        f"{text} (text, at most {longest} characters), a {number} (int, between {low} and {high}), an optional {other} "
        f"(date) and a {unique} (text, unique). The {text} must not be empty. Users can add, update and delete "
        f"{name}s, list {name}s, find {name}s by {unique} and frobnicate {name}s."
    )
    done = await do("builder", None, objective, type="implement")
    folder = applied(done, tmp_path / "made")
    title = name.capitalize()
    said = python(
        folder,
        f"""
        import dataclasses, json, typing
        from {name}_store.models import {title}
        from {name}_store.stores import {title}Store
        def refused(**changes):
            try:
                {title}(**{{"{text}": "x", "{number}": {low}, "{unique}": "u", **changes}})
            except ValueError:
                return True
            return False
        store = {title}Store()
        one = {title}({text}="x", {number}={low}, {unique}="u")
        key = store.add(one)
        try:
            store.add({title}({text}="y", {number}={high}, {unique}="u"))
            twice = True
        except ValueError:
            twice = False
        changed = store.update(key, {number}={high})
        try:
            store.update(key, {number}={high + 1})
            bad_update = True
        except ValueError:
            bad_update = False
        found = store.find_by_{unique}("u") == [changed] and store.find_by_{unique}("v") == []
        store.remove(key)
        print(json.dumps({{
            "fields": {{f.name: str(f.type) for f in dataclasses.fields({title})}},
            "refused": [refused({text}="x" * {longest + 1}), refused({number}={low - 1}), refused({number}={high + 1}),
                        refused({text}=" ")],
            "taken": [refused(), refused({text}="x" * {longest}), refused({number}={high}), refused({other}=None)],
            "twice": twice, "changed": changed.{number}, "bad_update": bad_update, "found": found, "left": store.all(),
        }}))
        """,
    )
    assert said["fields"] == {text: "str", number: "int", other: "date | None", unique: "str"}
    assert said["refused"] == [True] * 4 and said["taken"] == [False] * 4
    assert (said["twice"], said["changed"], said["bad_update"], said["found"], said["left"]) == (
        False,
        high,
        False,
        True,
        [],
    )
    assert code(done)["proven"] is True
    (note,) = [note for note in done.result.not_done if "frobnicate" in note.what]
    assert note.why.startswith("needs a model")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], cwd=folder, capture_output=True
    )
    assert ran.returncode == 0, ran.stdout


async def test_a_body_is_derived_only_when_the_examples_settle_it(do: Do, tmp_path: Path) -> None:
    dice = random.Random(5)
    a, b, c = dice.sample(range(3, 60), 3)
    settled = f"combine(x: int, y: int) -> int, combine({a}, {b}) == {a - b}, combine({b}, {c}) == {b - c}."
    open_ones = (
        f"same(x, y) with same(2, 2) == 4 and same(0, 0) == 0. "  # a sum, a product
        f"odd(x): odd({a}) returns {a * 7 + b * 3}, odd({b}) returns {c}. lonely(x: int) -> int. once({a}) == {b}. "
        f"careful(x): careful(1) == 1, careful(2) == 2, careful(-1) raises ValueError."
    )
    done = await do("builder", None, f"Write a module called sums.\n{settled}\n{open_ones}", type="code")
    folder = applied(done, tmp_path / "made")
    said = python(
        folder,
        f"""
        import json, sums
        def state(f, *given):
            try:
                return f(*given)
            except NotImplementedError:
                return "open"
        print(json.dumps([state(sums.combine, 1000, {a}), state(sums.same, 2, 2), state(sums.odd, 1),
            state(sums.lonely, 1), state(sums.once, 1), state(sums.careful, 1)]))
        """,
    )
    assert said == [1000 - a, "open", "open", "open", "open", "open"]
    assert set(code(done)["open"]) == {"same", "odd", "lonely", "once", "careful"}
    named = " ".join(note.what for note in done.result.not_done)
    assert all(name in named for name in code(done)["open"])
    assert "combine" not in named and code(done)["proven"] is True
    (fact,) = [fact for fact in done.result.facts if "same" in fact.text]
    assert "x + y" in fact.text and "x * y" in fact.text, "the two that fit are shown"


async def test_taking_away_an_example_leaves_the_function_open(do: Do) -> None:
    both = "total(1, 2) == 3, total(5, 9) == 14"
    assert code(await do("builder", None, f"Write {both}", type="code"))["open"] == []
    assert code(await do("builder", None, f"Write {both.split(', t')[0]}", type="code"))["open"] == ["total"]


async def test_a_command_line(do: Do, tmp_path: Path) -> None:
    done = await do(
        "builder",
        None,
        "Write a command line script named `repeat`: it has --word TEXT (required), --times N, default 3, and --loud "
        "(a flag).",
        type="code",
    )
    folder = applied(done, tmp_path / "made")
    program = "import json, repeat; print(json.dumps(vars(repeat.parse(['--word', 'a', '--loud']))))"
    assert python(folder, program) == {"word": "a", "times": 3, "loud": True}
    assert code(done)["open"] == ["repeat"], "what it does was not said"


async def test_uses_the_specification_and_the_packages_of_the_workspace(do: Do, tmp_path: Path) -> None:
    root = write(
        tmp_path / "w", {"pyproject.toml": '[project]\nname = "shop"\n', "shop/__init__.py": "", "tests/test_a.py": ""}
    )
    requirements = {
        "statements": [
            {"id": "R1", "text": "The price of a Parcel must be at least 2.", "kind": "must", "source": "spec.md:3"},
            {
                "id": "R2",
                "text": "Parcels must be sent on the day of the order.",
                "kind": "must",
                "source": "spec.md:4",
            },
        ],
        "entities": {"Parcel": ["price: decimal", "street"]},
    }
    done = await do("builder", root, "Implement it", type="implement", inputs={"requirements": requirements})
    assert "shop/parcels/models.py" in code(done)["files"] and code(done)["proven"] is True
    folder = applied(done, root)
    program = """
        import json
        from decimal import Decimal
        from shop.parcels.models import Parcel
        try:
            Parcel(price=Decimal("1.99"), street="x")
        except ValueError as error:
            print(json.dumps(str(error)))
    """
    assert "at least 2" in python(folder, program)
    assert any("R2" in note.what and "needs a model" in note.why for note in done.result.not_done)
    assert not any("R1" in note.what for note in done.result.not_done)


async def test_nothing_is_invented(do: Do, tmp_path: Path) -> None:
    for objective in ("Implement the password reset form", "Fix the failing test", "Make it faster", "Write a game"):
        with pytest.raises(NeedsMissing, match="needs a model"):
            await do("builder", None, objective, type="implement")


async def test_words_of_a_statement_do_not_become_code(do: Do, tmp_path: Path) -> None:
    hostile = (
        'f(x) """ + __import__("os").system("true") + """: f(1) == 1, f(2) == 2.\n'
        "A Thing has a name'); import os; ('x, a value\\, a __class__ and a while.\n"
        'g("\\"\\"\\"\'\'\'\\\\") == "\\"\\"\\"", g("a") == "\\n"\n'
        "It has --evil'); import os #, default '''x\n"
        "h({'a': [1, (2, 3)]}, b'x', None) == {'b': {1}}\n"
    )
    done = await do("builder", None, hostile, type="code")
    for name in applied(done, tmp_path / "made").rglob("*.py"):
        tree = ast.parse(name.read_text())
        nodes = list(ast.walk(tree))
        imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        assert imported <= {"argparse", "sys", "pytest"}
        used = {node.id for node in nodes if isinstance(node, ast.Name)}
        assert not used & {"__import__", "os", "exec", "eval"}


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


def package(dice: random.Random) -> dict[str, str]:
    name, module = dice.sample(WORDS, 2)
    return {
        "pyproject.toml": f"""
            [build-system]
            requires = ["flit_core>=3"]
            build-backend = "flit_core.buildapi"
            [project]
            name = "{name}"
            version = "{dice.randrange(9)}.{dice.randrange(9)}"
            description = "x"
            [tool.ruff.lint]
            select = ["F", "I"]
        """,
        f"src/{name}/__init__.py": "",
        f"src/{name}/{module}.py": "import sys\nimport os\n\n\ndef where():\n    return sys.path\n",
    }


@pytest.mark.parametrize("seed", [1, 2])
async def test_builds_what_it_can_and_mends_what_is_safe(do: Do, tmp_path: Path, seed: int) -> None:
    pytest.importorskip("flit_core")
    files = package(random.Random(seed))
    root = write(tmp_path / "w", files)
    done = await do("builder", root, "Build the package", type="build")
    (wheel,) = [name for name in done.files if name.endswith(".whl")]
    name = next(path.split("/")[1] for path in files if path.endswith("__init__.py"))
    version = re.search(r'version = "(.+)"', files["pyproject.toml"])
    assert version and wheel == f"{name}-{version[1]}-py2.py3-none-any.whl"
    inside = set(zipfile.ZipFile(BytesIO(done.files[wheel])).namelist())
    assert {path.removeprefix("src/") for path in files if path.endswith(".py")} <= inside
    assert any(name.endswith(".tar.gz") for name in done.files)
    folder = applied(done, root)
    module = next(path for path in files if path.endswith(".py") and "__init__" not in path)
    assert "import os" not in (folder / module).read_text() and "import sys" in (folder / module).read_text()
    again = await do("builder", root, "Build the package", type="build")
    assert code(again)["patch"] is None, "what was mended stays mended"


async def test_a_broken_package_is_shown_with_its_lines(do: Do, tmp_path: Path) -> None:
    root = write(tmp_path / "w", package(random.Random(3)))
    (bad,) = [path for path in root.glob("src/*/*.py") if path.name != "__init__.py"]
    bad.write_text("def f(x):\n    return undefined_name + x\n")
    (bad.parent / "broken.py").write_text("x = 1\n\ndef g(:\n    pass\n")
    done = await do("builder", root, "Build it", type="build")
    by_kind = {finding.kind: finding.source for finding in done.result.findings}
    undefined, broken = by_kind["lint_defect"], by_kind["syntax_error"]
    assert undefined and (undefined.line, undefined.excerpt) == (2, "return undefined_name + x")
    assert broken and broken.file and (broken.file.rpartition("/")[2], broken.line) == ("broken.py", 3)
    assert code(done)["proven"] is False


async def test_says_why_it_does_not_build(do: Do, tmp_path: Path) -> None:
    files = {
        "pyproject.toml": '[build-system]\nrequires = ["no-such-backend>=9"]\nbuild-backend = "no_such.api"\n',
        "a.py": "x = 1\n",
    }
    done = await do("builder", write(tmp_path / "w", files), "Build it", type="build")
    assert any("no-such-backend>=9" in note.why for note in done.result.not_done) and code(done)["proven"] is None
    assert "1 files byte-compile" in done.result.summary
    done = await do("builder", write(tmp_path / "e", {"notes.txt": "x"}), "Build it", type="build")
    assert "nothing to build" in done.result.summary and done.result.findings == ()


async def test_foreign_settings_cannot_read_the_machine(do: Do, tmp_path: Path) -> None:
    """ruff's `extend` takes any path; in the sandbox there is nothing at its end."""
    secret = tmp_path / "secret.toml"
    secret.write_text('[lint]\nselect = ["ALL-s3cret"]\n')
    root = write(tmp_path / "w", {"ruff.toml": f'extend = "{secret}"\n', "a.py": "import os\n"})
    done = await do("builder", root, "Build it", type="build")
    assert "s3cret" not in done.result.model_dump_json()
    assert any("project's own settings" in note.what for note in done.result.not_done)
    assert b"-import os" in done.files["changes.patch"], "what is certain is mended all the same"
