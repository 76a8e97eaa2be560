"""The process in which code is checked: started by `checker`, one JSON line in, one out, until stdin ends.

In: `{"code": text, "own_modules": [...], "name": file}`. Out: the findings as a JSON list; first of all, `null`.
"""

from __future__ import annotations

import contextlib
import json
import resource
import sys

from genesis.security.code.check import MAX_BYTES, check

MEMORY_BYTES = 512_000_000  # ten times what 20 kB were measured to need, runtime included


def main() -> None:
    with contextlib.suppress(ValueError, OSError):  # a host that set it lower, or that has no such limit
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    say(None)
    while line := sys.stdin.buffer.readline(12 * MAX_BYTES + 100_000):  # \uXXXX\uXXXX is the longest a byte becomes
        asked = json.loads(line)
        found = check(asked["code"], own_modules=asked["own_modules"], name=asked["name"])
        say([one.model_dump(mode="json") for one in found])


def say(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
