"""The request corpus was fixed before there was a planner; whoever changes a row changes what the figures mean."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path

import pytest

from genesis.agents import registry

CORPUS = Path(__file__).parents[1] / "benchmarks" / "requests"
SHA256 = {
    "development.jsonl": "7ff6b5aa82dbe248e818125166a25380e276bdfa7101ea2ff0c66dc52a5d8a47",
    "test.jsonl": "9fcc67bee397043253b669e64b8832cdd9dd2d009cdba5d6a7e693b775403e7f",
}


def rows(name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (CORPUS / name).read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("name", SHA256)
def test_the_corpus_is_the_one_that_was_fixed(name: str) -> None:
    assert hashlib.sha256((CORPUS / name).read_bytes()).hexdigest() == SHA256[name]


def test_the_corpus_has_the_spread_that_its_figures_rest_on() -> None:
    everything = [row for name in SHA256 for row in rows(name)]
    expect = Counter(row["expect"] for row in everything)
    plans = [row for row in everything if row["expect"] == "plan"]
    assert len(everything) == 200
    assert len({row["text"] for row in everything}) == 200
    assert expect["question"] + expect["refusal"] >= 25
    assert sum(not row["about_code"] for row in plans) >= 40
    assert sum(row["source"] != "own" for row in everything) >= 60


def test_gold_names_only_agents_that_exist() -> None:
    known = set(registry.load().agents)
    named = {
        agent
        for name in SHA256
        for row in rows(name)
        for gold in row["acceptable"]  # type: ignore[attr-defined]
        for agent in gold["agents"]
    }
    assert named == known
