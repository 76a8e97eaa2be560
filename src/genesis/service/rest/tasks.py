"""`/task`: give an objective, list, look, cancel. On the wire a run is a "task"."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, get_args

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from genesis.errors import RequestInvalid
from genesis.execute.run import TERMINAL, Run, RunStatus
from genesis.frozen import Frozen
from genesis.objective import Objective, Permission
from genesis.security.edge.upload import MAX_FILES, UploadedFile
from genesis.security.workspace import admit
from genesis.service import observe, uploads
from genesis.service.own import OwnRuns
from genesis.service.parts import Parts
from genesis.service.rest.body import json_response, read
from genesis.service.rest.view import RunRow, RunView, links, run_row, run_view
from genesis.service.routing import Answer, Operation, Parameter
from genesis.service.waiting import settled
from genesis.telemetry import correlation

MAX_WAIT_S = 300.0
STATUSES: tuple[RunStatus, ...] = get_args(RunStatus)

TaskId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class SentFile(Frozen):
    """A file. `name` may have folders (`src/app.py`); `content` is base64."""

    name: Annotated[str, Field(max_length=1000)]
    content: str

    def unpacked(self, number: int) -> UploadedFile:
        """Raises `RequestInvalid` when it is not base64."""
        try:
            return UploadedFile(self.name, base64.b64decode(self.content, validate=True))
        except (binascii.Error, ValueError) as error:
            raise RequestInvalid(f"files.{number}.content: not base64") from error


class TaskRequest(Frozen):
    """An objective. `task_id` makes it safe to send twice; `workspace` is a folder on the server under an allowed
    root, or `files` are its workspace (at most 2000, 10 MiB in all; refused whole); `permissions` are
    effects that need no approval then; `wait_s` holds the answer back until the run has ended, at most so long."""

    description: str
    task_id: TaskId | None = None
    task_type: Annotated[str, Field(max_length=64)] | None = None
    agent: Annotated[str, Field(max_length=64)] | None = None
    workspace: str | None = None
    files: Annotated[tuple[SentFile, ...], Field(max_length=MAX_FILES)] = ()
    wait_s: Annotated[float, Field(ge=0, le=MAX_WAIT_S)] = 0.0
    permissions: tuple[Permission, ...] = ()
    budget_usd: Annotated[float, Field(ge=0)] | None = None
    deadline_s: Annotated[float, Field(gt=0, le=604_800)] | None = None


class Accepted(Frozen):
    """The run is durable; follow the links."""

    task_id: str
    status: RunStatus
    correlation_id: str
    links: dict[str, str]


class TaskList(Frozen):
    """A page, newest first. `next_cursor` is absent on the last one."""

    tasks: list[RunRow]
    next_cursor: str | None = None


class Tasks:
    """The handlers of `/task` and `/task/{id}`."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.runs = OwnRuns(parts.runs)

    def operations(self) -> list[Operation]:
        one = {200: Answer("The run.", RunView)}
        status = Parameter("status", "Only runs in this state.", {"type": "string", "enum": list(STATUSES)})
        limit = Parameter("limit", "Runs on a page.", {"type": "integer", "minimum": 1, "maximum": 100, "default": 50})
        cursor = Parameter("cursor", "`next_cursor` of the page before.", {"type": "string"})
        accepted = Answer("Accepted, and durable.", Accepted)
        done = Answer("Ended within `wait_s`.", RunView)
        return [
            Operation("POST", "/task", self.submit, "Give an objective", {202: accepted, 200: done}, TaskRequest),
            Operation("GET", "/task", self.list, "List runs", {200: Answer("A page.", TaskList)},
                      parameters=(status, limit, cursor)),
            Operation("GET", "/task/{id}", self.show, "Show a run", one),
            Operation("DELETE", "/task/{id}", self.cancel, "Cancel a run", {202: Answer("Being canceled.", RunView)}),
        ]  # fmt: skip

    async def submit(self, request: Request) -> Response:
        asked = await read(request, TaskRequest)
        parts = self.parts
        workspace = None if asked.workspace is None else str(admit(asked.workspace, parts.workspaces))
        if asked.agent is not None:
            parts.registry.get(asked.agent)
        objective = Objective(
            text=asked.description,
            workspace=workspace,
            agent=asked.agent,
            task_type=asked.task_type,
            permissions=asked.permissions,
            budget_usd=asked.budget_usd,
            deadline_s=asked.deadline_s,
        )
        if asked.files:
            if workspace is not None:
                raise RequestInvalid("files: give either files or workspace")
            parts.switches.check()
            files = [one.unpacked(number) for number, one in enumerate(asked.files)]
            own = asked.task_id or f"{parts.bits(128):032x}"
            run = await uploads.submit(parts, self.runs, objective, files, own, correlation.current())
        else:
            run = await self.runs.submit(objective, run_id=asked.task_id, correlation_id=correlation.current())
        observe.durable(parts.clock)
        if asked.wait_s and run.status not in TERMINAL:
            run = await settled(parts, run.id, asked.wait_s)
        if asked.wait_s and run.status in TERMINAL:
            return self._shown(run)
        body = Accepted(
            task_id=run.id, status=run.status, correlation_id=run.correlation_id, links=links(run.id)
        ).model_dump()
        return json_response(body, 202, {"Location": f"/task/{run.id}"})

    async def list(self, request: Request) -> Response:
        query = request.query_params
        status = next((one for one in STATUSES if one == query.get("status")), None)
        if status is None and "status" in query:
            raise RequestInvalid(f"status: one of {', '.join(STATUSES)}")
        limit = query.get("limit", "50")
        if not limit.isdecimal() or not 1 <= int(limit) <= 100:
            raise RequestInvalid("limit: a whole number from 1 to 100")
        found, cursor = await self.runs.list(status=status, limit=int(limit), cursor=query.get("cursor"))
        body: dict[str, object] = {"tasks": [run_row(run) for run in found]}
        if cursor is not None:
            body["next_cursor"] = cursor
        return json_response(body)

    async def show(self, request: Request) -> Response:
        return self._shown(await self.runs.get(request.path_params["id"]))

    async def cancel(self, request: Request) -> Response:
        return self._shown(await self.runs.cancel(request.path_params["id"]), 202)

    def _shown(self, run: Run, status: int = 200) -> Response:
        return json_response(run_view(run, self.parts.registry), status)
