"""The check answers for any bytes, soon, and the same twice; what is cut or glued from hostile code stays refused."""

from __future__ import annotations

import ast
import time

from hypothesis import given
from hypothesis import strategies as st

from genesis.security.code.check import check
from tests.fuzzing import TEXT, tries
from tests.security.code.matrix import BENIGN, HOSTILE

PIECES = [line for family in (*HOSTILE.values(), *BENIGN.values()) for one in family for line in one.code.splitlines()]
MARKS = st.sampled_from(
    ["(", ")", "[", "{", "\n", "    ", ":", "lambda: ", "not ", "f'{", "'", '"""', "\\", "@", "*", "**", ":="]
)
BODIES = [one.code for family in BENIGN.values() for one in family]


@given(st.binary(max_size=300) | TEXT | st.lists(st.sampled_from(PIECES) | MARKS | TEXT, max_size=40).map("\n".join))
@tries(300)
def test_anything_is_answered(source: str | bytes) -> None:
    began = time.process_time()
    found = check(source)
    assert time.process_time() - began < 2
    assert all(one.source is not None and one.source.line and one.message for one in found)
    assert check(source) == found


@given(st.lists(MARKS, min_size=1, max_size=4).map("".join), st.integers(1, 20_000))
@tries(100)
def test_repetition_is_bounded(part: str, times: int) -> None:
    began = time.process_time()
    check((part * times)[:20_000])
    assert time.process_time() - began < 2


@given(st.sampled_from(BODIES), st.sampled_from(["import socket", "open('x')", "().__class__", "eval('1')"]), st.data())
@tries(100)
def test_a_hostile_line_among_honest_ones_is_found(body: str, hostile: str, data: st.DataObject) -> None:
    starts = [node.lineno - 1 for node in ast.parse(body).body if not isinstance(node, ast.ClassDef | ast.FunctionDef)]
    lines = body.splitlines()
    lines.insert(data.draw(st.sampled_from([*starts, len(lines)])), hostile)
    assert check("\n".join(lines))
