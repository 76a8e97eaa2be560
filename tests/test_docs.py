"""Docs and docstrings run: every `>>>` in src/, and every python block of the docs."""

from __future__ import annotations

import ast
import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import genesis

ROOT = Path(__file__).parents[1]


def docstrings(file: Path) -> list[str]:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    tree = ast.parse(file.read_text())
    return [ast.get_docstring(node) or "" for node in ast.walk(tree) if isinstance(node, documented)]


WITH_EXAMPLES = [
    info.name
    for info in pkgutil.walk_packages(genesis.__path__, "genesis.")
    if info.name.count(".") > 0
    and (path := ROOT / "src" / Path(*info.name.split("."))).with_suffix(".py").exists()
    and any(">>> " in text for text in docstrings(path.with_suffix(".py")))
]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_docstring_examples(name: str) -> None:
    outcome = doctest.testmod(importlib.import_module(name), raise_on_error=False, verbose=False)
    assert outcome.attempted > 0
    assert outcome.failed == 0


PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    broken = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_and_verbs_that_docs_name_exist(page: Path) -> None:
    text = page.read_text()
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`?make ([a-z-]+)`", text)) | set(re.findall(r"^make ([a-z-]+)", text, re.MULTILINE))
    assert named <= targets
