"""Files and variables that set Genesis up: any of them is read, or refused by an error that names it."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from genesis.errors import FileInvalid
from genesis.settings import Settings, load
from genesis.tools.places import yaml_lines
from genesis.tools.places.yaml_lines import NotReadable
from genesis.yamlfile import parse_yaml
from tests.fuzzing import JSON, TEXT, near, tries

VALID = {"profile": "dev", "host": "127.0.0.1", "port": 8080, "workspaces": ["/a"], "keep_days": 3.0}
LINES = st.sampled_from(
    [
        "port: 1",
        "port: 1",
        "&a [*a]",
        "a: &x 1",
        "b: *x",
        "? [x]",
        "- - -",
        "!!python/object/apply:os.system [x]",
        "---",
        "...",
        "<<: {a: 1}",
        "%YAML 9.9",
        "!<tag:x> y",
        "[" * 50,
        "{" * 50,
        "port: 0o17",
        "port: 1_000",
        "keep_days: .inf",
        "keep_days: .nan",
        "profile: no",
        "2024-13-45: x",
        "port: 2024-02-30",
        "\t",
        "'",
        "? ",
        ": ",
        "=: 1",
        "port: !!binary x",
        "? {a: b}\n: c",
        "!!set {a, b}",
        "!!timestamp x",
        "!!int x",
        "!!float x",
        "!!bool x",
        "!!omap x",
        'host: "\\ud800"',
        'host: "\\x00"',
    ]
)


@given(st.lists(LINES | TEXT, max_size=8).map("\n".join) | JSON.map(lambda one: yaml.safe_dump(one)))
@tries(200)
def test_any_text_is_read_with_its_lines_or_refused(text: str) -> None:
    if "\ud800" not in text:  # a workspace's text was decoded: it holds no surrogates
        with contextlib.suppress(NotReadable):
            yaml_lines.load(text)


@given(
    TEXT | st.lists(LINES | TEXT, max_size=8).map("\n".join) | (JSON | near(VALID)).map(lambda one: yaml.safe_dump(one))
)
@tries(300)
def test_any_text_is_settings_or_refused(text: str) -> None:
    try:
        read = parse_yaml(text, Settings, name="some.yaml")
    except FileInvalid as error:
        assert error.message.startswith("some.yaml")
        return
    assert isinstance(read, Settings)


@pytest.mark.parametrize("part", ["[", "{a: ", "- ", "? ", "[a, {b: "])
def test_depth_is_refused_before_it_can_end_the_process(part: str) -> None:
    """100 kB of each ended CPython by a segmentation fault, in the loader of libyaml's binding."""
    for text in (part * (100_000 // len(part)), part * 500):
        with pytest.raises(FileInvalid):
            parse_yaml(text, Settings, name="some.yaml")
        with pytest.raises(NotReadable):
            yaml_lines.load(text)


@given(st.binary(max_size=200))
@tries(60)
def test_any_bytes_are_settings_or_refused(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "genesis.yaml").write_bytes(data)
        try:
            load({}, home=Path(name))
        except FileInvalid as error:
            assert "genesis.yaml" in error.message


@given(
    st.dictionaries(
        st.sampled_from(
            ["PROFILE", "HOST", "PORT", "HOME", "WORKSPACES", "KEEP_DAYS", "ADMIN_KEY", "ADMIN_KEY_FILE", "X"]
        ).map("GENESIS_".__add__),
        TEXT | st.integers().map(str),
        max_size=4,
    )
)
@tries(200)
def test_any_variables_are_settings_or_refused(variables: dict[str, Any]) -> None:
    try:
        load(variables)
    except FileInvalid as error:
        assert "GENESIS_" in error.message or "genesis.yaml" in error.message
