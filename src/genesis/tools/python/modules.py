"""The workspace's Python modules as syntax trees, with names followed through imports. Nothing is executed."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from genesis.finding import NotDone, Source
from genesis.security.workspace import Workspace
from genesis.tools.places.place import place_in
from genesis.tools.places.text_lines import lines_of

ASIDE = frozenset(
    {"tests", "test", "testing", "docs", "doc", "examples", "example", "samples", "benchmarks", "bench", "vendor"}
    | {"_vendor", "third_party", "migrations", "docs_src", "fixtures"}
)
"""Folders whose code is not what runs in production."""
MAX_MODULES = 3000
BUILD = frozenset({"setup.py", "conftest.py", "noxfile.py", "fabfile.py", "hatch_build.py", "runtests.py", "build.py"})


@dataclass(frozen=True)
class Module:
    """A parsed file. `imports` maps the names that it binds to what they stand for (`r` -> `requests`)."""

    file: str
    tree: ast.Module
    lines: list[str]
    imports: dict[str, str]

    def at(self, node: ast.AST) -> Source:
        """The place where a node begins."""
        return place_in(self.file, getattr(node, "lineno", 1), self.lines)

    def dotted(self, node: ast.expr) -> str:
        """The full name that an expression stands for, or "" (`r.get` -> `requests.get`, `self.x.y` -> `self.x.y`)."""
        parts: list[str] = []
        current = node
        while isinstance(current, ast.Attribute):
            parts.append(current.attr)
            current = current.value
        if isinstance(current, ast.Call) and parts:  # requests.Session().get
            inner = self.dotted(current.func)
            return ".".join([f"{inner}()", *reversed(parts)]) if inner else ""
        if not isinstance(current, ast.Name):
            return ""
        return ".".join([self.imports.get(current.id, current.id), *reversed(parts)])


def is_aside(file: str) -> bool:
    """Whether a file is a test, an example, documentation or somebody else's code."""
    path = PurePosixPath(file)
    folders = path.parts[:-1]
    aside = any(part.lower() in ASIDE for part in folders) or folders[:1] in {("tools",), ("scripts",), ("t",)}
    return aside or path.name in BUILD or path.name.startswith("test_") or path.name.endswith("_test.py")


def modules(workspace: Workspace, not_done: list[NotDone]) -> Iterator[Module]:
    """The production modules of a workspace, by name. What cannot be parsed is noted in `not_done`."""
    names = [file.name for file in workspace.files if file.name.endswith(".py") and not is_aside(file.name)]
    if len(names) > MAX_MODULES:
        what = f"{len(names) - MAX_MODULES:,} of {len(names):,} Python files"
        not_done.append(NotDone(what=what, why=f"at most {MAX_MODULES:,} are read"))
    for name in names[:MAX_MODULES]:
        text = workspace.read_text(name)
        if text is None:
            continue
        tree = parse(text)
        if tree is None:
            not_done.append(NotDone(what=name, why="not valid Python of this version"))
            continue
        yield Module(name, tree, lines_of(text), _imports(tree))


def parse(text: str) -> ast.Module | None:
    """The tree, or None when the text is no Python (or nested beyond what the parser takes)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a stranger's invalid escapes are not our warnings
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _imports(tree: ast.Module) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                found[name.asname or name.name.partition(".")[0]] = (
                    name.name if name.asname else name.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            for name in node.names:
                found[name.asname or name.name] = f"{origin}.{name.name}" if origin.strip(".") else name.name
    return found


def text_of(node: ast.expr | None) -> str | None:
    """A string constant's value."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The value of a keyword argument."""
    return next((one.value for one in call.keywords if one.arg == name), None)
