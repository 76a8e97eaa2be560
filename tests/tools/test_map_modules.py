"""What an import means, and when it runs: compared with what Python itself resolves."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from genesis.clock import SystemClock
from genesis.security.workspace import Workspace
from genesis.tools.map_modules import MapModulesInput, MapModulesOutput, map_modules
from genesis.tools.tool import ToolContext


async def mapped(root: Path, files: dict[str, str]) -> MapModulesOutput:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    context = ToolContext(workspace=Workspace(root), scratch=root, key="k", clock=SystemClock())
    return await map_modules.run(MapModulesInput(), context)


TREE = {
    "src/pkg/__init__.py": "from .core import run\n",
    "src/pkg/core.py": "from . import helpers\nfrom .sub import deep\nfrom pkg.sub.deep import VALUE as run\n",
    "src/pkg/helpers.py": "import pkg.sub.deep as d\nVALUE = d.VALUE\n",
    "src/pkg/sub/__init__.py": "",
    "src/pkg/sub/deep.py": "from ..sub import other\nVALUE = other.X\n",
    "src/pkg/sub/other.py": "import json\nX = json.dumps(1)\n",
}


async def test_imports_resolve_as_python_resolves_them(tmp_path: Path) -> None:
    out = await mapped(tmp_path, TREE)
    said = {(one.file, one.to) for one in out.imports if one.to}
    # The oracle: which of our files each file's imports load, by Python's own finder, from an interpreter of its own.
    script = (
        "import sys, ast, importlib, importlib.util, json\n"
        "sys.path.insert(0, 'src')\n"
        "pairs = []\n"
        "for file in json.loads(sys.argv[1]):\n"
        "    name = file[4:-3].replace('/', '.').removesuffix('.__init__')\n"
        "    package = name if file.endswith('__init__.py') else name.rpartition('.')[0]\n"
        "    for node in ast.walk(ast.parse(open(file).read())):\n"
        "        wanted = []\n"
        "        if isinstance(node, ast.Import): wanted = [a.name for a in node.names]\n"
        "        if isinstance(node, ast.ImportFrom):\n"
        "            name = '.' * node.level + (node.module or '')\n"
        "            base = importlib.util.resolve_name(name, package)\n"
        "            for a in node.names:\n"
        "                try: found = importlib.util.find_spec(base + '.' + a.name)\n"
        "                except ModuleNotFoundError: found = None\n"
        "                wanted.append(base + '.' + a.name if found else base)\n"
        "        for one in wanted:\n"
        "            origin = importlib.util.find_spec(one).origin or ''\n"
        "            if '/src/pkg/' in origin: pairs.append([file, 'src/pkg/' + origin.split('/src/pkg/')[1]])\n"
        "print(json.dumps(pairs))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, json.dumps(sorted(TREE))],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said == {(file, to) for file, to in json.loads(run.stdout)}
    assert {module.file: module.name for module in out.modules}["src/pkg/sub/__init__.py"] == "pkg.sub"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("import x", "top"),
        ("class A:\n    import x", "top"),
        ("if flag:\n    import x", "conditional"),
        ("try:\n    import x\nexcept ImportError:\n    x = None", "optional"),
        ("try:\n    import y\nexcept Exception:\n    import x", "optional"),
        ("import contextlib\nwith contextlib.suppress(ImportError):\n    import x", "optional"),
        ("try:\n    import x\nexcept ValueError:\n    pass", "top"),
        ("try:\n    pass\nfinally:\n    import x", "top"),
        ("def f():\n    import x", "lazy"),
        ("async def f():\n    from x import y", "lazy"),
        ("def f():\n    try:\n        import x\n    except ImportError:\n        pass", "guarded"),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import x", "typing"),
        ("import typing\nif not typing.TYPE_CHECKING:\n    pass\nelse:\n    import x", "typing"),
        ("if __name__ == '__main__':\n    import x", "main"),
        ("import importlib\nm = importlib.import_module('x')", "dynamic"),
    ],
)
async def test_when_an_import_runs(tmp_path: Path, text: str, kind: str) -> None:
    out = await mapped(tmp_path, {"m.py": text + "\n"})
    assert [one.kind for one in out.imports if one.module == "x"] == [kind]


async def test_complexity_is_mccabes(tmp_path: Path) -> None:
    text = (
        "def f(a, b):\n    if a and b:\n        return 1\n    for x in a:\n        while x:\n            x -= 1\n"
        "    def inner():\n        return 1 if a else 2\n    return [y for y in b if y]\n"
    )
    out = await mapped(tmp_path, {"m.py": text})
    (module,) = out.modules
    # f: 1, if, and, for, while, comprehension; inner: 1, conditional expression.
    assert {one.name: one.complexity for one in module.functions} == {"f": 6, "f.inner": 2}


async def test_a_script_finds_its_neighbour_and_tests_find_their_helper(tmp_path: Path) -> None:
    files = {
        "tools/a.py": "import b\n",
        "tools/b.py": "",
        "tests/test_x.py": "from conftest import y\n",
        "tests/conftest.py": "y = 1\n",
    }
    out = await mapped(tmp_path, files)
    assert {(one.file, one.to) for one in out.imports} == {
        ("tools/a.py", "tools/b.py"),
        ("tests/test_x.py", "tests/conftest.py"),
    }


async def test_two_trees_with_one_name_keep_apart(tmp_path: Path) -> None:
    files = {f"{tree}/app/{name}.py": text for tree in ("one", "two") for name, text in
             {"__init__": "", "a": "from app import b\n", "b": ""}.items()}  # fmt: skip
    out = await mapped(tmp_path, files)
    assert {(one.file, one.to) for one in out.imports} == {
        ("one/app/a.py", "one/app/b.py"),
        ("two/app/a.py", "two/app/b.py"),
    }
