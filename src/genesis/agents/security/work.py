"""Security: static analysis of Python, traces of input, a scan for secrets, pins; findings with place, and as SARIF.

`outputs["security_report"]`: {"blocking": findings that block a release, "findings": {severity: count}, "kinds":
{kind: count}, "files": files looked at, "worst": [{"kind", "severity", "file", "line"}], "artifact": "security.sarif"}.
"""

from __future__ import annotations

import asyncio

from genesis.agents.result import Assignment, Result
from genesis.agents.security import leaks, pins
from genesis.agents.security.changed import looked_at
from genesis.agents.security.judgement import weigh
from genesis.agents.security.report import report
from genesis.agents.security.rules import RULES
from genesis.agents.toolbox import Toolbox
from genesis.errors import NeedsMissing
from genesis.finding import NotDone
from genesis.tools.places.quote import Quotes
from genesis.tools.read_project import ReadProjectInput, read_project
from genesis.tools.run_bandit import RunBanditInput, RunBanditOutput, run_bandit
from genesis.tools.scan_secrets import ScanSecretsInput, scan_secrets
from genesis.tools.trace_inputs import TraceInputsInput, trace_inputs
from genesis.tools.workspace.file_roles import role


async def work(task: Assignment, tools: Toolbox) -> Result:
    """Does a task of one of security's types; all of them look at everything."""
    tools, workspace, not_done = await looked_at(task, tools)
    python = tuple(
        file.name
        for file in workspace.files
        if file.name.endswith(".py")
        and role(file.name) in ("code", "example")
        and file.size <= workspace.max_file_bytes
    )
    secrets, project, bandit = await asyncio.gather(
        tools.call(scan_secrets, ScanSecretsInput()),
        tools.call(read_project, ReadProjectInput()),
        _bandit(tools, python, not_done),
    )
    ask: dict[str, tuple[int, ...]] = {}
    for one in bandit.results:
        ask[one.file] = (*ask.get(one.file, ()), one.line)
    traces = await tools.call(trace_inputs, TraceInputsInput(files=python, ask=ask))
    found = [
        *weigh(bandit.results, traces.sinks, traces.around, Quotes(workspace).line),
        *leaks.secrets(secrets.secrets),
        *leaks.files(secrets.files),
        *pins.unpinned(project),
    ]
    return await asyncio.to_thread(report, tools, workspace, python, found, secrets, project, bandit, traces, not_done)


async def _bandit(tools: Toolbox, files: tuple[str, ...], not_done: list[NotDone]) -> RunBanditOutput:
    if not files:
        return RunBanditOutput(results=(), not_read=())
    try:
        return await tools.call(run_bandit, RunBanditInput(files=files, tests=tuple(sorted(RULES))))
    except NeedsMissing as error:
        not_done.append(NotDone(what=f"static analysis of {len(files)} Python files by bandit", why=error.message))
        return RunBanditOutput(results=(), not_read=())
