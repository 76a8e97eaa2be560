"""`genesis up`: serves until it is told to stop."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from genesis.settings import Settings


@click.command(
    epilog="""\b
Examples:
  genesis up
  genesis up --port 9000 --workspaces ~/code
  genesis keys make ann && GENESIS_ADMIN_KEY_FILE=/run/key genesis up --profile production
"""
)
@click.option("--host", help="Address to listen on (default 127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port (default 8080; 0: a free one).")
@click.option("--home", type=click.Path(path_type=Path), help="GENESIS_HOME (default ~/.genesis).")
@click.option("--profile", type=click.Choice(["dev", "staging", "production"]), help="Default dev.")
@click.option("--objective", help="Do this once at the start and show it live; logs go to a file in the home then.")
@click.option("--workspace", type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="The folder that --objective is about; it is allowed like --workspaces.")  # fmt: skip
@click.option("--workspaces", type=click.Path(path_type=Path, exists=True, file_okay=False), multiple=True,
              help="A folder under which workspaces may lie; repeat for more.")  # fmt: skip
def command(
    host: str | None,
    port: int | None,
    home: Path | None,
    profile: str | None,
    objective: str | None,
    workspace: Path | None,
    workspaces: tuple[Path, ...],
) -> None:
    """Serve agents over A2A and REST until SIGTERM or Ctrl-C.

    Logs are JSON lines on stderr. Exit codes: 0 stopped as asked, 1 could not start, 2 usage.
    """
    from genesis.settings import Settings, load

    settings = load(os.environ, home=home)
    roots = tuple(path.resolve() for path in (*workspaces, *([workspace] if workspace else [])))
    given = {"host": host, "port": port, "profile": profile, "workspaces": roots or None}
    settings = Settings.model_validate(
        {name: getattr(settings, name) for name in Settings.model_fields}
        | {name: value for name, value in given.items() if value is not None}
    )
    body = None
    if objective is not None:
        body = {"description": objective} | ({"workspace": str(workspace.resolve())} if workspace else {})
    run(settings, body)


def run(settings: Settings, first: dict[str, str] | None = None) -> None:
    """Serves `settings` in this process until a signal ends it; `first` is posted to /task once it is ready."""
    import asyncio
    import contextlib
    import signal
    import sys
    import threading

    from genesis import __version__
    from genesis.cli import compose, serve
    from genesis.cli.background import log_file
    from genesis.service.app import serving
    from genesis.telemetry.logs import JsonLines, install

    asked = 0
    logs = JsonLines(sys.stderr.buffer if first is None else log_file(settings.home))
    install(logs)

    async def main() -> None:
        made = compose.parts(settings, serve.url(sock), logs, environment=os.environ)

        def stop(sig: int, frame: object) -> None:
            # uvicorn raises the signal that ended it once more when it is done; by default that would kill us before
            # what is under way has had its time. A second one from outside means it.
            nonlocal asked
            asked += 1
            if asked > 1 or not made.lifecycle.draining.is_set():
                raise KeyboardInterrupt

        for sig in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sig, stop)

        def ready() -> None:
            print(f"Genesis {__version__}: {len(made.registry)} agents at {made.url} (home {made.home})", flush=True)
            if first is not None:
                here = serve.url(sock)  # not `made.url`, which may lead through somebody's proxy
                threading.Thread(target=_do, args=(here, first), name="first-objective", daemon=True).start()

        async with serving(made) as app:
            await serve.Server(app, made.lifecycle, made.drain_s, ready).serve(sockets=[sock])

    with contextlib.closing(serve.listen(settings.host, settings.port)) as sock, contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())


def _do(url: str, body: dict[str, str]) -> None:
    """Does the first objective as any client would, then says that the service goes on."""
    import sys

    from genesis.cli.client import service
    from genesis.cli.run import perform
    from genesis.errors import GenesisError

    try:
        with service(url) as there:
            perform(there, dict(body))
    except (GenesisError, click.ClickException) as error:
        print(f"genesis: {error}", file=sys.stderr)
    print(f"\nServing at {url} until Ctrl-C; runs, plans and agents: `genesis --help`.", flush=True)
