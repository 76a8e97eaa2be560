"""Makes src/genesis/plan/calibration.json: `python -m benchmarks.requests.calibrate [--check]`.

The requests in training/requests/held_out.jsonl, which no layer was trained with (the few weights that join the layers
were fitted on them), are planned; scores are binned and made monotone (pool adjacent violators).
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from benchmarks.requests.judge import wilson
from genesis.agents import registry
from genesis.objective import Objective
from genesis.plan import Catalog, of_agents
from genesis.plan.calibration import FILE
from genesis.plan.heuristic import choose, plan_by_heuristics, raw_confidence
from training.rows import HELD_OUT, read

LEAST_IN_BIN = 25


def outcomes(catalog: Catalog) -> list[tuple[float, bool]]:
    """For each held out request whose gold is a plan, the score of its plan (0 when there is none) and whether its set
    of agents is one that is right."""
    found = []
    for row in read(HELD_OUT):
        if row.answer != "plan":
            continue
        made = plan_by_heuristics(Objective(text=row.text), catalog.reader)
        whole = catalog.reader.read(row.text)
        score = raw_confidence(whole, choose(whole, catalog.reader)) if made.tasks else 0.0
        found.append((score, {task.agent for task in made.tasks} in row.sets))
    return found


def steps(found: list[tuple[float, bool]]) -> list[tuple[float, float]]:
    """Rising pairs of score and share right, with at least `LEAST_IN_BIN` examples each."""
    rows = sorted(one for one in found if one[0] > 0)
    bins: list[list[float]] = []  # lowest score, right, count
    for at in range(0, len(rows), LEAST_IN_BIN):
        part = rows[at : at + LEAST_IN_BIN]
        bins.append([part[0][0], float(sum(hit for _, hit in part)), float(len(part))])
        while len(bins) > 1 and _share(bins[-2]) >= _share(bins[-1]):
            _, right, count = bins.pop()
            bins[-1][1] += right
            bins[-1][2] += count
    return [(round(one[0], 4), round(_share(one), 3)) for one in bins]


def _share(one: list[float]) -> float:
    """Share right of a bin, drawn a little towards one half: few examples do not make a certainty."""
    return (one[1] + 1) / (one[2] + 2)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.requests.calibrate")
    parser.add_argument("--check", action="store_true", help="print, write nothing")
    given = parser.parse_args()
    catalog = of_agents(registry.load())
    found = outcomes(catalog)
    right = sum(hit for _, hit in found)
    low, high = wilson(right, len(found))
    print(f"held out: {right} of {len(found)} plans, {right / max(1, len(found)):.1%} ({low:.1%} to {high:.1%})")
    made: dict[str, Any] = {
        "made_by": "python -m benchmarks.requests.calibrate",
        "requests": len(found),
        "steps": steps(found),
    }
    print(made["steps"])
    if not given.check:
        FILE.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
