"""The rows that the trained layer is made and judged with, each with its source, so that a source can be left out."""

from __future__ import annotations

import hashlib
import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.guard import grammar

HERE = Path(__file__).parent
REQUESTS = HERE.parent / "requests"
SOURCES = ("deepset", "piguard", "jailbreaks", "spikee")
"""The public sources of attacks; the leave-one-source-out folds."""
OWN = "own"
UNSEEN = 0.2
"""Share of the rows, by hash of the text, that no layer is trained with."""


@dataclass(frozen=True, slots=True)
class Row:
    """A text, whether it is an attack, and where it comes from."""

    text: str
    attack: bool
    source: str
    group: str = ""

    @property
    def unseen(self) -> bool:
        """Kept out of training: decided by the text, or by its group where several rows are made from one."""
        digest = hashlib.sha256((self.group or self.text).encode("utf-8", "surrogatepass")).digest()
        return digest[0] / 256 < UNSEEN


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def public(data: Path) -> list[Row]:
    """The rows of the public development sets under `data`. `notinject-one` is not among them."""
    folder = data / "injection"
    kept_out = {row["prompt"] for row in notinject(data)}
    rows = [Row(row["text"], bool(row["label"]), "deepset") for row in _lines(folder / "deepset-train.jsonl")]
    rows += [
        Row(row["prompt"], bool(row["label"]), "piguard")
        for row in _lines(folder / "piguard-valid.jsonl")
        # What NotInject holds is for judging only, whichever file it comes in.
        if not row["source"].startswith("NotInject") and row["prompt"] not in kept_out
    ]
    rows += [Row(row["text"], True, "jailbreaks") for row in _lines(folder / "jailbreaks-in-the-wild.jsonl")]
    return rows + list(_spikee(folder))


def _spikee(folder: Path) -> Iterator[Row]:
    """Each template with some of the instructions, alone or within a document; and the texts that stand alone."""
    rng = random.Random(11)
    instructions = [row["instruction"] for row in _lines(folder / "spikee-legacy-instructions.jsonl")]
    documents = [row["document"] for row in _lines(folder / "spikee-legacy-base_user_inputs.jsonl")]
    for row in _lines(folder / "spikee-legacy-jailbreaks.jsonl"):
        if "no-jailbreak" in row["jailbreak_type"]:
            continue
        for instruction in rng.sample(instructions, 6):
            attack = row["text"].replace("<INSTRUCTION>", instruction)
            document = rng.choice(documents)
            text = document.replace("<PLACEHOLDER>", attack) if "<PLACEHOLDER>" in document else f"{document}\n{attack}"
            yield Row(text, True, "spikee", row["text"])
    for row in _lines(folder / "spikee-legacy-standalone_user_inputs.jsonl"):
        yield Row(row["text"], True, "spikee", row["id"])


def notinject(data: Path) -> list[dict[str, Any]]:
    """The rows of `notinject-one`: for judging, never for choosing anything."""
    return _lines(data / "injection" / "notinject-one.jsonl")


def own(seed: int = 1) -> list[Row]:
    """Attacks and innocent text written for this project, and the planner's requests."""
    rows = [Row(text, True, OWN) for text in grammar.attacks(seed)]
    rows += [Row(text, False, OWN) for text in grammar.benign()]
    for path in sorted(HERE.glob("*.jsonl")):
        rows += [Row(row["text"], bool(row["attack"]), OWN) for row in _lines(path)]
    for path in sorted(REQUESTS.glob("*.jsonl")):
        rows += [Row(row["text"], False, f"requests/{path.stem}") for row in _lines(path)]
    return rows


def ordinary(data: Path) -> list[Row]:
    """Ordinary requests of the public planning sets beside the attacks, when they are there."""
    folder = data / "planning"
    rows = []
    for name, key, most in (
        ("ultratool-train", "", 1500), ("metatool-single-dev", "", 1000), ("routellm-dev", "prompt", 1500),
    ):  # fmt: skip
        path = folder / f"{name}.jsonl"
        if path.exists():
            found = [text for row in _lines(path) if (text := _text(row, key))]
            rows += [
                Row(text, False, f"planning/{name}") for text in random.Random(3).sample(found, min(most, len(found)))
            ]
    return rows


def _text(row: dict[str, Any], key: str) -> str:
    for name in (key, "text", "request", "query", "prompt", "question"):
        if name and isinstance(row.get(name), str):
            return str(row[name])
    return ""


def code(most: int = 800) -> list[Row]:
    """Python source of the interpreter that runs, in pieces: what a tool that reads files hands over."""
    rows: list[Row] = []
    rng = random.Random(5)
    library = Path(json.__file__).parent.parent
    for path in (
        sorted(library.glob("*.py")) + sorted(library.glob("email/*.py")) + sorted(library.glob("asyncio/*.py"))
    ):
        text = path.read_text(encoding="utf-8", errors="replace")
        pieces = (text[at : at + rng.randint(200, 1500)] for at in range(0, len(text), 1500))
        rows.extend(Row(piece, False, "stdlib", path.name) for piece in pieces)
    return rng.sample(rows, min(most, len(rows)))


def versions(data: Path) -> dict[str, str]:
    """The sha256 of every file that was read, and the Python whose library was."""
    judged = "notinject-one.jsonl"
    folders = ((data / "injection", "*.jsonl"), (data / "planning", "*.jsonl"), (HERE, "*.*l"), (REQUESTS, "*.jsonl"))
    files = [path for folder, names in folders for path in sorted(folder.glob(names)) if path.name != judged]
    made = {f"{path.parent.name}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    return {**made, "python": sys.version.split()[0]}
