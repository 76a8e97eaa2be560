from pathlib import Path

import pytest

from genesis.agents import registry
from genesis.agents.change import CHANGE, earlier, keep
from genesis.agents.result import Assignment
from genesis.agents.toolbox import ArtifactStore, Toolbox
from genesis.clock import SystemClock
from genesis.errors import NotFound


def test_changes_are_handed_on_in_their_order_and_none_is_left_out(tmp_path: Path) -> None:
    store = ArtifactStore(tmp_path / "artifacts")
    task = Assignment(run_id="r", task_id="t", attempt=1, goal="x", type="test", objective="x")
    card = registry.load().get("qa").card
    tools = Toolbox(card=card, task=task, workspace=None, scratch=tmp_path, store=store, clock=SystemClock())
    odd = b"+caf\xe9\n".decode("utf-8", "surrogateescape")
    given = (
        keep(tools, "+one\n"),
        tools.artifact("report.md", "text/markdown", "# No change"),
        keep(tools, odd),
        tools.artifact("far.diff", "application/octet-stream", "+three\n"),
    )
    after = task.model_copy(update={"artifacts": given})
    assert [one.name for one in given if one.name == CHANGE] == [CHANGE, CHANGE]
    assert earlier(after, tools) == ("+one\n", odd, "+three\n")
    for path in store.folder.glob("??/*"):
        path.unlink()
    with pytest.raises(NotFound, match=r"changes\.patch"):
        earlier(after, tools)
