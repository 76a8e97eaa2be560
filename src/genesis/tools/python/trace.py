"""Traces what reaches an interpreter back through the callers, to a request if one is there. A script for `isolated`.

Callers are found by name and import, never by running anything. What cannot be resolved stays "not known": a trace is
only ever said when each of its steps was seen.
"""

from __future__ import annotations

import ast
import json
import re
import resource
import sys
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from genesis.tools.python.origin import Origin, origins
from genesis.tools.python.scope import Scope, dotted, scopes
from genesis.tools.python.sinks import Sink, sinks

MAX_BYTES = 1_000_000
MAX_TOTAL = 60_000_000
MAX_DEPTH = 5
MAX_CALLERS = 60

Parsed = list[tuple[Scope, list[ast.AST]]]


class Program:
    """The files of a program: their text at hand, the few that matter parsed."""

    def __init__(self, root: Path, files: list[str]) -> None:
        self.texts: dict[str, str] = {}
        total = 0
        for file in files:
            try:
                data = (root / file).read_bytes()
            except OSError:
                continue
            total += len(data)
            if len(data) <= MAX_BYTES and total <= MAX_TOTAL:
                self.texts[file] = data.decode("utf-8", errors="replace")
        self.parsed = lru_cache(maxsize=128)(self._parse)
        self.called: dict[tuple[str, int], list[tuple[Scope, ast.Call]]] = {}
        self.defined: Counter[str] | None = None

    def _parse(self, file: str) -> Parsed:
        try:
            return list(scopes(file, ast.parse(self.texts[file])))
        except (SyntaxError, ValueError, RecursionError, MemoryError, KeyError):
            return []

    def callers(self, scope: Scope) -> list[tuple[Scope, ast.Call]]:
        """Calls of a function, where its name and an import (or its own file) say that it is the one that is meant."""
        assert scope.node is not None
        key = scope.file, scope.node.lineno
        if key not in self.called:
            self.called[key] = list(islice(self._callers(scope), MAX_CALLERS))
        return self.called[key]

    def _callers(self, scope: Scope) -> Iterator[tuple[Scope, ast.Call]]:
        pattern = re.compile(rf"\b{re.escape(scope.name)}\b")
        module = Path(scope.file).stem if not scope.file.endswith("__init__.py") else Path(scope.file).parent.name
        for file in sorted(self.texts):
            if not pattern.search(self.texts[file]):
                continue
            for caller, nodes in self.parsed(file):
                for node in nodes:
                    if isinstance(node, ast.Call) and self._means(node, caller, scope, module):
                        yield caller, node

    def _means(self, node: ast.Call, caller: Scope, scope: Scope, module: str) -> bool:
        func = node.func
        if isinstance(func, ast.Name):
            *path, name = caller.origin(func.id).lstrip(".").split(".")
            if name:
                return name == scope.name and path[-1:] in ([module], [])
            return func.id == scope.name and caller.file == scope.file and not scope.owner
        if not isinstance(func, ast.Attribute) or func.attr != scope.name:
            return False
        base = dotted(func.value)
        if base in ("self", "cls"):
            return caller.file == scope.file and caller.owner == scope.owner
        first = base.split(".")[0]
        origin = caller.origin(first) if first else ""
        if origin:
            return f"{origin}{base[len(first) :]}".split(".")[-1] == (scope.owner or module)
        # A method of an object: only when no other function in the program has its name.
        return bool(scope.owner) and self.times_defined(scope.name) == 1

    def times_defined(self, name: str) -> int:
        """How many functions of that name the program has."""
        if self.defined is None:
            self.defined = Counter(found for text in self.texts.values() for found in re.findall(r"\bdef (\w+)", text))
        return self.defined[name]

    def trace(self, scope: Scope, parameter: str) -> list[tuple[str, int, Origin]] | None:
        """The way by which a request reaches a parameter, nearest call first: file, line, origin. None without one."""
        seen = {(scope.file, id(scope.node), parameter)}
        waiting: list[tuple[Scope, str, list[tuple[str, int, Origin]]]] = [(scope, parameter, [])]
        for _ in range(MAX_DEPTH):
            further = []
            for here, name, way in waiting:
                for caller, call in self.callers(here):
                    for origin in _handed(call, here, name, caller):
                        step = [*way, (caller.file, call.lineno, origin)]
                        if origin.kind == "request":
                            return step
                        key = (caller.file, id(caller.node), origin.what)
                        if origin.kind == "parameter" and caller.node is not None and key not in seen:
                            seen.add(key)
                            further.append((caller, origin.what, step))
            waiting = further
        return None


def _handed(call: ast.Call, scope: Scope, parameter: str, caller: Scope) -> frozenset[Origin]:
    """Where the value comes from that a call gives to a parameter."""
    for keyword in call.keywords:
        if keyword.arg == parameter:
            return origins(keyword.value, caller)
    names = [one.arg for one in scope.parameters]
    at = names.index(parameter) if parameter in names else len(call.args)
    # Behind a starred argument nobody can say which position is which.
    if at < len(call.args) and not any(isinstance(argument, ast.Starred) for argument in call.args[: at + 1]):
        return origins(call.args[at], caller)
    return frozenset()


def report(program: Program, file: str) -> dict[str, Any]:
    """The sinks of a file, each with what fills it and the way from a request, and what is around weak functions."""
    found: list[dict[str, Any]] = []
    around: dict[int, dict[str, Any]] = {}
    for scope, nodes in program.parsed(file):
        found += [_told(program, sink) for sink in sinks(scope, nodes)]
        for node in nodes:
            if isinstance(node, ast.Call):
                words = _around(node, scope, nodes)
                for line in range(node.lineno, (node.end_lineno or node.lineno) + 1):
                    around.setdefault(line, words)
    return {"sinks": sorted(found, key=lambda one: (one["line"], one["family"])), "around": around}


def _told(program: Program, sink: Sink) -> dict[str, Any]:
    fills = []
    for place, origin in sink.fills:
        way: list[tuple[str, int, Origin]] | None = None
        if origin.kind == "request":
            way = []
        elif origin.kind == "parameter" and sink.scope.node is not None:
            way = program.trace(sink.scope, origin.what)
        fills.append(
            {
                "place": place,
                "kind": "request" if way is not None else origin.kind,
                "what": way[-1][2].what if way else origin.what,
                "way": [[file, line] for file, line, _ in way or []],
            }
        )
    return {
        "family": sink.family,
        "line": sink.line,
        "end_line": sink.end_line,
        "call": sink.call,
        "function": sink.scope.name,
        "built": sink.built,
        "fills": fills,
    }


def _around(call: ast.Call, scope: Scope, nodes: list[ast.AST]) -> dict[str, Any]:
    """Words that tell what a call is for: names in it, of its function and class, of what it is assigned to."""
    inside = [node.id for node in ast.walk(call) if isinstance(node, ast.Name)]
    inside += [node.attr for node in ast.walk(call) if isinstance(node, ast.Attribute)]
    targets = [
        ast.unparse(target)[:80]
        for node in nodes
        if isinstance(node, ast.Assign) and node.lineno <= call.lineno <= (node.end_lineno or node.lineno)
        for target in node.targets
    ]
    return {
        "inside": sorted(set(inside))[:40],
        "function": scope.name,
        "owner": scope.owner,
        "targets": targets[:5],
        "main": _under_main(call, scope, nodes),
    }


def _under_main(call: ast.Call, scope: Scope, nodes: list[ast.AST]) -> bool:
    return scope.node is None and any(
        isinstance(node, ast.If)
        and "__name__" in ast.unparse(node.test)
        and node.lineno <= call.lineno <= (node.end_lineno or node.lineno)
        for node in nodes
    )


def main(root: Path) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (300, 300))
    sys.setrecursionlimit(5_000)
    files = json.load(sys.stdin)
    program = Program(root, files)
    for file in files:
        said: dict[str, Any] = {"sinks": [], "around": {}}
        if file in program.texts:
            try:
                said = report(program, file)
            except RecursionError:
                said = {"error": "nested too deeply to be traced"}
        sys.stdout.write(json.dumps({"file": file, **said}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[-1]))
