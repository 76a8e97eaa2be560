"""`POST /plan`: plan, route and vet from outside; nothing is run and nothing is kept."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field, JsonValue, model_validator
from starlette.requests import Request
from starlette.responses import Response

from genesis.errors import RequestInvalid
from genesis.execute.plan_json import plan_json
from genesis.frozen import Frozen
from genesis.objective import Objective
from genesis.plan.parse import parse_plan
from genesis.security.edge import principal
from genesis.security.workspace import admit
from genesis.service.parts import Parts
from genesis.service.rest.body import json_response, read
from genesis.service.routing import Answer, Operation


class PlanRequest(Frozen):
    """Either an objective in words, or a plan to be routed and vetted."""

    description: str | None = None
    task_type: Annotated[str, Field(max_length=64)] | None = None
    agent: Annotated[str, Field(max_length=64)] | None = None
    workspace: str | None = None
    plan: JsonValue | None = None

    @model_validator(mode="after")
    def _one(self) -> PlanRequest:
        if (self.description is None) == (self.plan is None):
            raise RequestInvalid("give either `description` or `plan`")
        return self


class PlanView(BaseModel):
    """What `genesis plan --json` prints."""

    objective: str
    level: str
    confidence: float
    reason: str
    question: str | None = None
    refusal: dict[str, str] | None = None
    tasks: list[dict[str, Any]]
    vetting: dict[str, Any]
    seconds: dict[str, float]


class Plans:
    """The handler of `POST /plan`."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def operations(self) -> list[Operation]:
        answers = {200: Answer("The plan, routed and vetted, with seconds per stage.", PlanView)}
        return [Operation("POST", "/plan", self.plan, "Plan, route and vet only", answers, PlanRequest)]

    async def plan(self, request: Request) -> Response:
        asked = await read(request, PlanRequest)
        self.parts.switches.check()
        workspace = None if asked.workspace is None else str(admit(asked.workspace, self.parts.workspaces))
        if asked.description is None:
            prepared = await self.parts.prepare_plan(parse_plan(asked.plan))
        else:
            objective = Objective(
                text=self.parts.redactor.redact(Objective(text=asked.description).text),  # as a run would be planned
                workspace=workspace,
                agent=asked.agent,
                task_type=asked.task_type,
                trust=principal.current().trust,
            )
            prepared = await self.parts.prepare(objective)
        self.parts.metrics.prepared(prepared.seconds)
        return json_response(plan_json(prepared))
