"""What one Python file says of itself: imports, names, functions and their complexity. Run as a script by `isolated`.

One JSON line per file. Every walk is iterative: the depth of foreign code must not matter.
"""

from __future__ import annotations

import ast
import json
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BRANCHES = (ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.comprehension, ast.match_case)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
IMPORT_ERRORS = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
GUARDED = {"top": "optional", "conditional": "optional", "lazy": "guarded"}
MAX_BYTES = 1_000_000
MAX_IMPORTS = 5_000


def outline(data: bytes) -> dict[str, Any]:
    """The outline of a file, or `{"error": reason}` when it cannot be parsed.

    Each import has `kind`: top (runs when the module is imported), conditional (top, but under an `if`), optional
    (guarded against ImportError), lazy (inside a function), guarded (both), main (only as a script), typing (never at
    run time) and dynamic (by a name in a string).
    """
    if len(data) > MAX_BYTES:
        return {"error": f"larger than {MAX_BYTES:,} bytes"}
    try:
        tree = ast.parse(data)
    except SyntaxError as error:
        return {"error": f"not valid Python {sys.version_info[0]}.{sys.version_info[1]} (line {error.lineno})"}
    except (ValueError, RecursionError, MemoryError) as error:
        return {"error": f"cannot be parsed ({type(error).__name__})"}
    lines = data.splitlines()
    stripped = [line.strip() for line in lines]
    names: dict[str, int] = {}
    for name, line in _bound(tree):
        names[name] = min(line, names.get(name, line))
    return {
        "lines": len(lines),
        "code_lines": sum(1 for line in stripped if line and not line.startswith(b"#")),
        "doc": (ast.get_docstring(tree) or "").strip().split("\n")[0][:200],
        "imports": sorted(_imports(tree), key=lambda one: (one["line"], one["module"]))[:MAX_IMPORTS],
        "names": names,
        "functions": sorted(_functions(tree), key=lambda one: (one["line"], one["name"])),
        "classes": sum(isinstance(node, ast.ClassDef) for node in ast.walk(tree)),
        "main": any(_is_main(node) for node in tree.body),
        "versions": sorted(_versions(tree)),
        "setup": _setup(tree),
    }


def _imports(tree: ast.Module) -> Iterator[dict[str, Any]]:
    stack: list[tuple[ast.AST, str]] = [(tree, "top")]
    while stack:
        node, kind = stack.pop()
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield {"line": node.lineno, "module": alias.name, "level": 0, "names": None, "kind": kind}
        elif isinstance(node, ast.ImportFrom):
            yield {
                "line": node.lineno,
                "module": node.module or "",
                "level": node.level,
                "names": [alias.name for alias in node.names],
                "kind": kind,
            }
        elif isinstance(node, ast.Call) and (said := _imported_by_call(node)):
            yield {"line": node.lineno, "module": said, "level": 0, "names": None, "kind": "dynamic"}
        stack.extend(_inside(node, kind))


def _inside(node: ast.AST, kind: str) -> Iterator[tuple[ast.AST, str]]:
    """The children, each with the kind that an import there has."""
    if isinstance(node, (*FUNCTIONS, ast.Lambda)):
        kind = {"typing": "typing", "optional": "guarded", "guarded": "guarded"}.get(kind, "lazy")
    elif isinstance(node, ast.If):
        within, otherwise = _branches(node.test, kind)
        yield node.test, kind
        yield from ((child, within) for child in node.body)
        yield from ((child, otherwise) for child in node.orelse)
        return
    elif isinstance(node, ast.Try) and any(map(_catches, node.handlers)):
        guarded = GUARDED.get(kind, kind)
        yield from ((child, guarded) for child in (*node.body, *node.handlers, *node.orelse))
        yield from ((child, kind) for child in node.finalbody)
        return
    elif isinstance(node, ast.With) and any(map(_suppresses, node.items)):
        kind = GUARDED.get(kind, kind)
    yield from ((child, kind) for child in ast.iter_child_nodes(node))


def _branches(test: ast.expr, kind: str) -> tuple[str, str]:
    if _named(test) in ("TYPE_CHECKING", "MYPY") or (isinstance(test, ast.Constant) and not test.value):
        return "typing", kind
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) and _named(test.operand) == "TYPE_CHECKING":
        return kind, "typing"
    if _is_main_test(test):
        return ("main" if kind in ("top", "conditional") else kind), kind
    return ("conditional", "conditional") if kind == "top" else (kind, kind)


def _named(node: ast.AST | None) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def _catches(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or _named(kind) in IMPORT_ERRORS for kind in kinds)


def _suppresses(item: ast.withitem) -> bool:
    call = item.context_expr
    return isinstance(call, ast.Call) and any(_named(argument) in IMPORT_ERRORS for argument in call.args)


def _imported_by_call(node: ast.Call) -> str:
    if _named(node.func) not in ("import_module", "__import__", "importorskip") or not node.args:
        return ""
    first = node.args[0]
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def _is_main_test(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and _named(test.left) == "__name__"


def _is_main(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and _is_main_test(node.test)


def _bound(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Names that the module itself binds, each with its line; `*` for a star import, which may bind anything."""
    stack: list[ast.AST] = list(tree.body)
    while stack:
        node = stack.pop()
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            yield node.name, node.lineno
        elif isinstance(node, ast.Import):
            yield from ((alias.asname or alias.name.split(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((alias.asname or alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name, node.lineno
        if not isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
            stack.extend(ast.iter_child_nodes(node))


def _functions(tree: ast.Module) -> Iterator[dict[str, Any]]:
    stack: list[tuple[ast.AST, str]] = [(tree, "")]
    while stack:
        node, outer = stack.pop()
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            outer = f"{outer}.{node.name}" if outer else node.name
        if isinstance(node, FUNCTIONS):
            size = (node.end_lineno or node.lineno) - node.lineno + 1
            yield {"name": outer, "line": node.lineno, "lines": size, "complexity": _complexity(node)}
        stack.extend((child, outer) for child in ast.iter_child_nodes(node))


def _complexity(function: ast.AST) -> int:
    """McCabe's: one, and one more for each place where the path can part. Nested functions count for themselves."""
    count = 1
    stack = list(ast.iter_child_nodes(function))
    while stack:
        node = stack.pop()
        if isinstance(node, FUNCTIONS):
            continue
        if isinstance(node, BRANCHES):
            count += 1
        elif isinstance(node, ast.BoolOp):
            count += len(node.values) - 1
        stack.extend(ast.iter_child_nodes(node))
    return count


def _versions(tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    """Versions written as a literal at top level: line, name, text. A tuple of numbers is read up to its first word."""
    for node in tree.body:
        if not isinstance(node, (ast.Assign, ast.AnnAssign)):
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            name = _named(target)
            if name.strip("_").lower() not in ("version", "release"):
                continue
            value = _literal(node.value)
            if isinstance(value, str) and value:
                yield node.lineno, name, value[:100]
            elif isinstance(value, tuple) and len(value) >= 2 and isinstance(value[0], int):
                numbers = [str(part) for part in value]
                words = [at for at, part in enumerate(value) if not isinstance(part, int)]
                if not words or value[words[0]] == "final":
                    yield node.lineno, name, ".".join(numbers[: words[0] if words else None])


def _setup(tree: ast.Module) -> dict[str, Any] | None:
    """What `setup(...)` is given, as far as it is written out: keyword -> [line, value], value null when computed."""
    given: dict[str, Any] | None = None
    constants = {
        _named(target): value
        for node in tree.body
        if isinstance(node, ast.Assign) and (value := _literal(node.value)) is not None
        for target in node.targets
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _named(node.func) == "setup":
            given = given or {}
            for keyword in node.keywords:
                value = _literal(keyword.value)
                if value is None and isinstance(keyword.value, ast.Name):
                    value = constants.get(keyword.value.id)
                if isinstance(value, set | tuple):
                    value = sorted(map(str, value))
                given[keyword.arg or "**"] = [keyword.value.lineno, value if _is_plain(value) else None]
    return given


def _literal(node: ast.expr | None) -> Any:
    try:
        return ast.literal_eval(node) if node is not None else None
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def _is_plain(value: Any) -> bool:
    try:
        return len(json.dumps(value)) < 200_000
    except (TypeError, ValueError):
        return False


def main(root: Path) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (300, 300))
    for file in json.load(sys.stdin):
        try:
            found = outline((root / file).read_bytes())
        except OSError as error:
            found = {"error": f"could not be read ({error.strerror})"}
        sys.stdout.write(json.dumps({"file": file, **found}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[-1]))
