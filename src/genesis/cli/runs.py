"""`genesis runs`: what a service has been asked, how far it is, what came out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from genesis.cli.client import Service, json_option, service, show, target_option

STATUSES = ("submitted", "working", "input_required", "completed", "failed", "canceled", "rejected")


@click.group(
    epilog="""\b
Examples:
  genesis runs list --status input_required
  genesis runs show 3f2a --json
  genesis runs report 3f2a --format html > report.html
  genesis runs approve 3f2a
  genesis runs apply 3f2a
"""
)
def command() -> None:
    """List, show and steer the runs of a running service.

    Exit codes: 0 done, 1 refused or not there, 2 usage.
    """


@command.command("list")
@click.option("--status", type=click.Choice(STATUSES), help="Only runs in this state.")
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True)
@click.option("--cursor", help="Go on where the last page ended.")
@target_option
@json_option
def list_(status: str | None, limit: int, cursor: str | None, target: str | None, as_json: bool) -> None:
    """List runs, newest first."""
    asked = {"status": status, "limit": limit, "cursor": cursor}
    with service(target) as there:
        page = there.json("GET", "/task", params={key: value for key, value in asked.items() if value is not None})
    if as_json:
        show(page)
        return
    for run in page["tasks"]:
        text = run["description"].replace("\n", " ")
        click.echo(f"{run['task_id']}  {run['status']:<14}  {run['created']}  {text[:60]}")
    if "next_cursor" in page:
        click.echo(f"more: --cursor {page['next_cursor']}")


@command.command("show")
@click.argument("run")
@target_option
@json_option
def show_(run: str, target: str | None, as_json: bool) -> None:
    """Show a run: its tasks, files, cost, and what it waits for."""
    with service(target) as there:
        _print(there.json("GET", f"/task/{run}"), as_json)


@command.command()
@click.argument("run")
@click.option("--format", "kind", type=click.Choice(["md", "html", "json"]), default="md", show_default=True)
@target_option
def report(run: str, kind: str, target: str | None) -> None:
    """Print the report of a run that has ended."""
    with service(target) as there:
        click.echo(there.text(f"/task/{run}/report", params={"format": kind}))


@command.command()
@click.argument("run")
@target_option
@json_option
def cancel(run: str, target: str | None, as_json: bool) -> None:
    """Cancel a run."""
    with service(target) as there:
        _print(there.json("DELETE", f"/task/{run}"), as_json)


@command.command()
@click.argument("run")
@target_option
@json_option
def resume(run: str, target: str | None, as_json: bool) -> None:
    """Go on with a run that was canceled or failed; what is done stays done."""
    with service(target) as there:
        _print(there.json("POST", f"/task/{run}/resume"), as_json)


@command.command()
@click.argument("run")
@click.argument("tasks", nargs=-1)
@click.option("--no", "refuse", is_flag=True, help="Refuse instead.")
@click.option("--by", help="Who approves (default: your login).")
@target_option
@json_option
def approve(run: str, tasks: tuple[str, ...], refuse: bool, by: str | None, target: str | None, as_json: bool) -> None:
    """Approve what a run waits for: all of it, or the TASKS named.

    Values that a task asks about are shown first; the answer is to these, and to none that is asked about later.
    """
    import getpass

    body: dict[str, object] = {"approve": not refuse, "by": by or getpass.getuser()}
    if tasks:
        body["tasks"] = list(tasks)
    with service(target) as there:
        asks = [ask for ask in there.json("GET", f"/task/{run}").get("asks", ()) if not tasks or ask["task"] in tasks]
        body["values"] = [ask["digest"] for ask in asks]
        if not as_json:
            _print_asks(asks, "refused" if refuse else "approved")
        _print(there.json("POST", f"/task/{run}/input", json=body), as_json)


@command.command("apply")
@click.argument("run")
@click.option("--to", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="Where to (default: the run's own workspace).")  # fmt: skip
@click.option("--yes", is_flag=True, help="Approve without being asked.")
@target_option
@json_option
def apply_(run: str, folder: Path | None, yes: bool, target: str | None, as_json: bool) -> None:
    """Apply the changes that a run hands back as patches to its workspace, once you approve.

    A patch is applied whole or not at all: a file that has changed since is a conflict, and nothing is written.
    """
    from genesis.errors import NotFound
    from genesis.tools.patch.apply import apply

    with service(target) as there:
        report = there.json("GET", f"/task/{run}/report", params={"format": "json"})
        made = [one for one in report["artifacts"] if one["artifact"]["media_type"] == "text/x-diff"]
        if not made:
            raise NotFound(f"run {run}: handed no changes back")
        to = folder or (Path(report["workspace"]) if report["workspace"] else None)
        if to is None or not to.is_dir():
            raise NotFound(f"run {run}: its workspace {to or ''} is not on this machine; name a folder with --to")
        patches = [
            there.text(f"/task/{run}/artifacts/{one['artifact']['name']}", params={"task": one["task"]}) for one in made
        ]
    if not yes:
        click.echo("\n".join(patches))
        click.confirm(f"Apply to {to}?", abort=True, err=True)
    changed = [name for patch in patches for name in apply(patch.encode("utf-8", "surrogateescape"), to)]
    if as_json:
        show({"applied_to": str(to), "files": changed})
    else:
        click.echo(f"{len(changed)} files changed in {to}: {', '.join(changed)}")


@command.command()
@click.argument("run")
@click.option("--after", type=click.IntRange(0), default=0, help="Only events after this number.")
@target_option
@json_option
def events(run: str, after: int, target: str | None, as_json: bool) -> None:
    """Follow a run until it ends. One line an event."""
    with service(target) as there:
        for event in _followed(there, run, after):
            if as_json:
                import json

                click.echo(json.dumps(event, ensure_ascii=False))
            else:
                click.echo(f"{event['seq']:>5}  {event['kind']:<5} {_sentence(event)}")


def _followed(there: Service, run: str, after: int) -> Any:
    """Every event once: a line that breaks is taken up again where it broke."""
    ended = {"completed", "failed", "canceled", "rejected"}
    while True:
        for event in there.events(f"/task/{run}/events", after):
            after = event["seq"]
            yield event
        if there.json("GET", f"/task/{run}")["status"] in ended:
            return


def _sentence(event: dict[str, Any]) -> str:
    if event["kind"] == "task":
        return f"{event['id']} ({event.get('agent') or 'no agent'}): {event['status']}"
    if event["kind"] == "plan":
        return f"{len(event['tasks'])} tasks"
    return str(event.get("status") or event.get("text") or "")


def _print_asks(asks: Iterable[dict[str, Any]], word: str) -> None:
    for ask in asks:
        origin = f"{ask.get('found') or ask['origin']['source']} ({ask['origin']['trust']})"
        what = f"{ask['argument']} = {ask['value']!r}" if ask["kind"] not in ("edit", "effect") else ask["value"]
        click.echo(f"  {word}: {ask['task']}: {ask['tool']}: {what}; from {origin}")


def _print(run: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show(run)
        return
    click.echo(f"{run['task_id']}  {run['status']}  {run['created']}\n{run['description']}\n\n{run['summary']}\n")
    for task in run["tasks"]:
        why = f"  {task['error']['message']}" if "error" in task else ""
        click.echo(f"  {task['id']:<12} {task['agent'] or '-':<12} {task['status']:<9} {task['seconds']:>7.2f} s{why}")
    for one in run.get("revisions", ()):
        click.echo(f"  plan changed: {one['reason']}")
    for one in run["artifacts"]:
        click.echo(f"  {one['name']}  {one['media_type']}  {one['url']}")
    if "question" in run:
        click.echo(f"\nasks: {run['question']}")
    _print_asks(run.get("asks", ()), "asks")
    if "waiting_for" in run:
        click.echo(f"\nwaits for approval of {', '.join(run['waiting_for'])}: genesis runs approve {run['task_id']}")
    click.echo(f"correlation id {run['correlation_id']}")
