"""`/task`: what is accepted, what it looks like, what may be sent twice."""

from __future__ import annotations

import re
from datetime import datetime

from tests.service.conftest import Service


async def test_an_objective_is_accepted_done_and_shown(service: Service) -> None:
    answer = await service.post("Say hello", agent="echo")
    assert answer.status_code == 202
    body = answer.json()
    assert answer.headers["location"] == body["links"]["self"] == f"/task/{body['task_id']}"
    assert body["status"] == "submitted"
    run = await service.until(body["task_id"], "completed")
    assert run["summary"] == "You said: Say hello"
    assert run["correlation_id"] == answer.headers["x-correlation-id"]


async def test_the_json_that_machines_rely_on(service: Service) -> None:
    run = (await service.post("Say hello", agent="echo", wait_s=20)).json()
    pinned = {"task_id", "status", "level", "correlation_id", "created", "finished", "tasks", "artifacts", "summary",
              "cost_usd"}  # fmt: skip
    assert pinned <= run.keys()
    assert "error" not in run
    assert run["level"] == "heuristic"
    assert run["cost_usd"] == 0.0
    [task] = run["tasks"]
    assert {"id", "agent", "status", "level", "attempts", "seconds"} <= task.keys()
    assert (task["id"], task["agent"], task["status"], task["attempts"]) == ("t1", "echo", "done", 1)
    assert [{"name", "media_type", "url"} <= one.keys() for one in run["artifacts"]] == [True, True]
    assert datetime.fromisoformat(run["created"]) <= datetime.fromisoformat(run["finished"])
    assert run["created"].endswith("Z")


async def test_a_run_that_failed_says_why_and_nothing_more(service: Service) -> None:
    run = (await service.post("Break", agent="broken", wait_s=20)).json()
    assert run["status"] == "failed"
    assert run["error"]["category"] == "unknown"
    assert run["error"]["correlation_id"] == run["correlation_id"]
    assert run["level"] is None
    assert "hunter2" not in str(run)
    assert "hunter2" in service.log.getvalue().decode()  # the log has it


async def test_wait_holds_the_answer_back_until_the_run_has_ended(service: Service) -> None:
    waited = await service.post("Say hello", agent="echo", wait_s=20)
    assert (waited.status_code, waited.json()["status"]) == (200, "completed")
    slow = await service.post("Wait", agent="slow", workspace=str(service.workspace), wait_s=0.05)
    assert slow.status_code == 202
    assert slow.json()["status"] in {"submitted", "working"}  # a loaded machine may not have begun by then


async def test_the_same_id_with_the_same_body_is_the_same_run(service: Service) -> None:
    first = await service.post("Say hello", agent="echo", task_id="order-7")
    again = await service.post("Say hello", agent="echo", task_id="order-7")
    assert first.json()["task_id"] == again.json()["task_id"] == "order-7"
    other = await service.post("Say goodbye", agent="echo", task_id="order-7")
    assert (other.status_code, other.json()["error"]["code"]) == (409, "CONFLICT")
    assert await service.run_ids() == ["order-7"]
    assert (await service.until("order-7", "completed"))["summary"] == "You said: Say hello"


async def test_a_workspace_is_admitted_and_worked_on(service: Service) -> None:
    (service.workspace / "notes.txt").write_text("x")
    run = (await service.post("List", agent="lister", workspace=str(service.workspace), wait_s=20)).json()
    assert run["summary"] == "notes.txt"


async def test_runs_are_listed_latest_first_by_page_and_state(service: Service) -> None:
    for number in range(5):
        await service.post(f"Say {number}", agent="echo", task_id=f"run-{number}", wait_s=20)
    await service.post("Break", agent="broken", task_id="bad", wait_s=20)
    first = (await service.http.get("/task?limit=4")).json()
    second = (await service.http.get("/task", params={"limit": 4, "cursor": first["next_cursor"]})).json()
    assert [run["task_id"] for run in first["tasks"] + second["tasks"]] == [
        "bad", "run-4", "run-3", "run-2", "run-1", "run-0"
    ]  # fmt: skip
    assert "next_cursor" not in second
    failed = (await service.http.get("/task?status=failed")).json()
    assert [run["task_id"] for run in failed["tasks"]] == ["bad"]


async def test_a_run_is_canceled_and_can_go_on(service: Service) -> None:
    run_id = (await service.post("Wait", agent="slow", workspace=str(service.workspace))).json()["task_id"]
    await service.until(run_id, "working")
    canceled = await service.http.delete(f"/task/{run_id}")
    assert (canceled.status_code, canceled.json()["status"]) == (202, "canceled")
    service.go()
    assert (await service.http.post(f"/task/{run_id}/resume")).status_code == 202
    assert (await service.until(run_id, "completed"))["summary"] == "It went."
    late = await service.http.delete(f"/task/{run_id}")
    assert (late.status_code, late.json()["error"]["code"]) == (409, "CONFLICT")


async def test_an_effect_waits_for_an_approval(service: Service) -> None:
    published = service.parts.home / "published"
    run = (await service.post("Put it out", agent="publisher", wait_s=20)).json()
    run = await service.until(run["task_id"], "input_required")
    assert run["waiting_for"] == ["t1"]
    assert not published.exists()
    answer = await service.http.post(f"/task/{run['task_id']}/input", json={"approve": True, "by": "ann"})
    assert answer.status_code == 202
    await service.until(run["task_id"], "completed")
    assert published.read_text() == f"{run['task_id']}\n"


async def test_an_effect_that_is_refused_does_not_happen(service: Service) -> None:
    run = (await service.post("Put it out", agent="publisher")).json()
    await service.until(run["task_id"], "input_required")
    await service.http.post(f"/task/{run['task_id']}/input", json={"approve": False})
    assert (await service.until(run["task_id"], "failed", "completed", "canceled"))["status"] != "completed"
    assert not (service.parts.home / "published").exists()


async def test_a_question_is_answered_in_words(service: Service) -> None:
    run = (await service.post("ask me first", agent="echo")).json()
    run = await service.until(run["task_id"], "input_required")
    assert run["question"] == "Which one?"
    wrong = await service.http.post(f"/task/{run['task_id']}/input", json={"approve": True})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (409, "CONFLICT")
    assert (await service.http.post(f"/task/{run['task_id']}/input", json={"text": "the blue one"})).status_code == 202
    run = await service.until(run["task_id"], "completed")
    assert "the blue one" in run["summary"]


async def test_the_correlation_id_of_the_caller_is_the_runs(service: Service) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    body = {"description": "Hi", "agent": "echo", "wait_s": 20}
    answer = await service.http.post("/task", json=body, headers=headers)
    assert answer.json()["correlation_id"] == answer.headers["x-correlation-id"] == trace
    assert re.fullmatch(f"00-{trace}-[0-9a-f]{{16}}-00", answer.headers["traceparent"])
    refused = await service.http.post("/task", json={}, headers=headers)
    assert refused.json()["error"]["correlation_id"] == trace
    lines = (await service.http.get("/logs", params={"correlation_id": trace})).json()["lines"]
    assert [line["message"] for line in lines if line["logger"] in {"agents.echo", "genesis.request"}] == [
        "echoing", "request", "request"
    ]  # fmt: skip
    assert all(line["correlation_id"] == trace for line in lines)
