"""Every figure that the docs name, measured here: `python -m benchmarks [--data DIR] [--peers VENV]`."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", help="The folder with the public planning sets; without it they are not scored.")
    options.add_argument("--peers", help="A virtual environment made from requirements/peers.txt.")
    given = options.parse_args()
    data = ["--data", given.data] if given.data else []
    peers = ["--peers", given.peers] if given.peers else []
    parts: list[tuple[str, list[str]]] = [
        ("Start-up", ["-m", "benchmarks.startup"]),
        ("Request corpus, development half", ["-m", "benchmarks.requests", "--half", "development"]),
        ("Request corpus, test half", ["-m", "benchmarks.requests", "--half", "test"]),
        ("UltraTool", ["-m", "benchmarks.ultratool", *data]),
        ("Structure check of plans", ["-m", "benchmarks.plan_check"]),
        ("Redaction", ["-m", "benchmarks.redact"]),
        ("Scheduler and durable engine", [str(HERE / "engine.py"), *peers]),
    ]
    failed = 0
    for title, arguments in parts:
        print(f"\n== {title}\n", flush=True)
        failed += subprocess.run([sys.executable, *arguments], cwd=HERE.parent).returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
