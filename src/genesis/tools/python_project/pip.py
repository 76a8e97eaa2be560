"""pip in a process group of its own: bounded in time and room, and told nothing but how to reach its index."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from pathlib import Path

LOOK_S = 0.5
KEPT = frozenset(
    {"PATH", "HOME", "XDG_CONFIG_HOME", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"}
    | {"http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}
    | {f"PIP_{name}" for name in ("CONFIG_FILE", "INDEX_URL", "EXTRA_INDEX_URL", "NO_INDEX", "FIND_LINKS", "CERT")}
    | {f"PIP_{name}" for name in ("CLIENT_CERT", "TRUSTED_HOST", "PROXY", "TIMEOUT", "RETRIES")}
)
"""What pip is told of the environment: where its index is and how to get there. Nothing that changes what it does."""


class TooLarge(Exception):
    """What was being made took more room than it may."""


async def bounded(
    command: tuple[str, ...], scratch: Path, seconds: float, max_bytes: int, environment: Mapping[str, str]
) -> str:
    """Runs a command in a process group of its own. What it said when it failed, or "". Raises `TimeoutError`,
    `TooLarge`; the whole group is killed then."""
    temporary = scratch / "tmp"
    temporary.mkdir(exist_ok=True)
    kept = {name: value for name, value in environment.items() if name in KEPT}
    with (scratch / "said").open("w+b") as said:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=scratch,
            env={**kept, "TMPDIR": str(temporary), "LANG": "C.UTF-8"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(max(seconds, 0.01)):
                while True:
                    try:
                        code = await asyncio.wait_for(asyncio.shield(process.wait()), LOOK_S)
                        break
                    except TimeoutError:
                        if await asyncio.to_thread(_size, scratch) > max_bytes:
                            raise TooLarge from None
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        if _size(scratch) > max_bytes:
            raise TooLarge
        said.seek(0)
        return said.read(100_000).decode(errors="replace") or f"ERROR: exit {code}" if code else ""


def _size(folder: Path) -> int:
    total = 0
    for here, _, names in os.walk(folder):
        for name in names:
            try:
                total += Path(here, name).lstat().st_size
            except FileNotFoundError:
                continue
    return total
