"""A fleet of tiny agents for tests, as files of a home: real agents, read and run like everybody's."""

from __future__ import annotations

from pathlib import Path

_CARDS = {
    "echo": ("Says what it was told.", "  - name: echo\n    description: Repeats.\n    gives: [answer]\n"),
    "slow": ("Waits for the file `go` in its workspace.", "  - name: wait\n    description: Waits.\n"),
    "broken": ("Always fails.", "  - name: fail\n    description: Fails.\n"),
    "publisher": ("Puts things out.", "  - name: publish\n    description: Publishes.\n    effects: true\n"),
    "lister": ("Names the files of its workspace.", "  - name: list\n    description: Lists.\n    gives: [answer]\n"),
}

_WORK = {
    "echo": """
import logging
from genesis.agents.result import Result
from genesis.finding import Fact, Source

async def work(task, tools):
    logging.getLogger("agents.echo").info("echoing")
    made = tools.artifact("echo.txt", "text/plain", task.goal)
    blob = tools.artifact("blob.bin", "application/octet-stream", bytes(range(256)))
    fact = Fact(text=task.goal, sources=(Source(formula="the goal"),))
    return Result(summary=f"You said: {task.goal}", facts=(fact,), artifacts=(made, blob))
""",
    "slow": """
import asyncio
from genesis.agents.result import Result

async def work(task, tools):
    while not (tools.workspace.root / "go").exists():
        await asyncio.sleep(0.02)
    return Result(summary="It went.")
""",
    "broken": """
async def work(task, tools):
    raise RuntimeError("the secret is hunter2")
""",
    "publisher": """
from genesis.agents.result import Result

async def work(task, tools):
    with (tools.store.folder.parent / "published").open("a") as out:
        out.write(task.run_id + "\\n")
    return Result(summary="Published.")
""",
    "lister": """
from genesis.agents.result import Result

async def work(task, tools):
    names = [file.name for file in tools.workspace.files]
    return Result(summary=", ".join(names))
""",
}


def write(home: Path) -> None:
    """Puts the fleet into `home`."""
    for name, (description, types) in _CARDS.items():
        folder = home / "agents" / name
        folder.mkdir(parents=True)
        kind = types.split("name: ")[1].split("\n")[0]
        example = f"examples:\n  - request: Please {kind} something\n    plan:\n      {name}.{kind}: []\n"
        card = f"name: {name}\ntitle: {name.title()}\ndescription: {description}\ntask_types:\n{types}{example}"
        (folder / "agent.yaml").write_text(card)
        (folder / "work.py").write_text(_WORK[name])
