"""`python -m training`: makes src/genesis/plan/sense.npz. `--adapter FILE ...` keeps adapters of
earlier runs."""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path
from typing import Any

import numpy as np

from genesis.agents import registry
from genesis.plan import encoder, of_agents
from genesis.plan.sense import FILE
from training import order
from training.adapter import adapted, averaged
from training.grams import fitted
from training.join import joins, kinds
from training.rows import FOLDER, HELD_OUT, development, read, training_rows


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m training")
    parser.add_argument(
        "--adapter", type=Path, nargs="+", help="adapters of earlier runs: take their mean, and train the rest anew"
    )
    parser.add_argument("--onward", type=Path, help="a file of an earlier run's adapter: train it further")
    parser.add_argument("--keep", type=Path, default=Path("results/adapter.npz"), help="where the adapter is kept")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--rank", type=int, default=16, help="of the change; with --onward that of the earlier run")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    folder = encoder.installed()
    if folder is None:
        print("the encoder's weights are not installed: make train installs them", file=sys.stderr)
        return 2
    rows, held_out = training_rows(), read(HELD_OUT)
    if given.adapter is not None:
        read_in = [_arrays(path) for path in given.adapter]
        arrays, agents = averaged([one for one, _ in read_in]), read_in[0][1]
    else:
        agents = [card.name for card in registry.load() if card.url is None]
        start = _arrays(given.onward)[0] if given.onward is not None else {}
        arrays = adapted(rows, folder, agents, rank=given.rank, epochs=given.epochs, seed=given.seed, start=start)
        given.keep.parent.mkdir(parents=True, exist_ok=True)
        np.savez(given.keep, agents=np.asarray(agents), **arrays)
    # Rounded as they are stored, so that what is fitted beside them fits them.
    stored = {name: one.astype(np.float16) if one.ndim == 2 else one for name, one in arrays.items()}
    layers = {name: one.astype(np.float32) for name, one in stored.items()}
    factors = {name[:-2]: (layers[name], layers[f"{name[:-2]}/B"]) for name in layers if name.endswith("/A")}
    encoding = encoder.load(folder, factors)
    stored["made_from"] = np.asarray([f"{path.name} {_sha256(path)}" for path in sorted(FOLDER.glob("*.jsonl"))])
    print(f"{len(rows)} rows; word groups", flush=True)
    stored |= fitted(rows, agents)
    numeric = {name: one for name, one in stored.items() if one.dtype.kind != "U"}
    layers = {name: one if one.dtype == np.int8 else one.astype(np.float32) for name, one in numeric.items()}
    print(f"{len(held_out)} held out rows; joins", flush=True)
    stored |= joins([*held_out, *development()], layers, agents, encoding)
    print("kinds of task", flush=True)
    stored |= kinds(rows, layers, agents, encoding)
    np.savez_compressed(FILE, agents=np.asarray(agents), **stored)
    print("order", flush=True)  # it reads with what was just stored
    rules = of_agents(registry.load()).reader
    stored |= order.fitted(rows, rules)
    np.savez_compressed(FILE, agents=np.asarray(agents), **stored)
    print(f"{FILE}: {FILE.stat().st_size / 1e6:.1f} MB")
    return 0


def _arrays(path: Path) -> tuple[dict[str, Any], list[str]]:
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    return arrays, [str(one) for one in arrays.pop("agents")]


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
