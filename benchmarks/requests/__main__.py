"""Scores the planner: `python -m benchmarks.requests [--half development|test] [--json] [--wrong]`.

Of the test half only totals are printed, so that nobody tunes on it by accident.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.requests.judge import Row, answer, right, set_right, summary
from genesis.agents import registry
from genesis.execute.prepare import prepare_plan
from genesis.objective import Objective
from genesis.plan import Catalog, of_agents, plan
from genesis.plan.memory import Memory
from genesis.plan.plan import Plan
from training.rows import training_rows

HERE = Path(__file__).parent


def rows(half: str) -> list[Row]:
    """The rows of one half, in order."""
    return [json.loads(line) for line in (HERE / f"{half}.jsonl").read_text(encoding="utf-8").splitlines()]


def likeness(texts: list[str], catalog: Catalog) -> list[float]:
    """The cosine of each text with the nearest request that the planner learned from: examples and training rows."""
    memory = Memory([*(example.request for example in catalog.examples), *(row.text for row in training_rows())])
    return [float(memory.similar(text).max(initial=0.0)) for text in texts]


def score(half: str) -> tuple[dict[str, Any], list[tuple[Row, Plan, bool]]]:
    """The figures of one half, and every row with its plan and whether it is right."""
    fleet = registry.load()
    catalog = of_agents(fleet)
    plan(Objective(text="run the tests"), catalog)  # builds the index, which is not part of a plan's time
    judged: list[tuple[Row, Plan, bool]] = []
    seconds: dict[str, list[float]] = {"plan": [], "route": [], "vet": []}
    for row in rows(half):
        objective = Objective(text=row["text"])
        start = time.perf_counter()
        made = plan(objective, catalog)
        seconds["plan"].append(time.perf_counter() - start)
        if made.tasks:
            prepared = prepare_plan(made, fleet, reader=catalog.reader)
            for stage in ("route", "vet"):
                seconds[stage].append(prepared.seconds[stage])
        judged.append((row, made, right(row, made)))
    like = likeness([row["text"] for row, _, _ in judged], catalog)
    quartile = statistics.quantiles(like, n=4)[0]
    far = [hit for (_, _, hit), near in zip(judged, like, strict=True) if near <= quartile]
    figures: dict[str, Any] = {
        "half": half,
        "examples": len(catalog.examples),
        "trained_with": len(training_rows()),
        "least_like_examples": {"cosine_at_most": round(quartile, 3), **summary(far)},
        "all": summary([hit for _, _, hit in judged]),
        "agents_right_order_aside": summary([set_right(row, made) for row, made, _ in judged if row["acceptable"]]),
        "by_expect": {
            kind: summary([hit for row, _, hit in judged if row["expect"] == kind])
            for kind in ("plan", "question", "refusal")
        },
        "by_agents": {
            name: summary([hit for row, _, hit in judged if row["acceptable"] and low <= _size(row) <= high])
            for name, low, high in (("one", 1, 1), ("two", 2, 2), ("three to six", 3, 15))
        },
        "about_code": {
            str(kind).lower(): summary([hit for row, _, hit in judged if row["about_code"] is kind])
            for kind in (True, False)
        },
        "p95_ms": {stage: round(_p95(values) * 1000, 2) for stage, values in seconds.items() if values},
    }
    return figures, judged


def _size(row: Row) -> int:
    return len(row["acceptable"][0]["agents"])


def _p95(values: list[float]) -> float:
    return sorted(values)[int(0.95 * (len(values) - 1))]


def _line(name: str, one: dict[str, Any]) -> str:
    return (
        f"{name:<34} {one['right']:>3} of {one['of']:>3}  {one['share']:6.1%}"
        f"  (95 %: {one['low']:.1%} to {one['high']:.1%})"
    )


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.requests", description=__doc__)
    parser.add_argument("--half", choices=("development", "test"), default="development")
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    parser.add_argument("--wrong", action="store_true", help="print the wrong rows (development half only)")
    given = parser.parse_args()
    if given.wrong and given.half == "test":
        parser.error("--wrong is refused for the test half: nothing may be tuned on it")
    figures, judged = score(given.half)
    if given.json:
        print(json.dumps(figures, indent=2))
        return 0
    far = figures["least_like_examples"]
    print(f"{given.half} half, {figures['examples']} stored examples")
    print(_line(f"least like any (cosine <= {far['cosine_at_most']})", far))
    print(_line("all", figures["all"]))
    print(_line("  plan: agents right, order aside", figures["agents_right_order_aside"]))
    for title in ("by_expect", "by_agents", "about_code"):
        for name, one in figures[title].items():
            print(_line(f"  {title.removeprefix('by_')}: {name}", one))
    print("P95 ms: " + ", ".join(f"{stage} {value}" for stage, value in figures["p95_ms"].items()))
    if given.wrong:
        for row, made, hit in judged:
            if not hit:
                edges = [f"{task.agent}<-{','.join(task.depends_on)}" for task in made.tasks]
                print(f"\n{row['id']} expect {row['expect']}, got {answer(made)}: {row['text']}")
                print(f"  gold {row['acceptable']}\n  plan {edges}\n  why  {made.reason}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
