"""`genesis plan`: plans, routes and vets an objective; nothing is run and nothing is spent."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from genesis.execute.prepare import Prepared


@click.command(
    epilog="""\b
Examples:
  genesis plan "Run the tests and audit the dependencies" --workspace .
  genesis plan "Build the login page, test it, then deploy it" --explain
  genesis plan "Compare our prices with those in competitors/" --json | jq .tasks
"""
)
@click.argument("objective")
@click.option(
    "--workspace", type=click.Path(exists=True, file_okay=False, path_type=Path), help="The folder it is about."
)
@click.option("--agent", help="Give it to this agent as a whole.")
@click.option("--explain", is_flag=True, help="Show why: rules and scores that chose, the runner-up, the confidence.")
@click.option("--json", "as_json", is_flag=True, help="Print what POST /plan answers.")
def command(objective: str, workspace: Path | None, agent: str | None, explain: bool, as_json: bool) -> None:
    """Show how OBJECTIVE would be done, by whom, and whether it may be run. Agents and rules of GENESIS_HOME count, if
    there is one.

    Exit code 0 when it may be run, 1 when it is refused or a question is asked.
    """
    from genesis.agents import registry
    from genesis.errors import FileInvalid
    from genesis.execute.prepare import preparer, screened
    from genesis.objective import Objective
    from genesis.route.rules import RuleBook
    from genesis.security.guard.screen import screen
    from genesis.settings import load as settings

    asked = Objective(text=objective, workspace=str(workspace.resolve()) if workspace else None, agent=agent)

    home = settings(os.environ).home
    fleet = registry.load(home / "agents")
    book = RuleBook(home / "rules.yaml", fleet.agents)
    if book.problem is not None:
        raise FileInvalid(book.problem)

    async def prepare() -> Prepared:
        return await screened(preparer(fleet, rules=book.current), screen)(asked)

    prepared = asyncio.run(prepare())
    if as_json:
        import orjson

        from genesis.execute.plan_json import plan_json

        sys.stdout.write(orjson.dumps(plan_json(prepared), option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        _show(prepared, explain=explain)
    sys.exit(0 if prepared.routed.plan.tasks and prepared.vetting.ok else 1)


def _show(prepared: Prepared, *, explain: bool) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    plan = prepared.routed.plan
    if plan.question is not None:
        console.print(Text(f"A question first: {plan.question}", style="yellow"))
    if plan.refusal is not None:
        console.print(Text(f"Refused ({plan.refusal.category}): {plan.refusal.message}", style="red"))
    if plan.tasks:
        table = Table(box=None, padding=(0, 1), header_style="dim")
        for title in ("task", "what", "agent", "after", "cost"):
            table.add_column(title, overflow="fold")
        for task in plan.tasks:
            choice = prepared.routed.by_task.get(task.id)
            who = f"{choice.agent}.{choice.type}" if choice else prepared.routed.unassigned.get(task.id, "group")
            price = f"${choice.cost_usd:.4f}" if choice and choice.cost_usd else "0"
            table.add_row(task.id, Text(task.goal), who, " ".join(task.depends_on), price)
        console.print(table)
    if explain:
        for choice in prepared.routed.choices:
            console.print()
            console.print(
                Text(f"{choice.task} -> {choice.agent}.{choice.type}  score {choice.score:.3f}", style="bold")
            )
            console.print(Text(f"  {choice.reason}"))
            if choice.terms:
                console.print(Text("  " + ", ".join(f"{name} {value:+.3f}" for name, value in choice.terms.items())))
            if choice.rules:
                console.print(Text(f"  rules: {', '.join(choice.rules)}"))
            if choice.runner_up:
                score = f" ({choice.runner_up_score:.3f})" if choice.runner_up_score is not None else ""
                console.print(Text(f"  runner-up: {choice.runner_up}{score}", style="dim"))
        console.print()
        if plan.reason:
            console.print(Text(plan.reason))
    spent = ", ".join(f"{stage} {seconds * 1000:.1f} ms" for stage, seconds in prepared.seconds.items())
    console.print(Text(f"level {plan.level}, confidence {plan.confidence:.2f} ({spent})", style="dim"))
    for finding in prepared.vetting.findings:
        console.print(Text(f"{finding.severity}: {finding.kind}: {finding.message}", style="yellow"))
        if finding.edit:
            console.print(Text(f"  would mend it: {finding.edit}", style="dim"))
    if plan.tasks:
        console.print("vetting: ok, may be run" if prepared.vetting.ok else Text("vetting: refused", style="red"))
