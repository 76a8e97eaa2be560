"""Requirements, versions and changelogs as they are written in the wild, with the line of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from genesis.clock import SystemClock
from genesis.security.workspace import Workspace
from genesis.tools.python_project.declarations import setup_call
from genesis.tools.read_project import ReadProjectInput, ReadProjectOutput, read_project
from genesis.tools.repository.changelog_files import newest
from genesis.tools.repository.requirement_files import requirements_txt
from genesis.tools.tool import ToolContext


async def project(root: Path, files: dict[str, str]) -> ReadProjectOutput:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    context = ToolContext(workspace=Workspace(root), scratch=root, key="k", clock=SystemClock())
    return await read_project.run(ReadProjectInput(), context)


REQUIRED = [
    ("requests==2.32.0", "requests", True, True),
    ("Django>=4.2,<5", "django", False, True),
    ("ruamel.yaml~=0.18 ; python_version > '3.8'  # why", "ruamel-yaml", False, True),
    ("uvicorn[standard]", "uvicorn", False, False),
    ("numpy==1.*", "numpy", False, True),
    ("tool @ https://example.org/tool-1.2.0.tar.gz", "tool", True, True),
    ("git+https://example.org/a/lib.git@v1#egg=lib", "lib", False, False),
    ("-e git+https://example.org/a/other.git@0123456789abcdef0123456789abcdef01234567#egg=other", "other", True, True),
    ("cryptography==42.0.0 --hash=sha256:00", "cryptography", True, True),
]


@pytest.mark.parametrize(("line", "name", "pinned", "bounded"), REQUIRED)
def test_a_requirement_is_read_as_it_is_written(line: str, name: str, pinned: bool, bounded: bool) -> None:
    (one,) = requirements_txt(f"# head\n\n{line}\n", "requirements.txt")
    assert (one.name, one.line, one.pinned, one.bounded) == (name, 3, pinned, bounded)


def test_options_comments_and_continued_lines_are_no_requirements() -> None:
    text = (
        "-r base.txt\n--index-url https://u:p@host/simple\n"
        "flask==3.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n# x\nclick\n???\n"
    )
    assert [(one.name, one.line, one.hashed) for one in requirements_txt(text, "requirements.txt")] == [
        ("flask", 3, True),
        ("click", 7, False),
    ]


async def test_every_place_that_declares_is_read_with_its_line(tmp_path: Path) -> None:
    out = await project(
        tmp_path,
        {
            "pyproject.toml": '[project]\nname = "x"\nversion = "1.2.3"\ndependencies = [\n  "a>=1",\n  "b",\n]\n'
            '[project.optional-dependencies]\nfast = ["c"]\ndev = ["d"]\n[dependency-groups]\nlint = ["e"]\n'
            '[build-system]\nrequires = ["f"]\n[tool.hatch.envs.test]\ndependencies = ["g"]\n',
            "setup.cfg": "[metadata]\nname = x\n[options]\ninstall_requires =\n    h>=1\n"
            "[options.extras_require]\nfast =\n    i\n",
            "setup.py": "from setuptools import setup\nDEPS = ['j']\n"
            "setup(name='x', version='1.2.3', install_requires=DEPS)\n",
            "package.json": '{\n "version": "1.2.3",\n "dependencies": {\n  "k": "^1"\n }\n}\n',
            "tox.ini": "[testenv]\ndeps =\n    hypothesis\n",
        },
    )
    said = {(one.name, one.scope, one.file, one.line) for one in out.requires}
    assert said == {
        ("a", "runtime", "pyproject.toml", 5),
        ("b", "runtime", "pyproject.toml", 6),
        ("c", "extra", "pyproject.toml", 9),
        ("d", "dev", "pyproject.toml", 10),
        ("e", "dev", "pyproject.toml", 12),
        ("f", "build", "pyproject.toml", 14),
        ("g", "dev", "pyproject.toml", 16),
        ("h", "runtime", "setup.cfg", 5),
        ("i", "extra", "setup.cfg", 8),
        ("j", "runtime", "setup.py", 2),
        ("k", "runtime", "package.json", 4),
    }
    assert {(one.file, one.line) for one in out.versions} == {
        ("pyproject.toml", 3),
        ("setup.py", 3),
        ("package.json", 2),
    }
    assert "hypothesis" in out.mentioned


async def test_poetry_is_read_too(tmp_path: Path) -> None:
    text = (
        '[tool.poetry]\nname = "x"\nversion = "1.0"\n[tool.poetry.dependencies]\npython = "^3.11"\na = "^1.0"\n'
        'b = {version = "2", optional = true}\n[tool.poetry.group.dev.dependencies]\nc = "*"\n'
    )
    out = await project(tmp_path, {"pyproject.toml": text})
    assert {(one.name, one.scope, one.line) for one in out.requires} == {
        ("a", "runtime", 6),
        ("b", "extra", 7),
        ("c", "dev", 9),
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Changelog\n\n## Unreleased\n\n- x\n\n## [1.4.0] - 2024-01-01\n", (7, "1.4.0")),
        (
            "Changes\n=======\n\nVersion 3.2.0\n-------------\n\nUnreleased\n\nVersion 3.1.3\n-------------\n",
            (9, "3.1.3"),
        ),
        ("# History\n\n### v2.0.0rc1 (2024)\n", (3, "2.0.0rc1")),
        ("# Changelog\n\nSince 1.0.0 we keep one.\n", None),
        ("", None),
    ],
)
def test_the_newest_release_is_the_first_heading_that_is_out(text: str, expected: tuple[int, str] | None) -> None:
    assert newest(text) == expected


@pytest.mark.parametrize("odd", ["[{[]: 1}]", "[" * 90 + "]" * 90, "-" * 3000 + "1", "['\\ud800']", "[1 + 'a']"])
def test_a_setup_file_may_say_what_python_cannot_make(tmp_path: Path, odd: str) -> None:
    (tmp_path / "setup.py").write_text(f"setup(name='x', extras_require={odd})\n")
    assert setup_call(tmp_path / "setup.py").get("name", "x") == "x"
