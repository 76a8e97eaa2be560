"""No stored example may be (nearly) a row of the request corpus: then the figure would measure memory, not planning."""

from __future__ import annotations

import json
from pathlib import Path

from genesis.plan import Catalog
from genesis.plan.memory import Memory

CORPUS = Path(__file__).parents[2] / "benchmarks" / "requests"


def test_examples_and_corpus_are_apart(catalog: Catalog) -> None:
    rows = [
        json.loads(line)
        for half in ("development", "test")
        for line in (CORPUS / f"{half}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    memory = Memory([row["text"] for row in rows])
    assert memory.similar(rows[0]["text"]).max() > 0.99, "the measure must see a copy"
    near = {
        rows[int(scores.argmax())]["id"]
        for scores in (memory.similar(example.request) for example in catalog.examples)
        if scores.max() >= 0.9
    }
    assert sorted(near) == [], "ids only, so that nobody reads the test half here"
