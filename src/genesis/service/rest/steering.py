"""`/task/{id}/input` and `/resume`: what a person says to a run that waits, and going on with one that stopped."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator
from starlette.requests import Request
from starlette.responses import Response

from genesis.errors import RequestInvalid
from genesis.execute.run import Run
from genesis.frozen import Frozen
from genesis.service import observe
from genesis.service.own import OwnRuns
from genesis.service.parts import Parts
from genesis.service.rest.body import json_response, read
from genesis.service.rest.view import RunView, run_view
from genesis.service.routing import Answer, Operation

MAX_SAID_CHARS = 20_000


class Input(Frozen):
    """Either `approve` (for all that waits, or for `tasks` only), or `text` (the answer to a question). `values`: the
    digests of the `asks` that this answers, so that it answers what was seen and nothing that was asked since."""

    approve: bool | None = None
    tasks: Annotated[tuple[str, ...], Field(min_length=1, max_length=1000)] | None = None
    values: Annotated[tuple[str, ...], Field(max_length=1000)] | None = None
    text: Annotated[str, Field(min_length=1, max_length=MAX_SAID_CHARS)] | None = None
    by: Annotated[str, Field(min_length=1, max_length=200)] = "rest"

    @model_validator(mode="after")
    def _one(self) -> Input:
        if (self.approve is None) == (self.text is None):
            raise RequestInvalid("give either `approve` or `text`")
        if (self.tasks is not None or self.values is not None) and self.approve is None:
            raise RequestInvalid("tasks, values: only beside `approve`")
        return self


class Resume(Frozen):
    """Nothing, or a new budget for a run that has spent its own."""

    budget_usd: Annotated[float, Field(ge=0)] | None = None


class Steering:
    """The handlers that move a run on."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.runs = OwnRuns(parts.runs)

    def operations(self) -> list[Operation]:
        answer = {202: Answer("Taken.", RunView)}
        return [
            Operation("POST", "/task/{id}/input", self.input, "Approve, refuse or answer", answer, Input),
            Operation("POST", "/task/{id}/resume", self.resume, "Go on with a run that stopped", answer, Resume,
                      bare=True),
        ]  # fmt: skip

    async def input(self, request: Request) -> Response:
        said = await read(request, Input)
        run_id = request.path_params["id"]
        if said.approve is not None:
            run = await self.runs.approve(run_id, said.tasks, said.approve, said.by, said.values)
            return self._taken(run)
        assert said.text is not None
        return self._taken(await self.runs.say(run_id, said.text))

    async def resume(self, request: Request) -> Response:
        asked = await read(request, Resume) if await request.body() else Resume()
        return self._taken(await self.runs.resume(request.path_params["id"], budget_usd=asked.budget_usd))

    def _taken(self, run: Run) -> Response:
        observe.durable(self.parts.clock)
        return json_response(run_view(run, self.parts.registry), 202)
