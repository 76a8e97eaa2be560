"""JSON of strangers: bounded in depth, in values and in the size of its numbers."""

from __future__ import annotations

import pytest

from genesis.errors import BodyTooLarge, RequestInvalid
from genesis.security.edge.body import MAX_JSON_DEPTH, MAX_JSON_VALUES, check_depth, load_json


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_depth_is_bounded_exactly(opening: str) -> None:
    closing = "]" if opening == "[" else "}"

    def nested(depth: int) -> bytes:
        return (opening * depth + "1" + closing * depth).encode()

    check_depth(load_json(nested(MAX_JSON_DEPTH)))
    for depth in (MAX_JSON_DEPTH + 1, 1000, 100_000):
        with pytest.raises(RequestInvalid):
            check_depth(load_json(nested(depth)))


def test_values_are_bounded_before_any_is_built() -> None:
    assert len(load_json(b"[" + b"1," * (MAX_JSON_VALUES - 2) + b"1]")) == MAX_JSON_VALUES - 1
    with pytest.raises(BodyTooLarge):
        load_json(b"[" + b"1," * MAX_JSON_VALUES + b"1]")


@pytest.mark.parametrize("number", ["1" * 400, "1e400", "-1e999", "NaN", "Infinity", "1" * 100_000])
def test_numbers_that_no_double_holds_are_refused(number: str) -> None:
    with pytest.raises(RequestInvalid) as caught:
        load_json(f'{{"n": {number}}}'.encode())
    assert number[:50] not in caught.value.message
