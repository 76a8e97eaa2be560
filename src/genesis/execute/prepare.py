"""Plan, route and vet: everything that happens before anything is spent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from pydantic import Field

from genesis.agents.registry import Registry
from genesis.frozen import Frozen
from genesis.objective import Objective
from genesis.plan.catalog import of_agents
from genesis.plan.decompose import plan
from genesis.plan.plan import Plan
from genesis.route.route import route
from genesis.route.routed import RoutedPlan
from genesis.vet.vet import vet
from genesis.vet.vetting import Vetting


class Prepared(Frozen):
    """A plan that is routed and vetted, with the seconds that each stage took (`plan`, `route`, `vet`)."""

    routed: RoutedPlan
    vetting: Vetting
    seconds: dict[str, float] = Field(default_factory=dict)


Prepare = Callable[[Objective], Awaitable[Prepared]]


def preparer(registry: Registry, *, timer: Callable[[], float] = time.perf_counter) -> Prepare:
    """What turns objectives into prepared plans over one fleet. The catalog is built here, once."""
    catalog = of_agents(registry)

    def work(objective: Objective) -> Prepared:
        start = timer()
        made = plan(objective, catalog)
        return prepare_plan(made, registry, timer=timer, planned_s=timer() - start)

    async def prepare(objective: Objective) -> Prepared:
        # In a thread: some milliseconds of numpy would otherwise delay every stream on the loop.
        return await asyncio.to_thread(work, objective)

    return prepare


def prepare_plan(
    made: Plan, registry: Registry, *, timer: Callable[[], float] = time.perf_counter, planned_s: float = 0.0
) -> Prepared:
    """Routes and vets a plan that is already there: one that a caller gave, or a new revision."""
    start = timer()
    routed = route(made, registry)
    middle = timer()
    vetting = vet(routed, registry)
    return Prepared(
        routed=routed,
        vetting=vetting,
        seconds={"plan": planned_s, "route": middle - start, "vet": timer() - middle},
    )
