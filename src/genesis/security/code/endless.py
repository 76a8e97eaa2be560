"""What plainly never ends or fills the memory. The rest of that kind is left to the sandbox's limits."""

from __future__ import annotations

import ast
from collections.abc import Iterator

MAX_BITS = 1_000_000
MAX_REPEATS = 50_000_000
MAX_STEPS = 10**10
_WAYS_OUT = (ast.Break, ast.Return, ast.Raise, ast.Yield, ast.YieldFrom, ast.Await, ast.Assert, ast.Try, ast.TryStar)
_SEQUENCES = frozenset({"bytes", "bytearray", "list", "str", "tuple"})
_WHOLE = _SEQUENCES | {"dict", "frozenset", "len", "max", "min", "set", "sorted", "sum"}  # take all before they answer


def endless(nodes: list[tuple[ast.AST, ast.AST]]) -> Iterator[tuple[int, str]]:
    """Line and reason. `nodes`: every node with its parent, parents first. Linear."""
    leaves: set[ast.AST] = set()  # what has a way out below it
    guarded: set[ast.AST] = set()  # what has a `try` above it, by which an exception may be the way out
    for node, parent in nodes:
        if isinstance(node, ast.Try | ast.TryStar) or parent in guarded:
            guarded.add(node)
    for node, parent in reversed(nodes):
        if node in leaves or isinstance(node, _WAYS_OUT) or _exits(node):
            leaves.add(parent)
        if isinstance(node, ast.While) and _always(node.test) and node not in leaves and node not in guarded:
            yield node.lineno, "loops for ever: there is no way out of it"
        if isinstance(node, ast.BinOp) and (why := _large(node)):
            yield node.lineno, why
        if isinstance(node, ast.Call) and _takes_all(node):
            yield node.lineno, f"takes all of what has no end, or more than {MAX_STEPS:,} members"


def _exits(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and (
        (isinstance(node.func, ast.Attribute) and node.func.attr == "exit")
        or (isinstance(node.func, ast.Name) and node.func.id == "exit")
    )


def _always(test: ast.expr) -> bool:
    return isinstance(test, ast.Constant) and bool(test.value)


def _takes_all(node: ast.Call) -> bool:
    whole = isinstance(node.func, ast.Name) and node.func.id in _WHOLE
    return whole and any(_unending(one) for one in node.args)


def _unending(node: ast.expr) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="count" | "cycle") | ast.Attribute(attr="count" | "cycle")):
            receiver = node.func.value if isinstance(node.func, ast.Attribute) else None
            return receiver is None or (isinstance(receiver, ast.Name) and receiver.id in {"itertools", "it"})
        case ast.Call(func=ast.Name(id="range"), args=arguments):
            return any((number := _number(one)) is not None and number > MAX_STEPS for one in arguments)
    return False


def _large(node: ast.BinOp) -> str | None:
    match node.op:
        case ast.Pow():
            base, power = _number(node.left), _number(node.right)
            if base is not None and power is not None and power > 0 and base.bit_length() * power > MAX_BITS:
                return f"a power of more than {MAX_BITS:,} bits"
        case ast.Mult():
            for part, times in ((node.left, node.right), (node.right, node.left)):
                count = _number(times)
                if count is not None and count > MAX_REPEATS and _sequence(part):
                    return f"repeats more than {MAX_REPEATS:,} times"
    return None


def _number(node: ast.expr) -> int | None:
    """A literal, or one power of literals that is small."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        base, power = node.left, node.right
        if (
            isinstance(base, ast.Constant)
            and isinstance(base.value, int)
            and isinstance(power, ast.Constant)
            and isinstance(power.value, int)
        ):
            small = power.value >= 0 and base.value.bit_length() * power.value <= MAX_BITS
            return int(base.value**power.value) if small else None
    return None


def _sequence(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=str() | bytes()) | ast.List() | ast.Tuple() | ast.JoinedStr():
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in _SEQUENCES
    return False
