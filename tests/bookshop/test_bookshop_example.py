"""The example is as wrong as its manifest says, no more and no less, and stays so when it is scrambled."""

import random
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from .defects import DEFECTS, Defect, copy, line_of, places_of, repair, repair_all
from .scramble import cyclic, scramble

HINTS = re.compile(
    r"todo|fixme|\bbugs?\b|\bxxx\b|\bhack|vulnerab|insecure|unsafe|defect|planted|genesis", re.IGNORECASE
)
IMPORT_ALL = (
    "import importlib, pkgutil, bookshop\n"
    "for module in pkgutil.iter_modules(bookshop.__path__): importlib.import_module('bookshop.' + module.name)"
)


def failing(root: Path) -> set[str]:
    """Run the example's own tests in a process of their own; returns file::test of those that did not pass."""
    target = root.parent / "junit.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:cov", f"--junitxml={target}"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    cases = list(ElementTree.parse(target).iter("testcase"))
    assert len(cases) >= 35
    return {
        f"{case.attrib['classname'].replace('.', '/')}.py::{case.attrib['name']}"
        for case in cases
        if case.find("failure") is not None or case.find("error") is not None
    }


def sources(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): path.read_text() for path in root.glob("bookshop/*.py")}


def test_the_example_fails_where_the_manifest_says(tmp_path: Path) -> None:
    assert failing(copy(tmp_path)) == {test for defect in DEFECTS for test in defect.fails} != set()


def test_the_repaired_example_passes(tmp_path: Path) -> None:
    root = copy(tmp_path)
    assert cyclic(sources(root)) == {"accounts", "orders"}
    repair_all(root)
    assert failing(root) == set()
    assert cyclic(sources(root)) == set()
    for link in re.findall(r"\]\(([^)#]+)", (root / "README.md").read_text()):
        assert (root / link).exists(), link


def test_at_least_ten_kinds() -> None:
    assert len({defect.kind for defect in DEFECTS}) >= 10


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.kind)
def test_every_anchor_is_found_and_every_repair_fits_alone(defect: Defect, tmp_path: Path) -> None:
    root = copy(tmp_path)
    line = line_of(root, defect)
    assert (defect.file, line) in places_of(root, defect)
    assert (line is None) == (defect.anchor is None)
    assert (root / defect.file).is_file()
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    repair(root, [defect])
    after = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert {str(path.relative_to(root)) for path in after if before.get(path) != after[path]} == {
        change.file for change in defect.repair
    }
    subprocess.run([sys.executable, "-c", IMPORT_ALL], cwd=root, check=True, timeout=30)


def test_a_repair_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    root = copy(tmp_path)
    repair_all(root)
    for defect in DEFECTS:
        with pytest.raises(ValueError, match=r"times, not once|there already"):
            repair(root, [defect])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_scrambled_example_behaves_as_its_manifest_says(seed: int, tmp_path: Path) -> None:
    root = copy(tmp_path)
    before = {(defect.kind, defect.file, line_of(root, defect)) for defect in DEFECTS}
    scrambled = scramble(root, random.Random(seed))
    now = {(defect.kind, defect.file, line_of(root, defect)) for defect in scrambled.defects}
    assert {defect.kind for defect in scrambled.defects + scrambled.removed} == {defect.kind for defect in DEFECTS}
    assert scrambled.removed
    assert scrambled.moved
    assert len(now - before) >= 3
    for defect in scrambled.defects:
        assert (defect.file, line_of(root, defect)) in places_of(root, defect)
    subprocess.run([sys.executable, "-c", IMPORT_ALL], cwd=root, check=True, timeout=30)
    assert failing(root) == scrambled.fails
    mended = "import_cycle" in {defect.kind for defect in scrambled.removed}
    assert len(cyclic(sources(root))) == (0 if mended else 2)


def test_nothing_in_the_example_gives_itself_away(tmp_path: Path) -> None:
    root = copy(tmp_path)
    hints = [
        f"{path.name}: {found[0]}"
        for path in root.rglob("*")
        if path.is_file()
        for found in HINTS.finditer(path.read_text())
    ]
    assert hints == []
