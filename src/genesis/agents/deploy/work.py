"""The deploy agent: release and rollout plans, pipelines, what a service needs to run, smoke suites, putting out.

Gives `deployment`: for `release` {"name", "version", "plan", "steps": [{"after_hours", "share"}], "blocked_by"},
for `deploy` {"name", "version", "released": true|false, "blocked_by", "folder", "archive", "sha256"}, for `cicd`
{"pipeline", "system", "patch", "files"} or {"pipelines"}, for `infrastructure` {"files", "patch", "port"}; and "smoke"
{"url", "passed", "checks"} where an address was named.
"""

from __future__ import annotations

import re

from genesis.agents.deploy.infrastructure import smoke, write_files
from genesis.agents.deploy.known import know
from genesis.agents.deploy.pipeline import make_pipeline
from genesis.agents.deploy.release import plan_release, put_out
from genesis.agents.draft import Draft
from genesis.agents.result import Assignment, Result
from genesis.agents.toolbox import Toolbox
from genesis.errors import NeedsMissing

_SMOKE = re.compile(r"(?i)\bsmoke|\bcheck\b|\bGET\b|\bverify\b|\bexpect")


async def work(task: Assignment, tools: Toolbox) -> Result:
    """Does what the task's type says; an address that is named gets a smoke suite as well."""
    draft = Draft()
    known = await know(task, tools, draft)
    if task.type == "deploy":
        await put_out(tools, draft, known)
        if draft.output.get("released"):
            await smoke(task, tools, draft)
    elif task.type == "release":
        if tools.workspace is None and known.version.number is None and not task.inputs:
            raise NeedsMissing("a release plan needs a version: name it (`release 1.2.0`), or give the workspace")
        await plan_release(task, tools, draft, known)
        if _SMOKE.search(task.goal):
            await smoke(task, tools, draft)
    elif task.type == "cicd":
        await make_pipeline(task, tools, draft, known)
    else:
        asked = await smoke(task, tools, draft)
        done = await write_files(task, tools, draft, known)
        if not asked and not done:
            raise NeedsMissing(
                "infrastructure needs something to run: give a workspace that can be started, or the address of a "
                "service that runs"
            )
    return draft.done("deployment")
