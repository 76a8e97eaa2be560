"""Health, probes, metrics, logs, switches, OpenAPI."""

from __future__ import annotations

import re
from typing import Any

import orjson
import pytest
from openapi_spec_validator import validate
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from genesis.service.a2a import Doors
from genesis.service.app import operations
from tests.service.conftest import Service, Start


async def metric(service: Service, name: str, **labels: str) -> float:
    """The sum of the samples of that name and those labels."""
    text = (await service.http.get("/metrics")).text
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


async def test_health_says_what_it_asked(service: Service) -> None:
    body = (await service.http.get("/health")).json()
    assert body["status"] == "healthy"
    assert body["agents_loaded"] == len(service.parts.registry) > 0
    assert body["checks"].keys() == {"agents", "database", "disk", "guard", "switches"}
    assert body["switches"] == {"emergency_shutdown": False}
    assert body["resources"]["memory_peak_mb"] > 1
    for path in ("/livez", "/readyz", "/startupz"):
        assert (await service.http.get(path)).status_code == 200


async def test_a_database_that_does_not_answer_is_unhealthy(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    service = await start()

    async def dead(**more: object) -> object:
        raise OSError("disk I/O error at /secret/path")

    monkeypatch.setattr(service.parts.runs, "list", dead)
    answer = await service.http.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "unhealthy")
    assert answer.json()["checks"]["database"]["status"] == "unhealthy"
    assert "/secret" not in answer.text
    assert (await service.http.get("/readyz")).status_code == 503
    assert (await service.http.get("/livez")).status_code == 200


async def test_metrics_move_because_of_what_was_done(service: Service) -> None:
    before = await metric(service, "genesis_requests_total", route="/task", outcome="ok")
    await service.post("Hello", agent="echo", wait_s=20)
    await service.post("Break", agent="broken", wait_s=20)
    await service.http.post("/task", json={})
    assert await metric(service, "genesis_requests_total", route="/task", outcome="ok") == before + 2
    assert await metric(service, "genesis_requests_total", route="/task", outcome="refused") == 1
    assert await metric(service, "genesis_tasks_total", agent="echo", level="heuristic", outcome="done") == 1
    assert await metric(service, "genesis_tasks_total", agent="broken", outcome="failed") >= 1
    assert await metric(service, "genesis_errors_total", category="unknown") == 1
    assert await metric(service, "genesis_task_duration_seconds_count", agent="echo") == 1
    assert await metric(service, "genesis_log_lines_total", format="json") > 3
    live = (await service.http.get("/agents/echo")).json()["live"]
    assert live == {"attempts": {"done": 1}}


async def test_the_duration_of_a_request_ends_when_it_is_durable(service: Service) -> None:
    answer = await service.post("Wait", agent="slow", workspace=str(service.workspace), wait_s=1.5)
    assert answer.json()["status"] == "working"
    assert await metric(service, "genesis_request_duration_seconds_sum", route="/task") < 1.0
    service.go()


async def test_routes_are_named_by_template(service: Service) -> None:
    for name in ("a", "b", "c"):
        await service.http.get(f"/task/{name}")
        await service.http.get(f"/{name}")
    text = (await service.http.get("/metrics")).text
    assert await metric(service, "genesis_requests_total", route="/task/{id}") == 3
    assert await metric(service, "genesis_requests_total", route="unmatched") == 3
    assert set(re.findall(r'genesis_requests_total{.*?route="(.*?)"', text)) <= {"/task/{id}", "unmatched", "/metrics"}


async def test_every_line_of_the_log_is_json_with_a_correlation_id(service: Service) -> None:
    await service.post("Hello", agent="echo", wait_s=20)
    await service.post("Break", agent="broken", wait_s=20)
    lines = [orjson.loads(line) for line in service.log.getvalue().splitlines()]
    assert {"echoing", "request"} <= {line["message"] for line in lines}
    assert any("exception" in line for line in lines)
    for line in lines:
        assert {"time", "level", "logger", "message", "correlation_id"} <= line.keys()
        assert re.fullmatch(r"[0-9a-f]{32}", line["correlation_id"])


def key(service: Service) -> dict[str, str]:
    return {"authorization": f"Bearer {service.parts.admin_key.get_secret_value()}"}


SWITCH = "/switches/emergency_shutdown"


async def test_a_switch_needs_the_key(service: Service) -> None:
    for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Basic x"}):
        answer = await service.http.put(SWITCH, json={"on": True}, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHORIZED")
        assert answer.headers["www-authenticate"] == "Bearer"
    assert (await service.http.get("/switches")).json()["generation"] == 0
    unknown = await service.http.put("/switches/other", json={"on": True}, headers=key(service))
    assert unknown.status_code == 404


async def test_turning_a_switch_is_in_the_log_and_the_metric(service: Service) -> None:
    body = {"on": True, "by": "ann", "reason": "drill"}
    answer = await service.http.put(SWITCH, json=body, headers=key(service))
    assert answer.json() | body == answer.json()
    listed = (await service.http.get("/switches")).json()
    assert listed["generation"] == 1
    assert listed["switches"]["emergency_shutdown"]["by"] == "ann"
    assert await metric(service, "genesis_switch_generation") == 1
    health = (await service.http.get("/health")).json()
    assert (health["status"], health["switches"]) == ("degraded", {"emergency_shutdown": True})
    audit = [orjson.loads(line) for line in service.log.getvalue().splitlines() if b"genesis.audit" in line]
    assert [(line["switch"], line["on"], line["by"], line["reason"]) for line in audit] == [
        ("emergency_shutdown", True, "ann", "drill")
    ]


async def test_logs_outside_dev_need_the_key(start: Start) -> None:
    service = await start(profile="staging", admin_key=SecretStr("k" * 20))
    params = {"correlation_id": "a" * 32}
    assert (await service.http.get("/logs", params=params)).status_code == 401
    given = await service.http.get("/logs", params=params, headers=key(service))
    assert given.json() == {"correlation_id": "a" * 32, "lines": []}


async def test_the_openapi_document_is_valid_and_what_is_served(service: Service) -> None:
    document: dict[str, Any] = (await service.http.get("/openapi.json")).json()
    validate(document)
    doors = Doors(service.parts)
    served = {(one.method, one.path) for one in operations(service.parts, doors) if one.documented}
    await doors.close()
    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert described == served
    for method, path in sorted(described):
        wrong = await service.http.request(method, re.sub(r"{\w+}", "none", path), content=b"{")
        assert wrong.status_code not in {405, 500}, (method, path)
        refused = await service.http.request("TRACE", re.sub(r"{\w+}", "none", path))
        assert refused.status_code == 405, path


async def test_answers_are_as_the_document_says(service: Service) -> None:
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

    document = (await service.http.get("/openapi.json")).json()

    async def check(method: str, template: str, answer: Any) -> None:
        schema = document["paths"][template][method]["responses"][str(answer.status_code)]["content"]
        schema = schema["application/json"]["schema"] | {"components": document["components"]}
        Draft202012Validator(schema).validate(answer.json())

    accepted = await service.post("Hello", agent="echo")
    await check("post", "/task", accepted)
    run_id = accepted.json()["task_id"]
    await service.until(run_id, "completed")
    await check("get", "/task/{id}", await service.http.get(f"/task/{run_id}"))
    await check("get", "/task", await service.http.get("/task"))
    await check("get", "/agents", await service.http.get("/agents"))
    await check("get", "/agents/{id}", await service.http.get("/agents/echo"))
    await check("get", "/health", await service.http.get("/health"))
    await check("get", "/switches", await service.http.get("/switches"))
    plan = await service.http.post("/plan", json={"description": "Hello", "agent": "echo"})
    await check("post", "/plan", plan)
    assert plan.json()["tasks"][0]["agent"] == "echo"
    assert await service.run_ids() == [run_id]  # planning runs nothing
