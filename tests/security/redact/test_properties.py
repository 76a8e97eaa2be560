"""What holds for any text: pieces give what the whole gives, twice is once, and nothing raises."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genesis.security.redact.redactor import Redactor
from tests.security.redact.texts import texts

REDACTOR = Redactor(b"key of this test", ["registered/own secret"])
MANY = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def in_pieces(pieces: list[str]) -> str:
    stream = REDACTOR.stream()
    return "".join([*(stream.feed(piece) for piece in pieces), stream.close()])


@MANY
@given(texts(), st.data())
def test_every_two_way_split_gives_what_the_whole_gives(text: str, data: st.DataObject) -> None:
    whole = REDACTOR.redact(text)
    cuts = range(len(text) + 1) if len(text) < 120 else data.draw(st.lists(st.integers(0, len(text)), max_size=12))
    for at in cuts:
        assert in_pieces([text[:at], text[at:]]) == whole
    assert in_pieces(list(text)) == whole


@MANY
@given(texts())
def test_twice_is_once(text: str) -> None:
    once = REDACTOR.redact(text)
    assert REDACTOR.redact(once) == once


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 60), 1 << 60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["password", "apiKey", "name", "token", "Cookie"]) | st.text(max_size=8), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@MANY
@given(json_values)
def test_values_keep_their_shape_and_twice_is_once(value: Any) -> None:
    once = REDACTOR.redact_value(value)
    assert shape(once) == shape(value)
    assert REDACTOR.redact_value(once) == once


@MANY
@given(st.binary(max_size=2_000))
def test_no_text_raises(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    assert isinstance(REDACTOR.redact(text), str)
    assert in_pieces([text]) == REDACTOR.redact(text)


def test_a_line_longer_than_any_window_is_gone_over_alike_in_pieces() -> None:
    secret = "ghp_" + "aB3dE6gH9" * 4
    for before in (65_480, 65_500, 65_536, 41_000, 40_940):
        text = "x " * (before // 2) + f'"password": "{secret}" ' + "y" * 90_000 + f" {secret} " + "z" * 70_000
        whole = REDACTOR.redact(text)
        assert secret not in whole and whole.count("[REDACTED:github_pat:") == 2
        for size in (1_000, 65_535, 65_536, 65_537):
            assert in_pieces([text[at : at + size] for at in range(0, len(text), size)]) == whole


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return [shape(one) for one in value.values()]
    if isinstance(value, list):
        return [shape(one) for one in value]
    return "text" if isinstance(value, str) else json.dumps(value)
