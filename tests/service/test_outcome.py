"""Reports and files of a run."""

from __future__ import annotations

import hashlib

import pytest

from tests.service.conftest import Service


@pytest.mark.parametrize(
    ("accept", "query", "kind"),
    [
        ("", "", "text/markdown"),
        ("*/*", "", "text/markdown"),
        ("application/json", "", "application/json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "", "text/html"),
        ("text/html;q=0.2, application/json;q=0.9", "", "application/json"),
        ("text/html", "?format=md", "text/markdown"),
        ("text/html;q=0", "", "text/markdown"),
    ],
)
async def test_the_report_comes_as_it_is_wanted(service: Service, accept: str, query: str, kind: str) -> None:
    run_id = (await service.post("Say <blink>hello</blink>", agent="echo", wait_s=20)).json()["task_id"]
    answer = await service.http.get(f"/task/{run_id}/report{query}", headers={"accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == kind
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "hello" in answer.text
    if kind == "text/html":
        assert "<blink>" not in answer.text


async def test_there_is_no_report_before_the_end_and_no_format_of_that_name(service: Service) -> None:
    run_id = (await service.post("Wait", agent="slow", workspace=str(service.workspace))).json()["task_id"]
    await service.until(run_id, "working")
    early = await service.http.get(f"/task/{run_id}/report")
    assert early.status_code == 404
    assert "working" in early.json()["error"]["message"]
    service.go()
    await service.until(run_id, "completed")
    assert (await service.http.get(f"/task/{run_id}/report")).status_code == 200
    wrong = await service.http.get(f"/task/{run_id}/report?format=pdf")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "REQUEST_INVALID")


async def test_a_file_is_downloaded_and_never_shown(service: Service) -> None:
    run = (await service.post("Hello", agent="echo", wait_s=20)).json()
    blob = next(one for one in run["artifacts"] if one["name"] == "blob.bin")
    answer = await service.http.get(blob["url"])
    assert answer.content == bytes(range(256))
    assert hashlib.sha256(answer.content).hexdigest() == blob["sha256"]
    assert answer.headers["content-disposition"] == 'attachment; filename="blob.bin"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize("name", ["other.txt", "..%2f..%2fgenesis.db", "%2e%2e", "echo.txt?task=t9"])
async def test_a_file_that_the_run_did_not_make_is_not_there(service: Service, name: str) -> None:
    run_id = (await service.post("Hello", agent="echo", wait_s=20)).json()["task_id"]
    assert (await service.http.get(f"/task/{run_id}/artifacts/{name}")).status_code == 404


async def test_a_file_whose_bytes_are_gone_is_said_to_be(service: Service) -> None:
    run = (await service.post("Hello", agent="echo", wait_s=20)).json()
    for file in (service.parts.home / "artifacts").rglob("*"):
        if file.is_file():
            file.unlink()
    answer = await service.http.get(run["artifacts"][0]["url"])
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
