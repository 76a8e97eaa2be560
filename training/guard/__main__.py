"""`python -m training.guard --data DIR` makes src/genesis/security/guard/linear.npz.

DIR holds `injection` and `planning`.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path

import numpy as np

from genesis.security.guard.canonical import plain_codes
from genesis.security.guard.linear import FILE, PROBE
from training.guard import rows, thresholds
from training.guard.fit import DECAY, fitted


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m training.guard", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds `injection` and `planning`")
    parser.add_argument("--out", type=Path, default=FILE)
    given = parser.parse_args()
    if not (given.data / "injection").is_dir():
        print(f"{given.data}: no folder `injection` in it", file=sys.stderr)
        return 2
    every = [*rows.public(given.data), *rows.own(), *rows.ordinary(given.data), *rows.code()]
    seen = [row for row in every if not row.unseen]
    linear = fitted(seen)
    about = {
        "made_by": "python -m training.guard --data DIR",
        "rows": {"attacks": sum(row.attack for row in seen), "innocent": sum(not row.attack for row in seen)},
        "decay": DECAY,
        "probe": float(linear.scores(plain_codes(PROBE))[0]),
        "direction_need": linear.direction.need,
        "points": dataclasses.asdict(thresholds.points(linear, every)),
        "thresholds": thresholds.CHANNELS,
        "data": rows.versions(given.data),
    }
    np.savez_compressed(
        given.out,
        weights=linear.weights,
        scale=np.float64(linear.scale),
        constant=np.float64(linear.constant),
        direction=linear.direction.odds.astype(np.float16),
        words=np.frombuffer(json.dumps(linear.vocabulary.counts).encode(), dtype=np.uint8),
        about=np.frombuffer(json.dumps(about, sort_keys=True).encode(), dtype=np.uint8),
    )
    print(f"{given.out}: {given.out.stat().st_size:,} bytes, {about['rows']}, points {about['points']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
