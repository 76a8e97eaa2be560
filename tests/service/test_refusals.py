"""Bad input and trouble that need a service of their own: nothing is told, nothing is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.service.conftest import Service
from tests.service.test_bad_rest import refused


async def test_a_workspace_that_leads_out_by_a_link_or_is_not_there_or_is_a_file(service: Service) -> None:
    root: Path = service.workspace.parent
    (root / "out").symlink_to("/etc")
    (root / "file").touch()
    for name, says in (("out", "allowed roots"), ("gone", "does not exist"), ("file", "not a folder")):
        error = await refused(service, await service.post("a", agent="echo", workspace=str(root / name)), 403)
        assert (error["code"], says in error["message"]) == ("WORKSPACE_REFUSED", True)


async def test_a_body_that_never_says_its_length_is_refused_at_the_limit(service: Service) -> None:
    async def long() -> Any:
        yield b'{"description": "'
        for _ in range(20):
            yield b"x" * 65_536

    answer = await service.http.post("/plan", content=long(), headers={"content-type": "application/json"})
    assert (await refused(service, answer, 413))["code"] == "BODY_TOO_LARGE"


async def test_an_unforeseen_error_says_nothing_of_itself(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    async def bug(*args: object, **more: object) -> object:
        raise KeyError("the secret is hunter2")

    monkeypatch.setattr(service.parts.runs, "get", bug)
    answer = await service.http.get("/task/x")
    error = await refused(service, answer, 500)
    assert (error["code"], error["category"]) == ("INTERNAL", "unknown")
    assert "hunter2" not in answer.text
    log = service.log.getvalue().decode()
    assert "hunter2" in log
    assert error["correlation_id"] in log


async def test_a_locked_database_and_a_full_disk(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*args: object, **more: object) -> object:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(service.parts.runs, "submit", full)
        answer = await service.post("a", agent="echo")
    error = await refused(service, answer, 503)
    assert (error["code"], error["category"]) == ("STORAGE_FAILED", "resource")
