"""Nothing the planner learned from may be (nearly) a row of the request corpus: its figure would measure memory."""

from __future__ import annotations

import json
from pathlib import Path

from genesis.plan import Catalog
from genesis.plan.memory import Memory
from training.rows import FOLDER, HELD_OUT, read, training_rows

CORPUS = Path(__file__).parents[2] / "benchmarks" / "requests"


def test_what_is_held_out_was_not_trained_with() -> None:
    trained = {row.text for row in training_rows()}
    held_out = read(HELD_OUT)
    assert len(trained) > 3000 and len(held_out) > 200
    assert not [row.text for row in held_out if row.text in trained]


def test_examples_training_requests_and_corpus_are_apart(catalog: Catalog) -> None:
    rows = [
        json.loads(line)
        for half in ("development", "test")
        for line in (CORPUS / f"{half}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    memory = Memory([row["text"] for row in rows])
    assert memory.similar(rows[0]["text"]).max() > 0.99, "the measure must see a copy"
    texts = [example.request for example in catalog.examples]
    texts += [row.text for path in sorted(FOLDER.glob("*.jsonl")) for row in read(path)]
    near = {
        rows[int(scores.argmax())]["id"] for scores in (memory.similar(text) for text in texts) if scores.max() >= 0.9
    }
    assert sorted(near) == [], "ids only, so that nobody reads the test half here"
