"""Plans over UltraTool's 260 tools: `python -m benchmarks.ultratool --data DIR [--json]`.

`DIR` holds ultratool-{train,dev,tools}.jsonl: train as stored plans, dev as requests, tools as the catalog. Node-F1 and
link-F1 are means over requests, as in GNN4TaskPlan. Gold plans of this set are all chains, so the benchmark chains the
tasks in the order that the planner gave; the product leaves parallel what nothing joins.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

from genesis.agents.card import Example
from genesis.objective import Objective
from genesis.plan import Catalog, plan
from genesis.plan.catalog import Entry


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def catalog(folder: Path) -> Catalog:
    """The tools, with the training requests as examples."""
    tools = tuple(Entry(row["id"], row["id"], row["id"], row["desc"]) for row in read(folder / "ultratool-tools.jsonl"))
    known = {entry.name for entry in tools}
    examples = []
    for row in read(folder / "ultratool-train.jsonl"):
        steps = [tool for tool in dict.fromkeys(row["tools"]) if tool in known]
        before: dict[str, tuple[str, ...]] = dict.fromkeys(steps, ())
        before.update({last: (first,) for first, last in pairwise(steps)})
        if steps and 3 <= len(row["request"]) <= 2000:
            examples.append(Example(request=row["request"], plan=before))
    return Catalog(tools, tuple(examples))


def f1(gold: Iterable[object], made: Iterable[object]) -> float:
    """F1 of two sets; two empty ones agree."""
    first, second = set(gold), set(made)
    if not first and not second:
        return 1.0
    return 2 * len(first & second) / (len(first) + len(second))


def score(folder: Path) -> dict[str, float]:
    """The figures over the development requests."""
    over = catalog(folder)
    start = time.perf_counter()
    over.reader  # noqa: B018  (builds the index)
    built = time.perf_counter() - start
    nodes, links, exact, seconds = [], [], [], []
    for row in read(folder / "ultratool-dev.jsonl"):
        start = time.perf_counter()
        made = plan(Objective(text=row["request"]), over)
        seconds.append(time.perf_counter() - start)
        tools = [task.agent for task in made.tasks]
        nodes.append(f1(row["tools"], tools))
        links.append(f1(map(tuple, row["links"]), pairwise(tools)))
        exact.append(set(row["tools"]) == set(tools))
    seconds.sort()
    return {
        "requests": len(nodes),
        "stored_plans": len(over.examples),
        "node_f1": round(100 * sum(nodes) / len(nodes), 1),
        "link_f1": round(100 * sum(links) / len(links), 1),
        "exact_set": round(100 * sum(exact) / len(exact), 1),
        "index_s": round(built, 2),
        "p50_ms": round(1000 * seconds[len(seconds) // 2], 2),
        "p95_ms": round(1000 * seconds[int(0.95 * len(seconds))], 2),
    }


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ultratool")
    parser.add_argument("--data", type=Path, help="folder with ultratool-train.jsonl, -dev.jsonl and -tools.jsonl")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.data is None or not (given.data / "ultratool-train.jsonl").exists():
        print("ultratool: data not present (give --data DIR)")
        return 0
    figures = score(given.data)
    if given.json:
        print(json.dumps(figures, indent=2))
    else:
        print(
            f"ultratool: node-F1 {figures['node_f1']}, link-F1 {figures['link_f1']} (chained), exact set "
            f"{figures['exact_set']} % of {figures['requests']} requests, {figures['stored_plans']} stored plans; "
            f"index {figures['index_s']} s, plan P50 {figures['p50_ms']} ms, P95 {figures['p95_ms']} ms"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
