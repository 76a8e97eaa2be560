"""`/agents`: the fleet. A GET on `/agents/{id}` is this; a POST there is the agent's A2A door."""

from __future__ import annotations

from pydantic import BaseModel, RootModel
from starlette.requests import Request
from starlette.responses import Response

from genesis.agents.card import AgentCard, TaskType
from genesis.service.parts import Parts
from genesis.service.rest.body import json_response
from genesis.service.routing import Answer, Operation


class AgentRow(BaseModel):
    """An agent of the fleet. `url` is its A2A address."""

    id: str
    name: str
    description: str
    version: str
    task_types: list[str]
    url: str
    card: str


class AgentList(RootModel[list[AgentRow]]):
    """The fleet, in order of name."""


class Live(BaseModel):
    """Attempts of this agent that ended since the process started, by outcome."""

    attempts: dict[str, int]


class AgentView(AgentRow):
    """An agent, whole."""

    skills: list[TaskType]
    tools: list[str]
    cost_usd: float
    concurrency: int
    timeout_s: float
    remote: str | None = None
    examples: list[str]
    live: Live


class Agents:
    """The handlers of `/agents`."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def operations(self) -> list[Operation]:
        return [
            Operation("GET", "/agents", self.list, "List the fleet", {200: Answer("An array of agents.", AgentList)}),
            Operation("GET", "/agents/{id}", self.show, "Show an agent", {200: Answer("The agent.", AgentView)}),
        ]

    async def list(self, request: Request) -> Response:
        return json_response([self._row(card).model_dump() for card in self.parts.registry])

    async def show(self, request: Request) -> Response:
        card = self.parts.registry.get(request.path_params["id"]).card
        view = AgentView(
            **self._row(card).model_dump(),
            skills=list(card.task_types),
            tools=list(card.tools),
            cost_usd=card.cost_usd,
            concurrency=card.concurrency,
            timeout_s=card.timeout_s,
            remote=card.url,
            examples=[example.request for example in card.examples],
            live=Live(attempts=self.parts.metrics.attempts(card.name)),
        )
        return json_response(view.model_dump(mode="json", exclude_none=True))

    def _row(self, card: AgentCard) -> AgentRow:
        url = f"{self.parts.url}/agents/{card.name}"
        return AgentRow(
            id=card.name,
            name=card.title,
            description=card.description,
            version=card.version,
            task_types=[one.name for one in card.task_types],
            url=url,
            card=f"{url}/.well-known/agent-card.json",
        )
