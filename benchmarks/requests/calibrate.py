"""Makes src/genesis/plan/calibration.json: `python -m benchmarks.requests.calibrate [--check]`.

Every example of every agent is planned with itself left out of the memory; scores are binned and made monotone (pool
adjacent violators). Also prints the share right, which is the leave-one-out figure of the docs.
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
from genesis.plan.catalog import Entry
from genesis.plan.evidence import Reader, kinds
from genesis.plan.heuristic import choose, plan_by_heuristics, raw_confidence, taken_up
from genesis.plan.lexicon import load
from genesis.plan.memory import Vector

LEAST_IN_BIN = 25
UNMEASURED = 0.5
"""Confidence of questions and refusals: the examples hold none, so nothing is claimed beyond an even chance."""


class LeftOut(Reader):
    """A reader whose memory forgets one text."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(catalog, load())
        self.hidden: list[int] = []
        whole = self.memory.similar

        def similar(text: str) -> Vector:
            scores = whole(text)
            scores[self.hidden] = 0.0
            return scores

        self.memory.similar = similar  # type: ignore[method-assign]
        self._remembered = self._read_all  # type: ignore[assignment]
        self.recall = self._recall  # type: ignore[assignment]


def outcomes(catalog: Catalog) -> list[tuple[float, bool]]:
    """For each example, the score of its plan (0 when there is none) and whether its set of agents is right."""
    reader = LeftOut(catalog)
    by_name: dict[str, Entry] = catalog.by_name
    requests = [example.request for example in catalog.examples]
    found = []
    for example in catalog.examples:
        reader.hidden = [at for at, other in enumerate(requests) if other == example.request]
        gold = {by_name[name].agent for name in kinds(example)}
        made = plan_by_heuristics(Objective(text=example.request), reader)
        reads = taken_up(reader.read(example.request), reader)
        asked = choose(reads)
        found.append((raw_confidence(reads, asked) if made.tasks else 0.0, {t.agent for t in made.tasks} == gold))
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
    print(
        f"leave one out: {right} of {len(found)} examples, {right / max(1, len(found)):.1%} ({low:.1%} to {high:.1%})"
    )
    made: dict[str, Any] = {
        "made_by": "python -m benchmarks.requests.calibrate",
        "examples": len(found),
        "steps": steps(found) or [(0.0, UNMEASURED)],
        "question": UNMEASURED,
        "refusal": UNMEASURED,
    }
    print(made["steps"])
    if not given.check:
        FILE.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
