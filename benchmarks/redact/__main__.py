"""The redactor's speed on logs without secrets, against two floors in the same run, and on floods meant to hurt it.

`python -m benchmarks.redact`. Seconds are of this process's own time, so that a busy machine does not count.
"""

from __future__ import annotations

import random
import re
import time
import uuid
from collections.abc import Callable

import orjson

from genesis.security.redact.redactor import Redactor

LINES = 60_000
FLOODS = {
    "names without values": "key=",
    "a password, again and again": "password: ",
    "values worth a look": "api_key=a1b2c3d4e5f6g7h8 ",
    "beginnings of tokens": "eyJaaaaaaaaaa-",
    "passwords on command lines": "-u a:",
    "names at line ends": "password:\n",
    "beginnings of private keys": "-----BEGIN RSA PRIVATE KEY-----\n",
    "secrets": "password=a1b2c3d4 ",
}


def seconds(work: Callable[[], object], times: int = 3) -> float:
    best = float("inf")
    for _ in range(times):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


def logs(rng: random.Random) -> str:
    """What services write all day: JSON lines, access lines, tracebacks, hashes, ids, counts of tokens."""

    def line(n: int) -> str:
        trace, sha = f"{rng.getrandbits(128):032x}", f"{rng.getrandbits(256):064x}"
        unique = uuid.UUID(int=rng.getrandbits(128), version=4)
        return rng.choice(
            (
                orjson.dumps({"time": "2026-11-23T10:11:12.123Z", "level": "info", "logger": "genesis.request",
                              "message": "request", "correlation_id": trace, "path": f"/task/{unique}", "ms": n % 97,
                              "max_tokens": 4096, "tokens": n}).decode(),
                f'10.0.0.{n % 250} - - [23/Nov/2026:10:11:12 +0000] "GET /v1/items/{n}?page={n % 9} HTTP/1.1" 200 {n} '
                f'"https://example.org/a" "Mozilla/5.0 (X11; Linux x86_64)"',
                f"2026-11-23 10:11:12,123 INFO worker-{n % 8} pulled image@sha256:{sha} in {n % 40} s, task-{n} done",
                f'  File "/srv/app/handlers/{n % 30}.py", line {n % 400}, in handle',
                f"2026-11-23 10:11:12 DEBUG cache key={unique} hit ratio 0.93 token_count={n} monkey={n}",
                f"ERROR connection to db-{n % 4}.internal:5432 refused (attempt {n % 5}); next in 2.5 s, trace {trace}",
            )
        )  # fmt: skip

    return "\n".join(line(n) for n in range(LINES)) + "\n"


def main() -> None:
    redactor = Redactor(b"key of this benchmark", ["a secret of this very process"])
    text = logs(random.Random(1))
    data = text.encode()
    redactor.redact(text[:10_000])
    size = len(data) / 1e6
    ours = seconds(lambda: redactor.redact(text))
    copied = seconds(lambda: bytes(bytearray(data)))
    plain = re.compile(r"password|passwd|secret|token|api[_-]?key|bearer|ghp_|AKIA|-----BEGIN", re.IGNORECASE)
    searched = seconds(lambda: sum(1 for _ in plain.finditer(text)), 1)
    touched = sum(a != b for a, b in zip(text.splitlines(), redactor.redact(text).splitlines(), strict=True))
    print(f"logs without secrets       {size:.1f} MB, {LINES} lines, {touched} touched")
    plain_text = "".join(line for line in text.splitlines(keepends=True) if "key=" not in line)
    unnamed = seconds(lambda: redactor.redact(plain_text))
    print(f"redactor                   {size / ours:8.1f} MB/s  (one line in six names a key)")
    print(f"redactor                   {len(plain_text) / 1e6 / unnamed:8.1f} MB/s  (the other five)")
    print(f"floor: a copy in memory    {size / copied:8.1f} MB/s  ({ours / copied:.0f} x our speed)")
    print(f"floor: `re`, nine words    {size / searched:8.1f} MB/s  ({searched / ours:.1f} x slower than we are)")
    some = text.splitlines()[:5_000]
    each = seconds(lambda: [redactor.redact(one) for one in some]) / len(some)
    print(f"one clean line             {each * 1e6:8.2f} us ({sum(map(len, some)) / len(some):.0f} characters)")
    print("\nfloods                              100 kB       1 MB   ratio")
    for name, flood in FLOODS.items():
        small, large = (_flooded(redactor, flood, size) for size in (100_000, 1_000_000))
        print(f"{name:32} {small * 1e3:7.1f} ms {large * 1e3:7.0f} ms {large / small:7.1f}")


def _flooded(redactor: Redactor, flood: str, size: int) -> float:
    text = flood * (size // len(flood))
    return seconds(lambda: redactor.redact(text), 1)


if __name__ == "__main__":
    main()
