"""What operators and their machines ask: health, metrics, logs, switches, the API's own description."""

from __future__ import annotations

import logging
from typing import Annotated

import orjson
from pydantic import BaseModel, Field, RootModel
from starlette.requests import Request
from starlette.responses import Response

from genesis.errors import RequestInvalid
from genesis.flags.switches import Switch
from genesis.frozen import Frozen
from genesis.security.edge import principal
from genesis.service import access
from genesis.service.health import Health, HealthChecks, Standing
from genesis.service.parts import Parts
from genesis.service.rest.body import json_response, read
from genesis.service.routing import Answer, Operation, Parameter
from genesis.telemetry import correlation
from genesis.telemetry.metrics import CONTENT_TYPE

log = logging.getLogger("genesis.audit")


class Alive(BaseModel):
    """Whether, in one word."""

    status: str


class HealthView(RootModel[Health | Standing]):
    """How it stands."""


class Turn(Frozen):
    """Turns a switch. `reason` and `by` go into the audit log and into what refused callers are told."""

    on: bool
    reason: Annotated[str, Field(max_length=1000)] = ""
    by: Annotated[str, Field(min_length=1, max_length=200)] = "admin"


class SwitchList(BaseModel):
    """Every switch, and how often any has been turned."""

    generation: int
    switches: dict[str, Switch]


class LogLines(BaseModel):
    """The lines of one correlation id that this process still has, oldest first."""

    correlation_id: str
    lines: list[dict[str, object]]


class Operate:
    """The handlers of /health, the probes, /metrics, /switches and /logs."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.checks = HealthChecks(parts)

    def operations(self) -> list[Operation]:
        text = Answer("Prometheus text.", media_types=(CONTENT_TYPE.partition(";")[0],))
        whether = {200: Answer("Yes.", Alive), 503: Answer("No.", Alive)}
        either = "; without a key outside dev the standing alone"
        health = {200: Answer(f"Healthy or degraded{either}.", HealthView), 503: Answer("Unhealthy.", HealthView)}
        of = Parameter("correlation_id", "A W3C trace id.", {"type": "string", "pattern": "^[0-9a-f]{32}$"},
                       required=True)  # fmt: skip
        return [
            Operation("GET", "/health", self.health, "How it stands", health),
            Operation("GET", "/livez", self.livez, "Is the process alive", {200: Answer("Yes.", Alive)}),
            Operation("GET", "/readyz", self.readyz, "Should it get traffic", whether),
            Operation("GET", "/startupz", self.startupz, "Has it started", whether),
            Operation("GET", "/metrics", self.metrics, "Prometheus metrics", {200: text}),
            Operation("GET", "/switches", self.switches, "List the switches", {200: Answer("All.", SwitchList)}),
            Operation("PUT", "/switches/{name}", self.turn, "Turn a switch", {200: Answer("As it is now.", Switch)},
                      Turn),
            Operation("GET", "/logs", self.logs, "The log lines of one request", {200: Answer("Lines.", LogLines)},
                      parameters=(of,)),
        ]  # fmt: skip

    async def health(self, request: Request) -> Response:
        health = await self.checks.health()
        told = None if await access.may(request, "read", "operate", "probe") else set(Standing.model_fields)
        return json_response(health.model_dump(include=told), 503 if health.status == "unhealthy" else 200)

    async def livez(self, request: Request) -> Response:
        return json_response({"status": "alive"})

    async def readyz(self, request: Request) -> Response:
        if self.parts.lifecycle.draining.is_set():
            return json_response({"status": "draining"}, 503)
        if not self.parts.lifecycle.started.is_set():
            return json_response({"status": "starting"}, 503)
        health = await self.checks.health()
        return json_response({"status": health.status}, 503 if health.status == "unhealthy" else 200)

    async def startupz(self, request: Request) -> Response:
        started = self.parts.lifecycle.started.is_set()
        return json_response({"status": "started" if started else "starting"}, 200 if started else 503)

    async def metrics(self, request: Request) -> Response:
        return Response(self.parts.metrics.scrape(), headers={"Content-Type": CONTENT_TYPE})

    async def switches(self, request: Request) -> Response:
        switches = self.parts.switches
        body = SwitchList(generation=switches.generation, switches=dict(switches.all()))
        return json_response(body.model_dump(mode="json"))

    async def turn(self, request: Request) -> Response:
        asked = await read(request, Turn)
        redact, name = self.parts.redactor.redact, request.path_params["name"]
        by = redact(principal.current().who(asked.by))[:200]
        reason = redact(asked.reason)[:1000]
        switch = self.parts.switches.turn(name, on=asked.on, by=by, reason=reason, at=self.parts.clock.now())
        log.warning("switch turned", extra={"switch": name, "on": asked.on, "by": by, "reason": reason})
        return json_response(switch.model_dump(mode="json"))

    async def logs(self, request: Request) -> Response:
        of = request.query_params.get("correlation_id", "")
        if not correlation.is_id(of):
            raise RequestInvalid("correlation_id: a W3C trace id, 32 hex digits")
        lines = [orjson.loads(line) for line in self.parts.logs.lines(of)]
        return json_response({"correlation_id": of, "lines": lines})
