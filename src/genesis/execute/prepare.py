"""Plan, route and vet: everything that happens before anything is spent."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable

from pydantic import Field

from genesis.agents.registry import Registry
from genesis.frozen import Frozen
from genesis.objective import Objective
from genesis.plan.catalog import of_agents
from genesis.plan.decompose import plan
from genesis.plan.evidence import Reader
from genesis.plan.plan import Plan, Refusal
from genesis.route.route import NOTHING, Measured, route
from genesis.route.routed import RoutedPlan
from genesis.route.rules import RuleSet
from genesis.security.guard.guard import Judgement
from genesis.security.guard.screen import Screen, Second
from genesis.vet.vet import vet
from genesis.vet.vetting import Vetting


class Prepared(Frozen):
    """A plan that is routed and vetted, with the seconds that each stage took (`plan`, `route`, `vet`)."""

    routed: RoutedPlan
    vetting: Vetting
    seconds: dict[str, float] = Field(default_factory=dict)


NAMES = 300
Prepare = Callable[[Objective], Awaitable[Prepared]]


def preparer(
    registry: Registry,
    *,
    rules: Callable[[], RuleSet] | None = None,
    measured: Callable[[], Measured] = lambda: NOTHING,
    timer: Callable[[], float] = time.perf_counter,
) -> Prepare:
    """What turns objectives into prepared plans over one fleet. The index over its examples is built here, once.

    `rules` gives the rules in force (`RuleBook(...).current`), `measured` what is known of the agents at the moment.
    """
    catalog = of_agents(registry)
    reader = catalog.reader

    def work(objective: Objective) -> Prepared:
        start = timer()
        made = plan(objective, catalog, names(objective))
        planned_s = timer() - start
        return prepare_plan(
            made,
            registry,
            reader=reader,
            rules=rules() if rules else None,
            measured=measured(),
            timer=timer,
            planned_s=planned_s,
        )

    async def prepare(objective: Objective) -> Prepared:
        # In a thread: some milliseconds of numpy would otherwise delay every stream on the loop.
        return await asyncio.to_thread(work, objective)

    return prepare


def screened(prepare: Prepare, screen: Screen, second: Second | None = None) -> Prepare:
    """`prepare`, for objectives that `screen` lets pass, and `second` too; the others come back as refused, with their
    category."""

    async def guarded(objective: Objective) -> Prepared:
        judged = await asyncio.to_thread(screen, objective)
        if second is not None and judged is not None and not judged.blocked:
            judged = await second(objective, judged)
        if judged is None or not judged.blocked:
            return await prepare(objective)
        return Prepared(routed=RoutedPlan(plan=_refused(objective, judged)), vetting=Vetting())

    return guarded


def _refused(objective: Objective, judged: Judgement) -> Plan:
    message = (
        f"this reads like an attempt to give Genesis other orders ({judged.category}; read as {judged.view}). If it is "
        "text to work on, put it into a file of the workspace and say what is to be done with it."
    )
    return Plan(
        objective=objective,
        level="heuristic",
        # How far beyond the bar: just over it is half sure, twice the bar is sure.
        confidence=round(min(1.0, judged.score / 2), 3),
        refusal=Refusal(category="security", message=message),
        reason=message,
    )


def names(objective: Objective) -> list[str]:
    """Names of the first few hundred files in the objective's workspace: enough to know what it is about. None without
    a workspace, or of one that cannot be read (whether it can, the workspace's own door says)."""
    found: list[str] = []
    if objective.workspace is None:
        return found
    for folder, inside, files in os.walk(objective.workspace):
        inside[:] = sorted(name for name in inside if not name.startswith("."))
        start = os.path.relpath(folder, objective.workspace)
        found.extend(name if start == "." else f"{start}/{name}" for name in sorted(files) if not name.startswith("."))
        if len(found) >= NAMES:
            break
    return found[:NAMES]


def prepare_plan(
    made: Plan,
    registry: Registry,
    *,
    reader: Reader | None = None,
    rules: RuleSet | None = None,
    measured: Measured = NOTHING,
    timer: Callable[[], float] = time.perf_counter,
    planned_s: float = 0.0,
) -> Prepared:
    """Routes and vets a plan that is already there: one that a caller gave, or a new revision."""
    start = timer()
    routed = route(made, registry, rules=rules, measured=measured)
    middle = timer()
    vetting = vet(routed, registry, reader=reader)
    return Prepared(
        routed=routed,
        vetting=vetting,
        seconds={"plan": planned_s, "route": middle - start, "vet": timer() - middle},
    )
