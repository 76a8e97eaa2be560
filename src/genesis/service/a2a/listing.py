"""ListTasks: pages of the runs that this door may see, newest first."""

from __future__ import annotations

from a2a.types.a2a_pb2 import ListTasksRequest, ListTasksResponse, TaskState

from genesis.errors import NotFound, RequestInvalid
from genesis.execute.run import Run
from genesis.service.a2a.messages import Messages
from genesis.service.a2a.outgoing import STATES, Outgoing
from genesis.service.parts import Parts

PAGE, MAX_PAGE = 50, 100
MAX_SCANNED = 2000
"""Runs that one call looks at for those that match; past it, it answers what it has and where it stopped."""


class Listing:
    """For one door."""

    def __init__(self, parts: Parts, messages: Messages, agent: str | None, outgoing: Outgoing) -> None:
        self.parts = parts
        self.messages = messages
        self.agent = agent
        self.outgoing = outgoing

    async def page(self, params: ListTasksRequest) -> ListTasksResponse:
        """Raises `RequestInvalid` for a page size, token or history length out of range."""
        size = params.page_size if params.HasField("page_size") else PAGE
        if not 1 <= size <= MAX_PAGE:
            raise RequestInvalid(f"pageSize: from 1 to {MAX_PAGE}")
        history = params.history_length if params.HasField("history_length") else 0
        if history < 0:
            raise RequestInvalid("historyLength: must not be negative")
        found, token = await (self._of_context(params, size) if params.context_id else self._all(params, size))
        response = ListTasksResponse(next_page_token=token, page_size=size, total_size=len(found))
        for run in found:
            said = await self.messages.of(run.id)
            response.tasks.append(
                self.outgoing.task(run, said, history=history, with_artifacts=params.include_artifacts)
            )
        return response

    async def _all(self, params: ListTasksRequest, size: int) -> tuple[list[Run], str]:
        status = next((ours for ours, theirs in STATES.items() if theirs == params.status), None)
        if status is None and params.status != TaskState.TASK_STATE_UNSPECIFIED:
            return [], ""  # a state that no run of ours is ever in
        found: list[Run] = []
        cursor: str | None = params.page_token or None
        scanned = 0
        while True:
            # Not more than are wanted: the cursor stands behind the last one that was looked at.
            rows, cursor = await self.parts.runs.list(status=status, limit=size - len(found), cursor=cursor)
            scanned += len(rows)
            for row in rows:
                run = await self.parts.runs.get(row.id)
                if self._matches(run, params):
                    found.append(run)
            if cursor is None or len(found) >= size or scanned >= MAX_SCANNED:
                return found, cursor or ""

    async def _of_context(self, params: ListTasksRequest, size: int) -> tuple[list[Run], str]:
        start = params.page_token or "0"
        if not start.isdecimal() or len(start) > 9:
            raise RequestInvalid("pageToken: give what the page before said")
        names = await self.messages.runs(params.context_id)
        found: list[Run] = []
        for at, name in enumerate(names[int(start) :], int(start)):
            if len(found) == size:
                return found, str(at)
            try:
                run = await self.parts.runs.get(name)
            except NotFound:
                continue  # its run was removed by retention
            wanted = params.status in {TaskState.TASK_STATE_UNSPECIFIED, STATES[run.status]}
            if wanted and self._matches(run, params):
                found.append(run)
        return found, ""

    def _matches(self, run: Run, params: ListTasksRequest) -> bool:
        if self.agent is not None and run.objective.agent != self.agent:
            return False
        if not params.HasField("status_timestamp_after"):
            return True
        after = params.status_timestamp_after.ToMilliseconds() / 1000
        return bool((run.finished or run.created) >= after)
