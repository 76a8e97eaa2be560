"""`genesis agents`: who is there, adding a remote one, and whether agent files are right."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from genesis.cli.client import json_option, service, show, target_option

if TYPE_CHECKING:
    from genesis.agents.card import AgentCard


@click.group(
    epilog="""\b
Examples:
  genesis agents list
  genesis agents show qa --json
  genesis agents add https://agents.example.com/weather
  genesis agents lint ~/.genesis/agents
"""
)
def command() -> None:
    """List, show, add and lint agents.

    Exit codes: 0 done, 1 refused or a file with errors, 2 usage.
    """


@command.command("list")
@target_option
@json_option
def list_(target: str | None, as_json: bool) -> None:
    """List the fleet of a running service."""
    with service(target) as there:
        agents = there.json("GET", "/agents")
    if as_json:
        show(agents)
        return
    width = max((len(agent["id"]) for agent in agents), default=0)
    for agent in agents:
        click.echo(f"{agent['id']:<{width}}  {agent['description']}  ({', '.join(agent['task_types'])})")
    click.echo(f"{len(agents)} agents")


@command.command("show")
@click.argument("agent")
@target_option
@json_option
def show_(agent: str, target: str | None, as_json: bool) -> None:
    """Show what an agent takes, gives, costs, and what people ask of it."""
    with service(target) as there:
        card = there.json("GET", f"/agents/{agent}")
    if as_json:
        show(card)
        return
    click.echo(f"{card['name']} ({card['id']} {card['version']})\n{card['description']}\nA2A: {card['url']}\n")
    for one in card["skills"]:
        needs = f"  needs {', '.join(one['needs'])}" if one["needs"] else ""
        gives = f"  gives {', '.join(one['gives'])}" if one["gives"] else ""
        effects = "  waits for approval" if one["effects"] else ""
        click.echo(f"  {one['name']}: {one['description']}{needs}{gives}{effects}")
    click.echo(f"\ntools: {', '.join(card['tools']) or 'none'}; at most {card['concurrency']} tasks at a time, "
               f"{card['timeout_s']:g} s each; {card['cost_usd']:g} USD a task")  # fmt: skip
    for example in card["examples"][:5]:
        click.echo(f"  “{example}”")


@command.command("add")
@click.argument("url")
@click.option("--name", help="What to call it here (default: what its card says).")
def add(url: str, name: str | None) -> None:
    """Add the remote A2A agent at URL: its card is read and written as GENESIS_HOME/agents/NAME.yaml.

    A service that runs takes it up at its next start. Loopback and private addresses only in profile dev.
    """
    import asyncio

    from genesis.agents.registry import read
    from genesis.agents.remote_card import describe
    from genesis.errors import Conflict
    from genesis.settings import load as settings

    told = settings(os.environ)
    card = asyncio.run(describe(url, private=told.profile == "dev", name=name))
    folder = told.home / "agents"
    there, _ = read(folder)
    file = folder / f"{card.name}.yaml"
    if card.name in there or file.exists():
        raise Conflict(f"agent {card.name!r} is here already; give this one another name with --name")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.write_text(_HEAD.format(url=url) + _yaml(card), encoding="utf-8")
    types = ", ".join(one.name for one in card.task_types)
    click.echo(f"{card.name}: {types} ({len(card.examples)} examples) in {file}")
    click.echo("Read it, add requests under `examples` that should go there, and start the service again.")


@command.command("lint")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
def lint(folder: Path | None) -> None:
    """Check agent files: FOLDER/NAME/agent.yaml and FOLDER/NAME.yaml, beside the built-in ones (default:
    GENESIS_HOME/agents). Every error is shown with file, line and field.

    Needs no running service, and asks no remote agent.
    """
    from genesis.agents.registry import read
    from genesis.errors import FileInvalid
    from genesis.settings import load as settings

    folder = folder or settings(os.environ).home / "agents"
    registry, errors = read(folder)
    for name, agent in registry.agents.items():
        if not agent.file.is_relative_to(folder):
            continue
        try:
            _ = agent.work  # imports the file: a work.py without `work` is an error too
        except FileInvalid as error:
            errors.append(error)
        own = (f"{agent.file}:", f"{agent.file.with_name('work.py')}:")
        if not any(one.message.startswith(own) for one in errors):
            click.echo(f"{name}: good")
    for one in errors:
        click.echo(one.message, err=True)
    click.echo(f"{len(registry)} agents, {len(errors) or 'no'} errors")
    sys.exit(1 if errors else 0)


_HEAD = """\
# A remote A2A agent, as its card at {url} said.
#
# `examples` teach the planner what to send there; `needs`, `uses` and `gives` of a task type join it to other
# tasks, and what it needs or uses is sent to it: files of the workspace only under `needs: [workspace]`.
# `effects: true`: it changes something outside; such a task waits for approval and is not repeated by itself.
"""


def _yaml(card: AgentCard) -> str:
    import yaml

    return yaml.safe_dump(
        card.model_dump(mode="json", exclude_defaults=True), sort_keys=False, allow_unicode=True, width=116
    )
