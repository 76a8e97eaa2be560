"""Derives a function's body from its stated examples: the simplest expression that gives them all, if it is one.

Expressions are grown from the parameters, smallest first; those that answer alike on every example are one. When two
of the smallest size fit the examples but differ on other values, nothing is derived: the examples do not say which.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from genesis.tools.scaffold.blueprint import Function

MAX_EXPRESSIONS = 60_000
MAX_SIZE = 5
MIN_EXAMPLES = 2
MAX_TEXT = 2_000
Value = Any
_FAILED = object()


@dataclass(frozen=True)
class _Expression:
    """`values` are its answers: first on the examples, then on other values of the same types."""

    text: str
    size: int
    values: tuple[Value, ...]


_UNARY: tuple[tuple[str, Callable[[Value], Value], type | tuple[type, ...]], ...] = (
    ("len({})", len, (str, list, tuple, dict)),
    ("{}.upper()", lambda x: x.upper(), str),
    ("{}.lower()", lambda x: x.lower(), str),
    ("{}.title()", lambda x: x.title(), str),
    ("{}.capitalize()", lambda x: x.capitalize(), str),
    ("{}.strip()", lambda x: x.strip(), str),
    ("{}.split()", lambda x: x.split(), str),
    ("{}[::-1]", lambda x: x[::-1], (str, list, tuple)),
    ("sorted({})", sorted, (list, tuple)),
    ("sum({})", sum, (list, tuple)),
    ("min({})", min, (list, tuple)),
    ("max({})", max, (list, tuple)),
    ("list(dict.fromkeys({}))", lambda x: list(dict.fromkeys(x)), (list, tuple)),
    ("abs({})", abs, (int, float)),
    ("-{}", lambda x: -x, (int, float)),
    ("not {}", lambda x: not x, bool),
    ("str({})", str, (int, float)),
)
_BINARY: tuple[tuple[str, Callable[[Value, Value], Value], tuple[type, ...], bool], ...] = (
    ("({} + {})", lambda x, y: x + y, (int, float, str, list), True),
    ("({} * {})", lambda x, y: x * y, (int, float), True),
    ("({} - {})", lambda x, y: x - y, (int, float), False),
    ("({} / {})", lambda x, y: x / y, (int, float), False),
    ("({} // {})", lambda x, y: x // y, (int,), False),
    ("({} % {})", lambda x, y: x % y, (int,), False),
    ("({} == {})", lambda x, y: x == y, (int, float, str, list), True),
    ("({} < {})", lambda x, y: x < y, (int, float), False),
    ("({} <= {})", lambda x, y: x <= y, (int, float), False),
    ("({} in {})", lambda x, y: x in y, (str,), False),
    ("{}.split({})", lambda x, y: x.split(y), (str,), False),
    ("{}.count({})", lambda x, y: x.count(y), (str,), False),
)


def derive(function: Function, numbers: tuple[int, ...]) -> None:
    """Sets `body`, or `why_not`. `numbers` are constants that the function's own statement names."""
    examples = [one for one in function.examples if one.result is not None]
    if not function.examples:
        function.why_not = "no example says what it gives"
        return
    if len(examples) < len(function.examples):
        function.why_not = "when it raises is a rule that examples alone do not settle"
        return
    names = [name for name, _, _ in function.parameters]
    if len(examples) < MIN_EXAMPLES or any(len(one.arguments) != len(names) for one in examples):
        function.why_not = (
            "one example fits too many functions"
            if len(examples) < MIN_EXAMPLES
            else "the examples leave parameters out"
        )
        return
    inputs = [tuple(ast.literal_eval(argument) for argument in one.arguments) for one in examples]
    wanted = [ast.literal_eval(one.result or "None") for one in examples]
    if all(_same(one, wanted[0]) for one in wanted):
        function.why_not = "all examples give the same"
        return
    others = _other_inputs(inputs)
    fits = list(_fitting(names, inputs, others, wanted, numbers))
    if not fits:
        function.why_not = "no simple expression gives what the examples say"
    elif any(not _alike(fits[0].values, other.values) for other in fits[1:]):
        function.why_not = (
            f"the examples fit both {_bare(fits[0].text)} and {_bare(_unlike(fits).text)}; one more would settle it"
        )
    else:
        function.body = _bare(fits[0].text)


def _unlike(fits: list[_Expression]) -> _Expression:
    return next(one for one in fits if not _alike(one.values, fits[0].values))


def _fitting(
    names: list[str],
    inputs: list[tuple[Value, ...]],
    others: list[tuple[Value, ...]],
    wanted: list[Value],
    numbers: tuple[int, ...],
) -> Iterator[_Expression]:
    """Every expression of the smallest size that gives the wanted answers and uses every parameter."""
    rows = [*inputs, *others]
    by_size: dict[int, list[_Expression]] = {
        1: [_Expression(name, 1, tuple(row[at] for row in rows)) for at, name in enumerate(names)]
    }
    constants = dict.fromkeys((*numbers, 2, 1))
    by_size[1] += [_Expression(str(one), 1, tuple(one for _ in rows)) for one in constants if -1000 <= one <= 100_000]
    seen = {_key(one.values) for one in by_size[1]}
    made = 0
    for size in range(1, MAX_SIZE + 1):
        if size > 1:
            by_size[size] = []
            for one in _grown(by_size, size):
                made += 1
                if made > MAX_EXPRESSIONS:
                    return
                key = _key(one.values)
                if key not in seen:
                    seen.add(key)
                    by_size[size].append(one)
        fits = [
            one
            for one in by_size[size]
            if all(_same(value, want) for value, want in zip(one.values, wanted, strict=False))
            and set(names) <= {node.id for node in ast.walk(ast.parse(one.text)) if isinstance(node, ast.Name)}
        ]
        if fits:
            yield from fits
            return


def _grown(by_size: dict[int, list[_Expression]], size: int) -> Iterator[_Expression]:
    for one in by_size[size - 1]:
        for text, operation, types in _UNARY:
            values = tuple(_call(operation, (value,), types) for value in one.values)
            if values[0] is not _FAILED:
                yield _Expression(text.format(one.text), size, values)
    for left_size in range(1, size - 1):
        right_size = size - 1 - left_size
        for left, right in itertools.product(by_size[left_size], by_size[right_size]):
            for text, binary, kinds, commutes in _BINARY:
                if commutes and left.text > right.text and left_size == right_size and "+" not in text:
                    continue
                values = tuple(_call(binary, pair, kinds) for pair in zip(left.values, right.values, strict=True))
                if values[0] is not _FAILED:
                    yield _Expression(text.format(left.text, right.text), size, values)


def _call(operation: Callable[..., Value], arguments: tuple[Value, ...], types: type | tuple[type, ...]) -> Value:
    if any(one is _FAILED or not isinstance(one, types) for one in arguments):
        return _FAILED
    if any(isinstance(one, bool) and types is not bool for one in arguments):
        return _FAILED
    try:
        value = operation(*arguments)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError, KeyError, IndexError):
        return _FAILED
    too_long = isinstance(value, str | list | tuple) and len(value) > MAX_TEXT
    return _FAILED if too_long or (isinstance(value, int) and abs(value) > 10**12) else value


def _other_inputs(inputs: list[tuple[Value, ...]]) -> list[tuple[Value, ...]]:
    """Values of the examples' types that no example has: where expressions that only happen to agree come apart."""
    pools: dict[type, list[Value]] = {
        int: [7, 0, -3, 13, 4],
        float: [2.5, -1.25, 10.0, 0.5, 3.0],
        str: ["Ab c", "xyz", "", "Hello World", "a,b"],
        bool: [True, False, True, True, False],
    }
    rows = []
    for turn in range(5):
        row: list[Value] = []
        for at, value in enumerate(inputs[0]):
            if isinstance(value, list | tuple):
                inner = type(value[0]) if value else int
                pool = pools.get(inner, pools[int])
                row.append(type(value)([*pool[turn:], *pool[: turn // 2]]))
            elif isinstance(value, dict) or value is None:
                row.append(value)
            else:
                pool = pools.get(type(value), [value])
                row.append(pool[(turn + 2 * at) % len(pool)])
        rows.append(tuple(row))
    return rows


def _same(one: Value, other: Value) -> bool:
    if isinstance(one, bool) is not isinstance(other, bool):
        return False
    if isinstance(one, float) and isinstance(other, int | float):
        return abs(one - other) <= 1e-9 * max(1.0, abs(one), abs(other))
    return type(one) is type(other) and bool(one == other)


def _alike(one: tuple[Value, ...], other: tuple[Value, ...]) -> bool:
    return all(a is b or _same(a, b) for a, b in zip(one, other, strict=True))


def _key(values: tuple[Value, ...]) -> str:
    return repr([(type(value).__name__, value) if value is not _FAILED else None for value in values])


def _bare(text: str) -> str:
    return ast.unparse(ast.parse(text, mode="eval"))
