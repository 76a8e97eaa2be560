"""`genesis`: a table of verbs. A verb's module is imported when it is called, so that `--help` stays light."""

from __future__ import annotations

import importlib
import os
import sys

import click

from genesis import __version__

VERBS: dict[str, tuple[str, str]] = {
    "run": ("genesis.cli.run", "Do an objective, show it live, print the answer."),
    "plan": ("genesis.cli.plan", "Plan, route and vet an objective; spend nothing."),
    "up": ("genesis.cli.up", "Serve agents over A2A and REST."),
    "runs": ("genesis.cli.runs", "List, show, steer and read runs of a service."),
    "agents": ("genesis.cli.agents", "List, show, add and lint agents."),
    "keys": ("genesis.cli.keys", "Make, list, rotate and revoke API keys."),
}
"""Verb -> the module whose `command` it is, and what it does."""

EPILOG = """\b
Examples:
  genesis run "Is this repository ready to be released?" --workspace .
  genesis plan "Build it, test it, then deploy it" --explain
  genesis up                                  serve on 127.0.0.1:8080
  genesis agents list                         who is there
  genesis runs list --status failed           what went wrong
  genesis VERB --help                         everything about a verb
"""


class _Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command: click.Command = importlib.import_module(VERBS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):  # from the table: asking each command would import it
            formatter.write_dl([(verb, about) for verb, (_, about) in VERBS.items()])


@click.command(cls=_Verbs, epilog=EPILOG)
@click.version_option(__version__, prog_name="genesis")
def genesis() -> None:
    """Runs fleets of agents in production, and ships them safely."""


def main() -> None:
    """The entry point. What Genesis raises on purpose is one line on stderr and exit code 1; click's own are 2."""
    from genesis.errors import GenesisError

    # Before numpy is imported. Its threads spin while they wait: reading one request took 15 ms with one thread and
    # 370 ms with two beside another busy process.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        genesis(standalone_mode=True)
    except GenesisError as error:
        print(f"genesis: {error.message}", file=sys.stderr)
        sys.exit(1)
