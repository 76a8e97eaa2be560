"""Writes code from statements, builds and lints packages, refactors; every change is handed back as `changes.patch`.

Gives `code`: {"patch": "changes.patch" or null, "files": [changed files], "tests": [test files], "open": [what is named
but not written], "proven": true | false | null}. `proven` says whether tests ran in the sandbox and agree; null: there
was nothing to run.
"""

from __future__ import annotations

from genesis.agents.builder.building import build
from genesis.agents.builder.change import handed_over
from genesis.agents.builder.refactoring import refactor
from genesis.agents.builder.writing import write
from genesis.agents.result import Assignment, Result
from genesis.agents.toolbox import Toolbox
from genesis.errors import SandboxUnavailable
from genesis.finding import NotDone


async def work(task: Assignment, tools: Toolbox) -> Result:
    """Does what the task's type says: implement and code write, build builds, refactor restructures."""
    do = {"build": build, "refactor": refactor}.get(task.type, write)
    try:
        return await do(task, tools)
    except SandboxUnavailable as error:
        return Result(
            summary="Nothing was built: tools run over foreign code only in a kernel sandbox, and there is none here.",
            not_done=(NotDone(what=task.goal, why=error.message),),
            outputs=handed_over(tools, "", ())[1],
        )
