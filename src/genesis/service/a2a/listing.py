"""ListTasks: pages of the runs that this door may see, the one that changed last first."""

from __future__ import annotations

from a2a.types.a2a_pb2 import ListTasksRequest, ListTasksResponse, TaskState

from genesis.errors import NotFound, RequestInvalid
from genesis.security.edge import principal
from genesis.security.edge.principal import Principal
from genesis.service.a2a.messages import Messages
from genesis.service.a2a.outgoing import STATES, Outgoing
from genesis.service.a2a.recent import Recent, Wanted
from genesis.service.own import OwnRuns
from genesis.service.parts import Parts

PAGE, MAX_PAGE = 50, 100


class Listing:
    """For one door."""

    def __init__(self, parts: Parts, messages: Messages, recent: Recent, agent: str | None, outgoing: Outgoing) -> None:
        self.parts = parts
        self.messages = messages
        self.recent = recent
        self.agent = agent
        self.runs = OwnRuns(parts.runs)
        self.outgoing = outgoing

    async def page(self, params: ListTasksRequest) -> ListTasksResponse:
        """Raises `RequestInvalid` for a page size, token or history length out of range."""
        size = params.page_size if params.HasField("page_size") else PAGE
        if not 1 <= size <= MAX_PAGE:
            raise RequestInvalid(f"pageSize: from 1 to {MAX_PAGE}")
        history = params.history_length if params.HasField("history_length") else 0
        if history < 0:
            raise RequestInvalid("historyLength: must not be negative")
        response = ListTasksResponse(page_size=size)
        status = next((ours for ours, theirs in STATES.items() if theirs == params.status), None)
        if status is None and params.status != TaskState.TASK_STATE_UNSPECIFIED:
            return response  # a state that no run of ours is ever in
        asking = principal.current()
        since = params.status_timestamp_after.ToMilliseconds() / 1000
        wanted = Wanted(
            status=status,
            owner=asking.owner,
            agents=self._agents(asking),
            since=since if params.HasField("status_timestamp_after") else None,
            ids=await self._of_context(params.context_id) if params.context_id else None,
        )
        page = await self.recent.page(wanted, size, params.page_token)
        response.next_page_token, response.total_size = page.token, page.total
        for run_id in page.ids:
            try:
                run = await self.runs.get(run_id)
            except NotFound:
                continue  # retention took it a moment ago
            stand, said = await self.recent.stand(run_id), await self.messages.of(run_id)
            response.tasks.append(
                self.outgoing.task(run, said, stand.at, history=history, with_artifacts=params.include_artifacts)
            )
        return response

    def _agents(self, asking: Principal) -> frozenset[str]:
        """Those whose runs are shown; empty: all runs."""
        if self.agent is None:
            return asking.agents
        # An agent that the key is not for has no runs that it may see; no agent is called "".
        return frozenset({self.agent if not asking.agents or self.agent in asking.agents else ""})

    async def _of_context(self, context: str) -> list[str]:
        """The runs of a context. A run that came by another door is a context of its own."""
        named = await self.messages.runs(context)
        return named if await self.messages.of(context) else [*named, context]
