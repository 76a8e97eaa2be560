"""The builder writes code from statements made at random; what it wrote is applied by git and run, not read."""

from __future__ import annotations

import ast
import random
import subprocess
import sys
from pathlib import Path

import pytest

from genesis.errors import NeedsMissing
from tests.agents.builder.made import WORDS, applied, code, python, write
from tests.agents.conftest import Do

# What the builder writes is run in the sandbox: where there is none, its tests cannot be.
pytestmark = pytest.mark.usefixtures("needs_a_sandbox")


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
