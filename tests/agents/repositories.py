"""Random Python repositories, and checks that hold for whatever an agent says about one."""

from __future__ import annotations

import random
import re
import string
from pathlib import Path

from genesis.agents.result import Result
from genesis.finding import Source

REDACTED = re.compile(r"\[REDACTED:[a-z_0-9]+\]")


def word(rng: random.Random, taken: set[str]) -> str:
    """A new lower-case word."""
    while True:
        new = "".join(rng.choices(string.ascii_lowercase, k=rng.randint(5, 9)))
        if new not in taken:
            taken.add(new)
            return new


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def sources(result: Result) -> list[Source]:
    return [source for fact in result.facts for source in fact.sources] + [
        finding.source for finding in result.findings if finding.source is not None
    ]


def assert_quoted(result: Result, root: Path) -> None:
    """Every fact has a source, every finding a place and a remedy, and every excerpt stands where it is said to."""
    assert all(fact.sources for fact in result.facts)
    for finding in result.findings:
        assert finding.source is not None and finding.source.file is not None and finding.remedy
    for source in sources(result):
        assert source.file or source.query or source.formula, source
        if source.file is None:
            continue
        assert (root / source.file).is_file(), source
        if source.excerpt is not None:
            assert source.line is not None
            line = re.split(r"\r\n|\r|\n", (root / source.file).read_text())[source.line - 1]
            for piece in REDACTED.split(source.excerpt):
                assert piece in line, source
