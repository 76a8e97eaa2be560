"""Tools write into their scratch folder and read the workspace, whatever names a hijacked agent gives them."""

from __future__ import annotations

from pathlib import Path

import pytest

from genesis.clock import SystemClock
from genesis.errors import WorkspaceRefused
from genesis.security.workspace import Workspace
from genesis.tools.make_patch import MakePatchInput, make_patch
from genesis.tools.run_bandit import RunBanditInput, run_bandit
from genesis.tools.tool import ToolContext
from genesis.tools.trace_inputs import TraceInputsInput, trace_inputs
from genesis.tools.try_service import TryServiceInput, try_service

NAMES = ("{out}/planted.py", "../../planted.py", "a/../../../planted.py")


def context(folder: Path, *, workspace: bool) -> ToolContext:
    for name in ("scratch", "workspace", "out"):
        (folder / name).mkdir()
    root = Workspace(folder / "workspace") if workspace else None
    return ToolContext(workspace=root, scratch=folder / "scratch", key="k", clock=SystemClock())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("workspace", [True, False])
async def test_nothing_is_written_outside_the_scratch_folder(tmp_path: Path, name: str, workspace: bool) -> None:
    there, files = context(tmp_path, workspace=workspace), {name.format(out=tmp_path / "out"): "import os\n"}
    with pytest.raises(WorkspaceRefused, match="leads out"):
        await make_patch.run(MakePatchInput(files=files), there)
    with pytest.raises(WorkspaceRefused, match="leads out"):
        await try_service.run(TryServiceInput(package="shop", files=files), there)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("name", ["{out}/secret.py", "../out/secret.py", "link.py"])
async def test_nothing_is_read_outside_the_workspace(tmp_path: Path, name: str) -> None:
    there = context(tmp_path, workspace=True)
    (tmp_path / "out" / "secret.py").write_text("eval(input())\n")
    (tmp_path / "workspace" / "link.py").symlink_to(tmp_path / "out" / "secret.py")
    asked = name.format(out=tmp_path / "out")
    with pytest.raises(WorkspaceRefused, match="leads out"):
        await trace_inputs.run(TraceInputsInput(files=(asked,), ask={asked: (1,)}), there)
    with pytest.raises(WorkspaceRefused, match="leads out"):
        await run_bandit.run(RunBanditInput(files=(asked,), tests=("B307",)), there)
