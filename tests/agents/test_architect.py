"""The architect against oracles that know the answer because they wrote the repository."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from genesis.agents.result import Result
from genesis.errors import NeedsMissing
from genesis.finding import BLOCKING

from .conftest import Do
from .repositories import assert_quoted, word, write


def found(result: Result, kind: str) -> list[tuple[str | None, int | None]]:
    return [(one.source.file, one.source.line) for one in result.findings if one.kind == kind and one.source]


def random_repository(rng: random.Random, root: Path, *, cycle: bool) -> tuple[dict[str, set[str]], str]:
    """A package of modules in a random order of import; returns who imports whom by file, and the package's name."""
    taken: set[str] = set()
    package = word(rng, taken)
    names = [word(rng, taken) for _ in range(rng.randint(6, 12))]
    edges = {name: set(rng.sample(names[:place], k=min(place, rng.randint(0, 3)))) for place, name in enumerate(names)}
    if cycle:
        first, last = names[0], names[-1]
        edges[first] = {last}
        edges[last].add(first)
    prefix = rng.choice(["", "src/"])
    files = {f"{prefix}{package}/__init__.py": '"""A package."""\n', "README.md": f"# {package}\n"}
    for name in names:
        lines = [f'"""The {name}."""', ""]
        for other in sorted(edges[name]):
            style = rng.choice(
                [f"from {package} import {other}", f"import {package}.{other}", f"from . import {other}"]
            )
            lines.append(style)
        lines += ["", f"LIMIT = {rng.randint(1, 99)}", ""]
        files[f"{prefix}{package}/{name}.py"] = "\n".join(lines)
    write(root, files)
    path = {name: f"{prefix}{package}/{name}.py" for name in names}
    return {path[name]: {path[other] for other in edges[name]} for name in names}, package


def reachable(edges: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    waiting = list(edges[start])
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            waiting.extend(edges[one])
    return seen


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("cycle", [True, False])
async def test_cycles_and_counts_are_those_of_the_repository(do: Do, tmp_path: Path, seed: int, cycle: bool) -> None:
    root = tmp_path / "w"
    edges, package = random_repository(random.Random(seed), root, cycle=cycle)
    done = await do("architect", root, "Review the structure of this repository")
    ring = {file for file in edges if file in reachable(edges, file)}
    assert bool(ring) == cycle
    said = done.result.outputs["design"]
    assert isinstance(said, dict)
    assert said["cycles"] == ([sorted(ring)] if ring else [])
    assert said["modules"] == len(edges) + 1
    assert said["packages"] == [package]
    code = sum(
        bool(line.strip()) and not line.strip().startswith("#")
        for path in root.rglob("*.py")
        for line in path.read_text().split("\n")
    )
    assert said["code_lines"] == code
    for file, line in found(done.result, "import_cycle"):
        assert file in ring and "import" in (root / str(file)).read_text().split("\n")[(line or 0) - 1]
    assert len(found(done.result, "import_cycle")) == (1 if cycle else 0)
    drawing = ElementTree.fromstring(done.files["modules.svg"])
    assert len(list(drawing.iter("{http://www.w3.org/2000/svg}rect"))) == len(edges) + 1
    assert_quoted(done.result, root)


BROKEN = {
    "pkg/__init__.py": "",
    "pkg/first.py": "from pkg.second import two\n\ndef one():\n    return two\n",
    "pkg/second.py": "from pkg.first import one\n\ndef two():\n    return one\n",
}


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({"pkg/__init__.py": "from pkg.first import one\n"}, "high"),
        ({}, "medium"),
        ({"pkg/second.py": "from pkg import first\n\ndef two():\n    return first.one\n"}, "medium"),
        ({"pkg/second.py": "def two():\n    from pkg.first import one\n    return one\n"}, "info"),
        (
            {"pkg/second.py": "import typing\nif typing.TYPE_CHECKING:\n    from pkg.first import one\ntwo = 2\n"},
            None,
        ),
    ],
    ids=["entry fails", "an order fails", "any order works", "inside a function", "for type checkers"],
)
async def test_how_bad_a_cycle_is_follows_from_what_python_does(
    do: Do, tmp_path: Path, changes: dict[str, str], severity: str | None
) -> None:
    root = write(tmp_path / "w", BROKEN | changes)
    done = await do("architect", root, "Find import cycles")
    assert [one.severity for one in done.result.findings if one.kind == "import_cycle"] == (
        [severity] if severity else []
    )
    # The oracle is Python: each module imported first, in a process of its own.
    fails = {
        name: subprocess.run([sys.executable, "-c", f"import {name}"], cwd=root, capture_output=True).returncode != 0
        for name in ("pkg", "pkg.first", "pkg.second")
    }
    message = next((one.message for one in done.result.findings if one.kind == "import_cycle"), "")
    assert fails["pkg"] == (severity == "high")
    assert any(fails.values()) == ("in a fresh interpreter fails" in message)


PAPERS = {
    "pyproject.toml": '[project]\nname = "thing"\nversion = "2.1.0"\nreadme = "README.md"\nlicense = "MIT"\n'
    'dependencies = ["requests>=2,<3"]\n\n[project.optional-dependencies]\nfast = ["orjson"]\n',
    "README.md": "# thing\n\nSee [the guide](docs/guide.md), [here](#start) and [there](https://example.org/x.md).\n",
    "docs/guide.md": "Back to the [readme](../README.md).\n",
    "LICENSE": "MIT License\n",
    "CHANGELOG.md": "# Changelog\n\n## Unreleased\n\n## 2.1.0 - 2024-01-01\n\n## 2.0.0\n",
    "thing/__init__.py": '"""Thing."""\n\n__version__ = "2.1"\n',
    "thing/net.py": "import json\nimport requests\n\ntry:\n    import orjson\nexcept ImportError:\n    orjson = None\n",
    "thing/__main__.py": "from thing import net\n",
}


async def test_papers_in_order_are_no_finding(do: Do, tmp_path: Path) -> None:
    done = await do("architect", write(tmp_path / "w", PAPERS), "Is this ready to be released?")
    assert done.result.findings == ()


@pytest.mark.parametrize(
    ("changes", "kind", "severity", "place"),
    [
        ({"thing/__init__.py": '__version__ = "2.0.9"\n'}, "version_mismatch", "medium", ("thing/__init__.py", 1)),
        ({"CHANGELOG.md": "# Changelog\n\n## 2.0.0\n"}, "version_mismatch", "low", ("CHANGELOG.md", 3)),
        ({"LICENSE": None}, "missing_license", "medium", ("pyproject.toml", 5)),
        ({"README.md": None, "docs/guide.md": "x\n"}, "missing_readme", "medium", ("pyproject.toml", 4)),
        ({"CHANGELOG.md": None}, "missing_changelog", "info", ("pyproject.toml", 3)),
        ({"docs/guide.md": None}, "broken_doc_link", "medium", ("README.md", 3)),
        ({"docs/guide.md": "text\n\n[gone](old.md)\n"}, "broken_doc_link", "low", ("docs/guide.md", 3)),
        ({"thing/net.py": "import requests\nimport yaml\n"}, "undeclared_dependency", "medium", ("thing/net.py", 2)),
        (
            {"thing/net.py": "import requests\n\n\ndef load():\n    import yaml\n    return yaml\n"},
            "undeclared_dependency", "low", ("thing/net.py", 5),
        ),
        (
            {"thing/net.py": "import requests\ntry:\n    import yaml\nexcept ImportError:\n    yaml = None\n"},
            "undeclared_dependency", "low", ("thing/net.py", 3),
        ),
        ({"thing/net.py": "import json\n"}, "unused_dependency", "low", ("pyproject.toml", 6)),
        (
            {"pyproject.toml": PAPERS["pyproject.toml"].replace('dependencies = ["requests>=2,<3"]\n', ""),
             "thing/net.py": "import requests\n"},
            "undeclared_dependency", "high", ("thing/net.py", 1),
        ),
    ],
)  # fmt: skip
async def test_each_fault_in_the_papers_is_found_where_it_is(
    do: Do, tmp_path: Path, changes: dict[str, str | None], kind: str, severity: str, place: tuple[str, int]
) -> None:
    files = {name: text for name, text in (PAPERS | changes).items() if text is not None}
    root = write(tmp_path / "w", files)
    done = await do("architect", root, "Is this ready to be released?")
    assert [
        (one.kind, one.severity, (one.source.file, one.source.line)) for one in done.result.findings if one.source
    ] == [(kind, severity, place)]
    assert_quoted(done.result, root)


@pytest.mark.parametrize(
    "text",
    [
        "import requests\nimport dateutil\n",
        "import requests\nif False:\n    import nowhere\n",
        "import requests\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import nowhere\n",
        "import requests\nimport distutils.version\nimport tomllib\n",
        "import requests\nfrom thing import missing_name\n",
    ],
)
async def test_what_is_declared_under_another_name_or_never_runs_is_not_undeclared(
    do: Do, tmp_path: Path, text: str
) -> None:
    pyproject = PAPERS["pyproject.toml"].replace('"requests>=2,<3"', '"requests>=2,<3", "python-dateutil"')
    root = write(tmp_path / "w", PAPERS | {"pyproject.toml": pyproject, "thing/net.py": text + "# dateutil\n"})
    done = await do("architect", root, "Is this ready to be released?")
    assert found(done.result, "undeclared_dependency") == []


async def test_an_unread_list_of_dependencies_accuses_nobody(do: Do, tmp_path: Path) -> None:
    files = {
        "setup.py": "from setuptools import setup\n\nsetup(name='x', version='1.0', install_requires=read('deps'))\n",
        "x/__init__.py": "import nowhere\n",
    }
    done = await do("architect", write(tmp_path / "w", files), "Review")
    assert found(done.result, "undeclared_dependency") == []
    assert [one.why for one in done.result.not_done if one.what == "undeclared dependencies"] == [
        "install_requires is computed in setup.py; only the build could tell what is declared"
    ]


async def test_a_dense_diagram_leaves_out_what_others_imply(do: Do, tmp_path: Path) -> None:
    names = [f"m{number}" for number in range(8)]
    files = {"pkg/__init__.py": ""}
    for place, name in enumerate(names):
        files[f"pkg/{name}.py"] = "".join(f"import pkg.{other}\n" for other in names[:place])
    done = await do("architect", write(tmp_path / "w", files), "Draw the modules")
    root = ElementTree.fromstring(done.files["modules.svg"])
    svg = "{http://www.w3.org/2000/svg}"
    drawn = [path for path in root.iter(f"{svg}path") if "edge" in path.attrib["class"]]
    # Everybody imports everybody before: 28 imports, of which the chain of 7 says it all.
    assert len(drawn) == 7
    description = root.find(f"{svg}desc")
    assert description is not None and "21 more imports are not drawn" in str(description.text)


async def test_taking_modules_away_changes_the_answer(do: Do, tmp_path: Path) -> None:
    root = tmp_path / "w"
    edges, _ = random_repository(random.Random(3), root, cycle=True)
    before = await do("architect", root, "Review")
    for file in edges:
        if file in reachable(edges, file):
            (root / file).unlink()
    after = await do("architect", root, "Review")
    assert found(before.result, "import_cycle") and not found(after.result, "import_cycle")
    assert before.result.summary != after.result.summary


async def test_other_languages_are_counted_and_said_not_to_be_mapped(do: Do, tmp_path: Path) -> None:
    package = {"name": "shop", "version": "1.0.0", "license": "MIT", "dependencies": {"left": "^1.0.0"}}
    files = {
        "package.json": json.dumps(package, indent=1),
        "src/a.ts": "import './b'\n",
        "src/b.ts": "",
        "LICENSE": "MIT",
    }
    done = await do("architect", write(tmp_path / "w", files | {"README.md": "# shop"}), "Review the architecture")
    assert "2 TypeScript" in next(fact.text for fact in done.result.facts)
    assert any("2 TypeScript files" in one.what for one in done.result.not_done)
    assert any("asks for 1 packages" in fact.text for fact in done.result.facts)
    assert "modules.svg" not in done.files


async def test_hostile_workspaces_are_survived_and_said(do: Do, tmp_path: Path) -> None:
    root = write(tmp_path / "w", {"ok/__init__.py": "x = 1\n", "deep.py": "x = " + "-" * 200_000 + "1\n"})
    (root / "binary.py").write_bytes(bytes(range(256)))
    (root / "latin.py").write_bytes("# coding: latin-1\nname = 'é'\n".encode("latin-1"))
    (root / "long.md").write_text("[" * 200_000)
    (root / "pyproject.toml").write_text("[project\n")
    (root / "package.json").write_text("[1]")
    (root / "out.py").symlink_to("/etc/hostname")
    done = await do("architect", root, "Review")
    missed = {one.what for one in done.result.not_done}
    assert {"binary.py", "deep.py", "pyproject.toml", "package.json", "out.py"} <= missed
    said = done.result.outputs["design"]
    assert isinstance(said, dict) and said["modules"] == 2
    assert_quoted(done.result, root)


async def test_an_empty_folder_is_an_answer(do: Do, tmp_path: Path) -> None:
    root = tmp_path / "w"
    root.mkdir()
    done = await do("architect", root, "Review")
    assert done.result.summary.startswith("No Python module among 0 files")
    assert not any(one.severity in BLOCKING for one in done.result.findings)


async def test_a_review_without_a_folder_says_what_it_needs(do: Do) -> None:
    with pytest.raises(NeedsMissing, match="needs a workspace"):
        await do("architect", None, "Review")


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_design_has_the_parts_that_were_named_and_no_other_figures(do: Do, seed: int) -> None:
    rng = random.Random(seed)
    named = {
        "web front end": "a web portal",
        "notifier": "SMS to customers",
        "search": "full-text search",
        "file store": "photo uploads",
        "scheduler": "a nightly run",
        "payments": "refunds",
    }
    chosen = dict(rng.sample(sorted(named.items()), 3))
    figure = rng.randint(100, 9999)
    goal = f"Design a system with {', '.join(chosen.values())}; {figure} visitors per day."
    done = await do("architect", None, goal, type="system_design")
    said = done.result.outputs["design"]
    assert isinstance(said, dict) and isinstance(said["components"], list)
    parts = {one["name"] for one in said["components"] if isinstance(one, dict)}
    assert set(chosen) <= parts
    assert parts.isdisjoint(set(named) - set(chosen))
    record = done.files["design.md"].decode()
    assert f"{figure} visitors per day" in record
    numbers = {part for part in record.replace(".", " ").split() if part.isdigit()}
    assert numbers - {str(n) for n in range(1, 30)} <= {str(figure)}
    assert not any("How many users" in str(one) for one in said["open_questions"])  # type: ignore[union-attr]
    for fact in done.result.facts:
        for source in fact.sources:
            assert source.formula or (source.excerpt or "").strip("… ") in goal


async def test_what_nobody_named_but_the_rest_needs_is_said_to_be_implied(do: Do) -> None:
    done = await do("architect", None, "Design a mobile app for bird watchers", type="system_design")
    implied = [fact for fact in done.result.facts if (fact.sources[0].formula or "").startswith("implied:")]
    assert [fact.text.split(" follows")[0] for fact in implied] == ["API service", "database"]
    given = await do("architect", None, "Design a mobile app with an API and a database", type="system_design")
    assert not any((fact.sources[0].formula or "").startswith("implied:") for fact in given.result.facts)


async def test_requirements_of_an_earlier_task_become_parts(do: Do) -> None:
    goal = "Design the system for these requirements"
    given = {"requirements": {"items": [{"id": "R7", "text": "Customers shall search the catalogue by words"}]}}
    done = await do("architect", None, goal, type="system_design", inputs=given)
    fact = next(one for one in done.result.facts if one.text.startswith("search"))
    assert fact.sources[0].query == "requirement R7"
    with pytest.raises(NeedsMissing, match="what the system is to do"):
        await do("architect", None, goal, type="system_design")
