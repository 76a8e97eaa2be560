"""The lock is complete, hashed, and says where nothing comes from."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)")


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / "requirements" / name).read_text().splitlines()
    return {canonicalize_name(m[1]): m[2] for line in lines if (m := PIN.match(line))}


def declared() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    extras = project["project"]["optional-dependencies"]
    return [
        Requirement(one)
        for one in (*project["project"]["dependencies"], *extras["agents"], *groups["run"], *groups["dev"])
    ]


@pytest.mark.parametrize("name", ["run.txt", "dev.txt", "semantic.txt", "train.txt"])
def test_every_pin_has_hashes_and_no_address(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text()
    assert "://" not in text
    entries = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
    assert entries
    assert [entry.split("\n")[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_what_is_declared_is_locked_within_its_bounds() -> None:
    locked = pins("dev.txt")
    for one in declared():
        assert one.specifier.contains(locked[canonicalize_name(one.name)], prereleases=True), one
        assert "<" in str(one.specifier), f"{one}: no upper bound"


def test_the_encoder_is_locked_without_what_its_package_declares() -> None:
    """The weights' package asks for torch, of which nothing here uses a line."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [Requirement(one) for one in project["dependency-groups"]["weights"]]
    locked = pins("semantic.txt")
    assert set(locked) == {canonicalize_name(one.name) for one in wanted}
    assert all(one.specifier.contains(locked[canonicalize_name(one.name)]) for one in wanted)


def test_what_the_locked_ones_need_is_locked_too() -> None:
    """Here and now, on this platform: a missing one would be installed from nowhere (`--no-deps`)."""
    locked = pins("dev.txt")
    for name in locked:
        try:
            needs = requires(name) or []
        except ModuleNotFoundError:
            continue  # for another platform or Python
        for text in needs:
            need = Requirement(text)
            if need.marker is None or need.marker.evaluate({"extra": ""}):
                assert canonicalize_name(need.name) in locked, f"{name} needs {need.name}"


def test_run_is_part_of_dev() -> None:
    run, dev = pins("run.txt"), pins("dev.txt")
    assert {name: dev.get(name) for name in run} == run
