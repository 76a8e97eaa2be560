"""`Runs` as one caller sees them: its own. Somebody else's are not there, by whatever door it comes.

The only way of the handlers to runs: who asks is `principal.current()`, and where nobody was let in, nothing is seen.
"""

from __future__ import annotations

from collections.abc import Sequence

from genesis.errors import Forbidden, NotFound
from genesis.execute.run import Run, RunStatus, RunSummary
from genesis.execute.runs import Runs
from genesis.objective import Objective
from genesis.security.edge import principal


class OwnRuns:
    """Every method raises `NotFound` for a run that is not the caller's, as for one that is not there."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs

    async def submit(
        self, objective: Objective, *, run_id: str | None = None, correlation_id: str | None = None
    ) -> Run:
        """As `Runs.submit`, for the caller, whose word the objective is. Raises `Forbidden` too: for an agent that the
        key is not for, and for permissions that the caller could not give later either."""
        asking = principal.current()
        if asking.agents and objective.agent not in asking.agents:
            raise Forbidden(f"this key is for agent {', '.join(sorted(asking.agents))} only; name it")
        if objective.permissions and not asking.may("approve"):
            raise Forbidden("permissions: need a key with scope approve")
        objective = objective.model_copy(update={"trust": asking.trust})
        return await self._runs.submit(objective, run_id=run_id, correlation_id=correlation_id, owner=asking.owner)

    async def get(self, run_id: str) -> Run:
        run = await self._runs.get(run_id)
        if not principal.current().sees(run.owner, run.objective.agent):
            raise NotFound(f"run {run_id}: there is no such run")
        return run

    async def list(
        self, *, status: RunStatus | None = None, limit: int = 50, cursor: str | None = None
    ) -> tuple[tuple[RunSummary, ...], str | None]:
        asking = principal.current()
        return await self._runs.list(
            status=status, limit=limit, cursor=cursor, owner=asking.owner, agents=asking.agents
        )

    async def cancel(self, run_id: str) -> Run:
        await self.get(run_id)
        return await self._runs.cancel(run_id)

    async def resume(self, run_id: str, *, budget_usd: float | None = None) -> Run:
        """What was approved before is done then, and a new budget spent. Raises `Forbidden` for an agent's key where a
        person gave the objective."""
        run = await self.get(run_id)
        if principal.current().trust == "agent" and run.objective.trust != "agent":
            raise Forbidden(f"run {run_id}: an agent's key cannot resume what a person asked; begin another run")
        return await self._runs.resume(run_id, budget_usd=budget_usd)

    async def approve(
        self,
        run_id: str,
        task_ids: Sequence[str] | None,
        yes: bool,
        said: str,
        values: Sequence[str] | None = None,
    ) -> Run:
        """`said`: who the caller says it is, believed of the local owner alone. Raises `Forbidden`."""
        asking = principal.current()
        asking.must("approve")
        await self.get(run_id)
        return await self._runs.approve(run_id, task_ids, yes, asking.who(said), values)

    async def say(self, run_id: str, text: str) -> Run:
        """What is said becomes part of the objective. Raises `Forbidden` for a key that may approve only, and for an
        agent's where a person gave the objective."""
        asking = principal.current()
        asking.must("run", "probe")
        run = await self.get(run_id)
        if asking.trust == "agent" and run.objective.trust != "agent":
            raise Forbidden(f"run {run_id}: an agent's key cannot add to what a person asked; begin another run")
        return await self._runs.say(run_id, text)
