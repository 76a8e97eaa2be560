"""A service inside this process, for a verb that needs one when none runs."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from genesis.cli import compose, serve
from genesis.service.app import serving
from genesis.settings import Settings
from genesis.telemetry.logs import JsonLines, install

LOG = "genesis.jsonl"


def log_file(home: Path) -> BinaryIO:
    """Where the log lines of a service go whose terminal shows something else."""
    return (compose.make_home(home) / LOG).open("ab")


@contextmanager
def background(settings: Settings, environment: Mapping[str, str]) -> Iterator[str]:
    """The address of a service of `settings` that runs in a thread until the block ends; what it was doing is durable.
    What `environment` holds of secrets it does not tell.

    Raises what starting raises: `HomeInUse` (another process has the home; its address is in the message), ...
    """
    started = threading.Event()
    failed: list[BaseException] = []
    servers: list[serve.Server] = []
    sock = serve.listen(settings.host, settings.port)
    with log_file(settings.home) as file:
        logs = JsonLines(file)
        install(logs)
        sys.excepthook = sys.__excepthook__  # the verb's own errors belong on its terminal

        async def main() -> None:
            made = compose.parts(settings, serve.url(sock), logs, environment=environment)
            async with serving(made) as app:
                servers.append(serve.Server(app, made.lifecycle, 1.0, started.set))
                await servers[0].serve(sockets=[sock])

        def body() -> None:
            try:
                asyncio.run(main())
            except BaseException as error:  # handed to the thread that waits
                failed.append(error)
            finally:
                started.set()

        thread = threading.Thread(target=body, name="genesis-service", daemon=True)
        thread.start()
        started.wait()
        try:
            if failed:
                raise failed[0]
            yield serve.url(sock)
        finally:
            for server in servers:
                server.should_exit = True
            thread.join(timeout=30)
            sock.close()
