"""`genesis agents`: who is there, and whether a new agent's file is right."""

from __future__ import annotations

import os
from pathlib import Path

import click

from genesis.cli.client import json_option, service, show, target_option


@click.group(
    epilog="""\b
Examples:
  genesis agents list
  genesis agents show qa --json
  genesis agents lint ~/.genesis/agents
"""
)
def command() -> None:
    """List, show and lint agents.

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


@command.command("lint")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
def lint(folder: Path | None) -> None:
    """Check agent files: FOLDER/NAME/agent.yaml beside the built-in ones (default: GENESIS_HOME/agents).

    Needs no running service.
    """
    from genesis.agents.registry import load
    from genesis.settings import load as settings

    folder = folder or settings(os.environ).home / "agents"
    registry = load(folder)
    for name, agent in registry.agents.items():
        if agent.folder.parent == folder and agent.card.url is None:
            _ = agent.work  # imports the file: a work.py without `work` is an error too
            click.echo(f"{name}: good")
    click.echo(f"{len(registry)} agents, no errors")
