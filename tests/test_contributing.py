"""The blocks of CONTRIBUTING.md do what the text says."""

from __future__ import annotations

import re
import types
from pathlib import Path

from genesis.agents import registry
from genesis.agents.result import Assignment
from genesis.agents.toolbox import ArtifactStore, Toolbox
from genesis.clock import SystemClock
from genesis.security.workspace import Workspace
from genesis.tools.tool import Tool, ToolContext

PAGE = Path(__file__).parents[1] / "CONTRIBUTING.md"
BLOCKS = dict(re.findall(r"```(?:yaml|python)\n# (\S+)\n(.*?)```", PAGE.read_text(), re.DOTALL))


def workspace(root: Path) -> Workspace:
    root.mkdir()
    (root / "a.py").write_text("one\ntwo\n")
    (root / "b.py").write_text("three\n")
    (root / "c.md").write_text("four\n")
    return Workspace(root)


async def test_the_agent(tmp_path: Path) -> None:
    for name in ("agents/counter/agent.yaml", "agents/counter/work.py"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(BLOCKS[name])
    fleet = registry.load(tmp_path / "agents")
    agent = fleet.get("counter")
    assert len(fleet) == 16
    task = Assignment(run_id="r", task_id="t", attempt=1, goal="count", type="count_files", objective="count")
    tools = Toolbox(
        card=agent.card,
        task=task,
        workspace=workspace(tmp_path / "here"),
        scratch=tmp_path,
        store=ArtifactStore(tmp_path / "artifacts"),
        clock=SystemClock(),
    )
    result = await agent.work(task, tools)
    assert result.summary == "3 files of 2 kinds"
    assert {fact.text for fact in result.facts} == {"2 files end in .py", "1 files end in .md"}


def test_the_remote_agent(tmp_path: Path) -> None:
    (tmp_path / "weather.yaml").write_text(BLOCKS["agents/weather.yaml"])
    agent = registry.load(tmp_path).get("weather")
    assert agent.card.url == "https://agents.example.com/weather"
    assert agent.card.examples[0].plan == {"weather.forecast": ()}


async def test_the_tool(tmp_path: Path) -> None:
    module = types.ModuleType("count_lines")
    exec(compile(BLOCKS["tools/count_lines.py"], "count_lines.py", "exec"), module.__dict__)
    made = module.__dict__["count_lines"]
    assert isinstance(made, Tool)
    assert (made.name, made.effects, made.description) == (
        "count_lines",
        False,
        "Counts the lines of the workspace's files with an ending.",
    )
    context = ToolContext(workspace=workspace(tmp_path / "here"), scratch=tmp_path, key="k", clock=SystemClock())
    given = made.input(ending=".py")
    assert (await made.run(given, context)).lines == 3
    assert made.schema()["input"]["properties"]["ending"]["type"] == "string"
