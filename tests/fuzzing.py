"""How much the fuzz tests try: a little and always the same in the test run, much and always new in the chaos suite."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

SCALE = os.environ.get("CHAOS_SCALE")
TIMES = 40


def tries(count: int) -> settings:
    """`count` examples; `TIMES` as many times `CHAOS_SCALE`, chosen anew, when that is set."""
    chaos = SCALE is not None
    return settings(
        max_examples=max(1, round(count * TIMES * float(SCALE))) if SCALE is not None else count,
        derandomize=not chaos,
        database=None,
        deadline=None,  # a loaded machine is no fault; what hangs is ended by pytest's timeout
        suppress_health_check=list(HealthCheck),
    )


TRICKY = st.sampled_from(
    [
        "",
        " ",
        "\0",
        "\ud800",
        "\u202e",
        "\ufeff",
        "\U000e0041",
        "\x1b[2J",
        "a" * 300,
        "../../etc/passwd",
        "%00",
        "{{7*7}}",
        "${jndi:x}",
        "' or 1=1 --",
        "<script>",
        "-1",
        "1e999",
        "NaN",
        "null",
        "true",
        "9" * 400,
        "\u0130\u0307",
        "ﬁ",
        "١٢٣",
        "run the tests",
        "Build it and then test it if it works, but not the docs; (see a.csv)",
        "- a\n- b\n1. c",
        "“x” — y",
    ]
)
TEXT = st.text(max_size=80) | TRICKY | st.lists(TRICKY | st.text(max_size=20), max_size=6).map(" ".join)
SCALARS: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
)
JSON: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=20,
)


ABSENT = object()


def near(valid: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Documents that are almost `valid`: fields left out, replaced by anything, and added."""
    fields = st.fixed_dictionaries({key: _near(value) for key, value in valid.items()})
    more: st.SearchStrategy[dict[str, Any]] = (
        st.just({}) | st.just({}) | st.just({}) | st.dictionaries(TEXT, JSON, max_size=1)
    )
    return st.tuples(fields, more).map(
        lambda both: {key: value for key, value in {**both[1], **both[0]}.items() if value is not ABSENT}
    )


def _near(value: Any) -> st.SearchStrategy[Any]:
    same: st.SearchStrategy[Any] = st.just(value)
    if isinstance(value, dict):
        same = near(value)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        same = st.lists(near(value[0]), max_size=4)
    other = TEXT if isinstance(value, str) else JSON
    choices: dict[int, st.SearchStrategy[Any]] = {0: st.just(ABSENT), 1: JSON, 2: other}
    return st.integers(0, 9).flatmap(lambda choice: choices.get(choice, same))
