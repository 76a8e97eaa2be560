"""qa builds an environment when asked to, waits for approval unless it was granted, and judges with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from genesis.errors import SandboxUnavailable
from genesis.security.code import sandbox
from tests.agents.conftest import Do
from tests.service.conftest import running
from tests.tools.wheels import project, wheel


@pytest.fixture
async def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose one test needs `stamps`, and a folder with its wheel: pip is told to look nowhere else."""
    try:
        await sandbox.best()
    except SandboxUnavailable as error:
        pytest.skip(error.message)
    wheel(tmp_path / "wheels", "stamps", "1.5", "def worth():\n    return 21\n")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    return project(tmp_path, "stamps")


async def test_qa_judges_with_it_and_without_it_says_what_is_missing(root: Path, do: Do) -> None:
    without = (await do("qa", root, "Run the tests")).result
    assert without.summary == "No test could run: needs the module stamps (declared in pyproject.toml)."
    done = await do("qa", root, "Run the tests", permissions=("install",))
    result = done.result
    assert result.summary.startswith("The one test that ran passes")
    assert any("stamps 1.5" in fact.text for fact in result.facts)
    assert done.calls == ("install_requirements", "run_tests")


async def test_words_ask_and_wait_and_the_flag_grants(root: Path, tmp_path: Path) -> None:
    async with running(tmp_path / "home", root) as service:
        asked = {"agent": "qa", "workspace": str(root)}
        await service.post("Run the tests", task_id="plain", **asked)
        plain = await service.until("plain", "completed", "input_required")
        assert "needs the module stamps" in plain["summary"]
        await service.post("Install the requirements and run the tests", task_id="words", **asked)
        waits = await service.until("words", "completed", "input_required")
        assert (waits["status"], waits["tasks"][0]["status"]) == ("input_required", "waiting")
        await service.http.post("/task/words/input", json={"approve": True})
        done = await service.until("words", "completed", "failed")
        assert done["summary"].startswith("The one test that ran passes")
        await service.post("Run the tests", task_id="flag", permissions=["install"], **asked)
        granted = await service.until("flag", "completed", "input_required")
        assert granted["summary"].startswith("The one test that ran passes")
        wrong = await service.post("Run the tests", permissions=["everything"], **asked)
        assert (wrong.status_code, "permissions" in wrong.text) == (400, True)
