"""Every way of starting a process or of running text as code, named here with its reason: what is foreign goes
through `sandbox.run`, and a new way fails until somebody says why."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

import genesis

SOURCE = Path(genesis.__file__).parent
MODULES = {"subprocess", "multiprocessing", "pty", "runpy", "code", "codeop", "ctypes", "_posixsubprocess"}
STARTS = {"create_subprocess_exec", "create_subprocess_shell", "system", "popen", "fork", "forkpty", "posix_spawn",
          "posix_spawnp", "startfile", "ProcessPoolExecutor", "subprocess_exec", "subprocess_shell"}  # fmt: skip
BUILTINS = {"eval", "exec", "compile", "__import__", "breakpoint"}
LOADERS = {"exec_module", "load_module", "import_module", "run_module", "run_path", "spec_from_file_location"}

ALLOWED: dict[str, tuple[set[str], str]] = {
    "security/code/sandbox.py": ({"create_subprocess_exec"}, "the sandbox"),
    "security/code/warden.py": (
        {"subprocess", "ctypes", "execvp", "popen"},
        "in the sandbox, and the one who watches it",
    ),
    "security/code/hostile.py": ({"subprocess"}, "runs in the sandbox, to try it"),
    "security/code/checker.py": ({"create_subprocess_exec"}, "our own parser; it runs nothing of what it reads"),
    "security/code/allowed.py": ({"import_module"}, "modules of the list, all of the standard library"),
    "tools/workspace/isolated.py": ({"create_subprocess_exec"}, "our own parsers; they run nothing of what they read"),
    "tools/run_bandit.py": ({"create_subprocess_exec"}, "bandit parses; it runs nothing of what it reads"),
    "tools/python_project/pip.py": ({"create_subprocess_exec"}, "pip, which installs wheels alone and runs none"),
    "tools/python_project/inside/genesis_builder.py": ({"import_module", "compile"}, "runs in the sandbox"),
    "tools/service_template/drive.py": ({"subprocess", "import_module"}, "runs in the sandbox"),
    "agents/registry.py": (
        {"import_module", "spec_from_file_location", "exec_module"},
        "our agents and the user's own",
    ),
    "tools/tool.py": ({"import_module"}, "our own tools, by name"),
    "__init__.py": ({"import_module"}, "our own public names"),
    "tools/write_pipeline.py": ({"system"}, "a field of a pipeline file"),
    "cli/main.py": ({"import_module"}, "our own verbs, by name"),
}
FOREIGN = {
    "tools/run_tests.py": "a workspace's tests",
    "tools/python_project/running.py": "a workspace's tests",
    "tools/build_package.py": "a workspace's build backend",
    "tools/try_service.py": "a service that was just scaffolded",
    "tools/lint_code.py": "ruff, under a workspace's settings, which may name any file",
}
"""Who runs foreign code."""


def ways(tree: ast.AST) -> Counter[str]:
    """Every place in a module that could start a process or run text."""
    found: Counter[str] = Counter()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found.update(part for one in names if (part := one.name.partition(".")[0]) in MODULES)
            case ast.ImportFrom(module=str(module), level=0, names=names):
                found.update({module.partition(".")[0]} & MODULES)
                found.update(one.name for one in names if _starts(one.name))
            case ast.Attribute(attr=name) if _starts(name):
                found[name] += 1
            case ast.Name(id=name) if name in BUILTINS:
                found[name] += 1
    return found


def _starts(name: str) -> bool:
    return name in STARTS | LOADERS or re.fullmatch(r"(exec|spawn)[lv]p?e?", name) is not None


def sources() -> list[Path]:
    return sorted(path for path in SOURCE.rglob("*.py"))


@pytest.mark.parametrize(
    "text",
    [
        "import subprocess",
        "import subprocess as s",
        "from subprocess import run",
        "import os\nos.system('x')",
        "from os import popen",
        "import os\nos.execvp('x', [])",
        "import os\nos.spawnlp(0, 'x')",
        "import os\nos.posix_spawn('x', [], {})",
        "import asyncio\nasyncio.create_subprocess_exec('x')",
        "async def f(loop): await loop.subprocess_exec(None, 'x')",
        "from concurrent.futures import ProcessPoolExecutor",
        "import multiprocessing.pool",
        "import pty",
        "eval('1')",
        "run = exec",
        "compile('1', 'x', 'eval')",
        "import importlib\nimportlib.import_module(x)",
        "import runpy",
        "import ctypes",
    ],
)
def test_each_way_is_seen(text: str) -> None:
    assert ways(ast.parse(text))


def test_nothing_starts_a_process_elsewhere() -> None:
    for path in sources():
        name = path.relative_to(SOURCE).as_posix()
        allowed = ALLOWED.get(name, (set(), ""))[0]
        found = ways(ast.parse(path.read_bytes())).keys()
        assert found <= allowed, (
            f"{name}: {sorted(found - allowed)}. Foreign code goes through security.code.sandbox.run; if this is none, "
            "say in ALLOWED why"
        )


def test_nothing_is_allowed_for_a_reason_that_is_gone() -> None:
    for name, (allowed, why) in ALLOWED.items():
        assert why and ways(ast.parse((SOURCE / name).read_bytes())).keys() == allowed, name


def test_the_runners_of_foreign_code_are_known() -> None:
    using = {
        path.relative_to(SOURCE).as_posix()
        for path in sources()
        if "await sandbox.run(" in (text := path.read_text()) and "from genesis.security.code import" in text
    }
    assert using | {"tools/run_tests.py"} == set(FOREIGN), "who runs foreign code is listed, with what it runs"
