"""The trained reader: it says where it read what, works without the encoder, and refuses broken files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from genesis.errors import FileInvalid
from genesis.plan import Catalog, encoder, sense
from genesis.plan.encoder import MAX_TOKENS, WINDOWS, read_safetensors
from genesis.plan.evidence import Reader
from genesis.plan.lexicon import load as lexicon
from genesis.plan.sense import Trained
from training.rows import FOLDER, HELD_OUT, read


@pytest.fixture(scope="module")
def trained() -> Trained:
    return sense.load()


@pytest.fixture(scope="module")
def without_encoder() -> Trained:
    with np.load(sense.FILE, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    names = {key: [str(one) for one in arrays.pop(key)] for key in ("agents", "types", "made_from")}
    return Trained({k: a if a.dtype == np.int8 else a.astype(np.float32) for k, a in arrays.items()}, names, None)


def test_the_weights_are_installed_with_the_rest() -> None:
    """`make` installs them; without them every figure of the docs would be another's."""
    assert encoder.installed() is not None


def test_the_layers_were_made_from_the_requests_that_are_here() -> None:
    with np.load(sense.FILE, allow_pickle=False) as stored:
        made_from = {str(one) for one in stored["made_from"]}
    here = {f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in FOLDER.glob("*.jsonl")}
    assert made_from == here, "train again: make train"


def test_each_agent_is_read_in_its_own_words(trained: Trained) -> None:
    text = "Draw the module diagram, and work out the break-even of the new bakery."
    seen = trained.read(text, [(0, 23), (25, len(text))])
    assert seen.asked["architect"] > 0.5 and seen.asked["finance"] > 0.5 and seen.asked["sales"] < 0.5
    first, second = seen.parts
    assert first["architect"] > 0.5 > first["finance"]
    assert second["finance"] > 0.5 > second["architect"]
    assert seen.sense is not None
    start, end = seen.sense.stretch("finance", 0, len(text)) or (0, 0)
    assert "break-even" in text[start:end] and "diagram" not in text[start:end]


def test_a_long_text_is_read_in_windows_up_to_a_bound(trained: Trained) -> None:
    filler = "The weather in the valley was mild that year and nobody thought much of it. "
    late = trained.read(filler * 20 + "Please run the unit tests and report what fails.")
    assert late.asked["qa"] > 0.5
    endless = trained.read(filler * 2000)
    assert endless.sense is not None
    assert len(endless.sense.places) <= MAX_TOKENS * WINDOWS


def test_without_the_encoder_word_groups_answer(without_encoder: Trained, catalog: Catalog) -> None:
    reader = Reader(catalog, lexicon(), without_encoder)
    whole = reader.read("Run the unit tests and write the launch newsletter.")
    assert whole.sense is None
    assert {agent for agent, chance in whole.asked.items() if chance >= 0.5} == {"qa", "marketing"}


def test_without_the_encoder_over_half_of_strangers_requests_are_read_right(without_encoder: Trained) -> None:
    rows = [row for row in read(HELD_OUT) if row.answer == "plan"]
    right = 0
    for row in rows:
        asked = without_encoder.read(row.text).asked
        found = frozenset(agent for agent, chance in asked.items() if chance >= 0.5) or {
            max(asked, key=asked.__getitem__)
        }
        right += found in row.sets
    assert right > len(rows) * 0.45


@pytest.mark.parametrize("text", ["", " ", "\n\n", "?!", "\x00\x01", "🚀" * 50, "a" * 20_000, "\uff11\uff12"])
def test_any_text_is_read(trained: Trained, catalog: Catalog, text: str) -> None:
    seen = trained.read(text)
    assert all(0.0 <= chance <= 1.0 for chance in seen.asked.values())
    assert abs(sum(seen.answers.values()) - 1.0) < 1e-3


def test_a_broken_file_is_told_and_not_planned_around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "sense.npz"
    broken.write_bytes(b"PK not really")
    monkeypatch.setattr(sense, "FILE", broken)
    sense.load.cache_clear()
    with pytest.raises(FileInvalid, match="install Genesis again"):
        sense.load()
    sense.load.cache_clear()
    for content in (b"", b"\xff" * 40, (9).to_bytes(8, "little") + b"{not json"):
        file = tmp_path / "model.safetensors"
        file.write_bytes(content)
        with pytest.raises(FileInvalid, match="cannot be read as safetensors"):
            read_safetensors(file)
