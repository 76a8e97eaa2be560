"""Files that come with `POST /task`: all or nothing, a folder for each run, gone when the run needs it no more."""

from __future__ import annotations

import asyncio
import base64
import os
from typing import Any

import pytest

from genesis.service import uploads
from tests.service.conftest import Service


def file(name: str, content: bytes = b"x") -> dict[str, str]:
    return {"name": name, "content": base64.b64encode(content).decode()}


async def test_the_files_are_the_workspace_and_go_when_the_run_is_completed(service: Service) -> None:
    sent = [file("b/two.md", b"2"), file("a.txt", b"1")]
    run = (await service.post("list", agent="lister", files=sent, wait_s=20)).json()
    assert (run["status"], run["summary"]) == ("completed", "a.txt, b/two.md")
    [folder] = service.parts.uploads.iterdir()
    assert folder.name.startswith(f"{run['task_id']}~")
    assert (folder / "b" / "two.md").read_bytes() == b"2"
    assert await uploads.sweep(service.parts) == 1
    assert not folder.exists()


async def test_a_run_that_can_go_on_keeps_its_files(service: Service) -> None:
    body: dict[str, Any] = {"agent": "slow", "task_id": "s", "files": [file("a.txt")]}
    await service.post("wait", **body)
    assert (await service.post("wait", **body)).status_code == 202  # the same again is the same run
    await service.until("s", "working")
    assert await uploads.sweep(service.parts) == 0
    await service.http.delete("/task/s")
    await service.until("s", "canceled")
    assert await uploads.sweep(service.parts) == 0
    [folder] = service.parts.uploads.iterdir()
    assert (await service.http.post("/task/s/resume", json={})).status_code < 300
    (folder / "go").touch()
    await service.until("s", "completed")


async def test_the_same_id_with_other_files_is_a_conflict_and_leaves_nothing(service: Service) -> None:
    await service.post("list", agent="lister", task_id="x", files=[file("a.txt", b"1")], wait_s=20)
    for other in ([file("a.txt", b"2")], [file("b.txt", b"1")]):
        answer = await service.post("list", agent="lister", task_id="x", files=other)
        assert answer.status_code == 409
    assert len(list(service.parts.uploads.iterdir())) == 1


@pytest.mark.parametrize(
    ("files", "status", "says"),
    [
        ([file("../up.txt")], 400, "file name '../up.txt'"),
        ([file("/etc/passwd")], 400, "file name '/etc/passwd'"),
        ([file("a/../../b")], 400, "file name"),
        ([file("a.txt"), file("A.txt")], 400, "sent twice"),
        ([file("a"), file("a/b")], 400, "was sent as a file too"),
        ([{"name": "a.txt", "content": "no base64!"}], 400, "files.0.content: not base64"),
        ([file(f"{n}.txt", b"") for n in range(2001)], 400, "2000"),
        ([file(f"{n}.bin", bytes(3_600_000)) for n in range(3)], 413, "10,800,000 bytes"),
        ([file("big.bin", bytes(12_000_000))], 413, "limit"),
        ([{"name": "a.txt", "content": "eA==", "link": "/etc"}], 400, "link"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_refused_whole(
    service: Service, files: list[dict[str, str]], status: int, says: str
) -> None:
    answer = await service.post("list", agent="lister", files=files)
    assert (answer.status_code, says in answer.json()["error"]["message"]) == (status, True), answer.text
    assert not service.parts.uploads.exists() or not list(service.parts.uploads.iterdir())
    assert await service.run_ids() == []


async def test_files_and_a_workspace_are_one_too_many(service: Service) -> None:
    answer = await service.post("list", agent="lister", files=[file("a")], workspace=str(service.workspace))
    assert (answer.status_code, "either files or workspace" in answer.text) == (400, True)


async def test_an_archive_stays_the_file_that_it_is(service: Service) -> None:
    run = (await service.post("list", agent="lister", files=[file("bomb.zip", b"PK\x03\x04")], wait_s=20)).json()
    assert run["summary"] == "bomb.zip"


async def test_what_is_left_of_runs_that_never_were_goes_when_it_is_old(service: Service) -> None:
    young, old = service.parts.uploads / "never~1", service.parts.uploads / "never~2"
    for one in (young, old):
        one.mkdir(parents=True)
    await asyncio.to_thread(os.utime, old, (0, 0))
    assert await uploads.sweep(service.parts) == 1
    assert (young.exists(), old.exists()) == (True, False)
