"""`genesis run`: does an objective through a service, the one that runs or one in this process."""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from genesis.cli.client import Service, json_option, service, show, target_option

EXIT_CODES = {"completed": 0, "input_required": 3}
ANSWER_S = 1.0


@click.command(
    epilog="""\b
Examples:
  genesis run "Is this repository ready to be released?" --workspace .
  genesis run "Which region sells best, and is it growing?" --workspace ~/sales
  genesis run "Audit the dependencies" --workspace . --json | jq .summary
  genesis run "Audit the dependencies" --upload . --target http://genesis.internal:8080
"""
)
@click.argument("objective")
@click.option(
    "--workspace", type=click.Path(exists=True, file_okay=False, path_type=Path), help="The folder it is about."
)
@click.option(
    "--upload",
    "sent",
    multiple=True,
    metavar="PATH",
    type=click.Path(exists=True, path_type=Path),
    help="Send this file or folder to the service instead (repeatable; at most 2000 files, 10 MiB).",
)
@click.option(
    "--install", is_flag=True, help="Tests may install what the workspace declares, in a throwaway environment."
)
@click.option("--agent", help="Give it to this agent as a whole.")
@click.option("--budget", "budget_usd", type=click.FloatRange(min=0), help="Stop before more than this is spent (USD).")
@click.option(
    "--deadline", "deadline_s", type=click.FloatRange(min=0, min_open=True), help="Stop after so many seconds."
)
@target_option
@json_option
def command(
    objective: str,
    workspace: Path | None,
    sent: tuple[Path, ...],
    install: bool,
    agent: str | None,
    budget_usd: float | None,
    deadline_s: float | None,
    target: str | None,
    as_json: bool,
) -> None:
    """Do OBJECTIVE and show it live. If no service answers, one is started in this process for the time being.

    Exit codes: 0 done, 1 failed or refused, 2 usage, 3 input required (the id is printed).
    """
    if workspace and sent:
        raise click.UsageError("give either --workspace or --upload")
    folder = workspace.resolve() if workspace else None
    body = {
        "description": objective,
        "workspace": str(folder) if folder else None,
        "agent": agent,
        "budget_usd": budget_usd,
        "deadline_s": deadline_s,
        "permissions": ["install"] if install else None,
        "files": _packed(sent) if sent else None,
    }
    given = {key: value for key, value in body.items() if value is not None}
    with _somewhere(target, folder) as (there, keep):
        code = perform(there, given, as_json=as_json, keep=keep)
    sys.exit(code)


def perform(there: Service, body: dict[str, Any], *, as_json: bool = False, keep: Path | None = None) -> int:
    """Gives the objective to the service, shows its progress and the head of its report. Returns the exit code.

    `keep`: a folder for the report as HTML; None: the service goes on, and its address is shown.
    """
    from genesis.cli.progress import follow, show_report

    run = there.json("POST", "/task", json=body)
    here = f"/task/{run['task_id']}"
    progress = sys.stderr if as_json else sys.stdout
    follow(_until_it_waits(there, here), progress, live=progress.isatty())
    view = there.json("GET", here)
    status = view["status"]
    if as_json:
        show(view)
    elif status == "input_required":
        print(f"\n{view['summary']}\nrun {run['task_id']} waits: genesis runs show {run['task_id']}")
    else:
        from rich.console import Console

        report = there.json("GET", f"{here}/report", params={"format": "json"})
        where = f"{there.target}{here}/report?format=html"
        if keep is not None:
            file = keep / f"{run['task_id']}.html"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(there.text(f"{here}/report", params={"format": "html"}), encoding="utf-8")
            where = str(file)
        console = Console(highlight=False)
        show_report(report, console)
        console.print(f"The whole report: {where}", soft_wrap=True)
    return EXIT_CODES.get(status, 1)


def _packed(sent: Sequence[Path]) -> list[dict[str, str]]:
    """The files as `POST /task` takes them: of one folder its content, of several paths each under its own name.

    What the service would refuse is refused here, before it travels; what is not sent is said on stderr.
    """
    from genesis.errors import RequestInvalid
    from genesis.security.edge.upload import UploadedFile, check
    from genesis.security.workspace import Workspace

    files: list[UploadedFile] = []
    for path in (one.resolve() for one in sent):
        if path.is_file():
            files.append(UploadedFile(path.name, path.read_bytes()))
            continue
        here = Workspace(path)
        prefix = f"{path.name}/" if len(sent) > 1 else ""
        check([(prefix + file.name, file.size) for file in here.files])  # before anything is read
        files += [UploadedFile(prefix + file.name, (path / file.name).read_bytes()) for file in here.files]
        for note in here.skipped:
            click.echo(f"not sent: {note.what}: {note.why}", err=True)
    if not files:
        raise RequestInvalid(f"{', '.join(str(one) for one in sent)}: no file in there could be sent")
    check([(file.name, len(file.content)) for file in files])
    return [{"name": one.name, "content": base64.b64encode(one.content).decode()} for one in files]


def _until_it_waits(there: Service, here: str) -> Iterator[dict[str, Any]]:
    """The run's events until it has ended or waits for a person (the stream itself goes on then)."""
    for event in there.events(f"{here}/events", 0):
        yield event
        if event["kind"] == "run" and event["status"] == "input_required":
            return


@contextmanager
def _somewhere(target: str | None, folder: Path | None) -> Iterator[tuple[Service, Path | None]]:
    """The service that answers at `target`, or one in this process with the folder that its reports are kept in."""
    import httpx

    with service(target) as there:
        try:
            there.http.get("/livez", timeout=ANSWER_S)
        except httpx.HTTPError as error:
            if target is not None:
                raise there.unreachable(error) from error
        else:
            yield there, None
            return
    from genesis.cli.background import background
    from genesis.settings import load

    settings = load(os.environ)
    roots = (*settings.workspaces, folder) if folder else settings.workspaces
    settings = settings.model_copy(update={"port": 0, "host": "127.0.0.1", "workspaces": roots})
    with background(settings, os.environ) as url, service(url) as there:
        yield there, settings.home / "reports"
