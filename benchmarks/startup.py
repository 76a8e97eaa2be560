"""CPU seconds of `import genesis` and `genesis --help`, beside a bare interpreter in the same rounds."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys

COMMANDS = {
    "python -c pass": "pass",
    "import genesis": "import genesis",
    "genesis --help": "import sys; sys.argv = ['genesis', '--help']; from genesis.cli.main import main; main()",
}


def cpu_s(code: str) -> float:
    """User and system seconds of one fresh interpreter."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


def main() -> None:
    rounds = [{name: cpu_s(code) for name, code in COMMANDS.items()} for _ in range(7)]
    medians = {name: statistics.median(one[name] for one in rounds) for name in COMMANDS}
    floor = medians["python -c pass"]
    if "--json" in sys.argv:
        print(json.dumps({"startup_cpu_s": medians}))
        return
    for name, seconds in medians.items():
        print(f"{name:16} {seconds * 1000:6.1f} ms CPU, {seconds / floor:4.1f} x a bare interpreter")


if __name__ == "__main__":
    main()
