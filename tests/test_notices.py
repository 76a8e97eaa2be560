"""sbom.cdx.json and THIRD_PARTY.md say what `make run` installs, and all of it may be shipped with Apache-2.0."""

from __future__ import annotations

import doctest
import hashlib
import importlib.util
import json
import re
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.utils import canonicalize_name

import notices.lock
from genesis.errors import FileInvalid
from genesis.plan import encoder
from notices import licences, page, sbom
from notices.licences import duty

ROOT = Path(__file__).parents[1]
SBOM: dict[str, Any] = json.loads((ROOT / "sbom.cdx.json").read_text())
PAGE = (ROOT / "THIRD_PARTY.md").read_text()
BY_HAND = PAGE.partition(page.BEGIN)[0] + PAGE.partition(page.END)[2]
COMPONENTS: list[dict[str, Any]] = SBOM["components"]


def licence(component: dict[str, Any]) -> str | None:
    """The expression of a component, of ours or of a wheel's own list."""
    told = [one.get("expression") or one["license"].get("id") or one["license"]["name"]
            for one in component.get("licenses", ())]  # fmt: skip
    return " AND ".join(f"({one})" for one in told) or None


def locked() -> dict[tuple[str, str], set[str]]:
    """Hashes by name and version, read from the lock by other means than `notices` does."""
    found: dict[tuple[str, str], set[str]] = {}
    for name in ("run.txt", "semantic.txt"):
        for entry in re.split(r"\n(?=[A-Za-z0-9])", (ROOT / "requirements" / name).read_text()):
            head, *rest = entry.split("\\\n")
            name, _, version = head.partition(";")[0].partition("==")
            key = canonicalize_name(name.partition("[")[0]), version.strip()
            found[key] = {line.strip().removeprefix("--hash=sha256:") for line in rest}
    return found


def test_the_bill_is_what_the_lock_names() -> None:
    listed = {(one["name"], one["version"]): {each["content"] for each in one["hashes"]} for one in COMPONENTS}
    assert len(listed) == len(COMPONENTS) > 80
    assert all(hashes for hashes in listed.values())
    assert listed == locked()


def test_the_bill_is_cyclonedx() -> None:
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(SBOM))
    assert problem is None, problem


def test_the_bill_says_neither_when_nor_where_from() -> None:
    text = (ROOT / "sbom.cdx.json").read_text()
    assert set(re.findall(r"[a-z]+://[^\"]+", text)) == {SBOM["$schema"]}
    assert "serialNumber" not in SBOM and "timestamp" not in SBOM["metadata"]


@pytest.mark.skipif(
    sys.platform != "linux" or sys.version_info[:2] != (3, 11),
    reason="licences are read from what is installed, and other platforms and Pythons install other versions",
)
def test_made_anew_both_are_the_same() -> None:
    every = notices.lock.pins()
    assert sbom.sbom(every) == (ROOT / "sbom.cdx.json").read_text()
    assert page.page(every, PAGE) == PAGE


def test_every_pin_is_named_with_its_licence() -> None:
    rows = {tuple(cell.strip() for cell in line.split("|")[1:4]) for line in PAGE.splitlines() if line.startswith("| ")}
    rows = {(name, version, told.partition(" (weak)")[0]) for name, version, told in rows}
    named = {(one["name"], one["version"], _plain(licence(one))) for one in COMPONENTS}
    assert named - rows == set()


def _plain(told: str | None) -> str:
    assert told is not None
    return told[1:-1]


def test_no_licence_forbids_shipping_and_weak_ones_are_explained() -> None:
    duties = {one["name"]: duty(licence(one) or "") for one in COMPONENTS}
    assert {name for name, asks in duties.items() if asks == "refused"} == set()
    weak = {name for name, asks in duties.items() if asks == "weak"}
    assert weak and {name for name in weak if f"`{name}`" not in BY_HAND} == set()


def inside_wheels() -> list[tuple[str, str, str | None]]:
    """Distribution, library and licence: what the installed wheels say was compiled into them."""
    found = []
    for one in COMPONENTS:
        try:
            files = distribution(one["name"]).files or ()
        except PackageNotFoundError:
            continue  # for another platform
        for file in files:
            if ".dist-info/sboms/" in str(file) and file.suffix == ".json":
                told = json.loads(Path(str(file.locate())).read_text())
                found += [(one["name"], each["name"], licence(each)) for each in told.get("components", ())]
    return found


def test_what_wheels_hold_may_be_shipped_or_is_named() -> None:
    inside = inside_wheels()
    assert len(inside) > 100
    assert [one for one in inside if one[2] is not None and duty(one[2]) == "refused"] == []
    own = {one["name"] for one in COMPONENTS}
    silent = {name for _, name, told in inside if told is None and canonicalize_name(name) not in own}
    assert {name for name in silent if f"`{name}`" not in BY_HAND} == set()


@pytest.mark.parametrize("file", sorted((ROOT / "src").rglob("*.npz")), ids=lambda file: file.name)
def test_what_was_trained_is_named_with_all_that_it_was_trained_on(file: Path) -> None:
    assert f"`{file.relative_to(ROOT)}`" in BY_HAND
    with np.load(file, allow_pickle=False) as stored:
        if "about" in stored.files:
            read = json.loads(stored["about"].tobytes())["data"]
        else:
            read = dict(str(one).rsplit(" ", 1) for one in stored["made_from"])
    assert len(read) > 10
    ours = {hashlib.sha256(one.read_bytes()).hexdigest() for one in (ROOT / "training").rglob("*.*l")}
    foreign = {name: one for name, one in read.items() if name != "python" and one not in ours}
    assert {name for name, one in foreign.items() if f"{name} | {one}" not in BY_HAND.replace("`", "")} == set()


def test_the_weights_are_those_that_are_named() -> None:
    found = importlib.util.find_spec(encoder.PACKAGE)
    assert found is not None and found.origin is not None
    weights = Path(found.origin).parent / "model" / "model.safetensors"
    assert hashlib.sha256(weights.read_bytes()).hexdigest() in BY_HAND


def test_no_reading_is_left_over() -> None:
    pins = notices.lock.pins()
    assert licences.readings().keys() <= {pin.name for pin in pins} | {f"{pin.name} {pin.version}" for pin in pins}


def test_nothing_is_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    pin = next(one for one in notices.lock.pins() if one.name == "jinja2")
    read = licences.readings()["jinja2"]
    for told, why in (({}, "and add it"),
                      ({"jinja2": read.model_copy(update={"says": "MIT"})}, "again")):  # fmt: skip
        monkeypatch.setattr(licences, "readings", lambda told=told: told)
        with pytest.raises(FileInvalid, match=why):
            licences.notice(pin)
    with pytest.raises(FileInvalid, match="is not installed here"):
        licences.notice(notices.lock.Pin("jinja2", "0.0.1", "", ()))


def test_the_examples() -> None:
    done = doctest.testmod(licences)
    assert done.attempted == 2 and done.failed == 0


def test_a_lock_that_is_not_understood_is_said_to_be() -> None:
    with pytest.raises(ValueError, match="line 2"):
        notices.lock.read(f"a==1 \\\n    --hash=md5:{'0' * 32}\n")
