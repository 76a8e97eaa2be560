"""The builder builds packages made at random, mends what is safe, and shows what is broken."""

from __future__ import annotations

import random
import re
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from tests.agents.builder.made import WORDS, applied, code, write
from tests.agents.conftest import Do

# What the builder writes is run in the sandbox: where there is none, its tests cannot be.
pytestmark = pytest.mark.usefixtures("needs_a_sandbox")


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
