"""The composition root: settings in, the parts of a service out. Every choice of what is used for what is here."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from html import escape
from pathlib import Path

from genesis.agents.registry import Registry, load
from genesis.agents.toolbox import ArtifactStore
from genesis.clock import Clock, SystemClock
from genesis.errors import DecompositionError, NotFound, StorageFailed
from genesis.execute.execution import Prepare
from genesis.execute.prepare import Prepared
from genesis.execute.run import Run
from genesis.execute.runs import Runs
from genesis.finding import Finding
from genesis.flags.switches import Switches
from genesis.objective import Objective
from genesis.plan.plan import Plan, Task
from genesis.route.routed import Choice, RoutedPlan
from genesis.security.edge import keys
from genesis.security.edge.origin import LOOPBACK
from genesis.service.parts import Lifecycle, Parts, Render, ReportFormat
from genesis.service.rest.view import summary
from genesis.settings import Settings
from genesis.telemetry.correlation import Bits, random_bits
from genesis.telemetry.logs import JsonLines
from genesis.telemetry.metrics import Metrics
from genesis.vet.vetting import Vetting

Planning = tuple[Prepare, Callable[[Plan], Awaitable[Prepared]]]
"""What makes plans, and what routes and vets one that is there."""


def parts(
    settings: Settings,
    url: str,
    logs: JsonLines,
    *,
    planner: Callable[[Registry], Planning] | None = None,
    clock: Clock | None = None,
    bits: Bits = random_bits,
) -> Parts:
    """Everything that a service of `settings` is made of; it is reached at `url`.

    Raises `StorageFailed`, `Unauthorized` (a profile that needs a key, an address that is not loopback), `FileInvalid`.
    """
    clock = clock or SystemClock()
    home = make_home(settings.home)
    key = keys.admin_key(settings)
    registry = load(home / "agents")
    store = ArtifactStore(home / "artifacts")
    switches = Switches(home / "switches.json")
    metrics = Metrics()
    metrics.log_lines(lambda: logs.written, lambda: logs.lost)
    metrics.switches(settings.host, lambda: switches.generation)
    prepare, prepare_plan = (planner or planning)(registry)
    runs = Runs(
        settings.database,
        registry,
        prepare,
        store,
        clock,
        random.Random(random_bits(64)),
        vet_edit=prepare_plan,
        admit=switches.check,
        metrics=metrics,
    )
    return Parts(
        profile=settings.profile,
        url=url,
        hosts=LOOPBACK | {f"[{settings.host}]" if ":" in settings.host else settings.host},
        workspaces=settings.workspaces,
        home=home,
        uploads=home / "uploads",
        admin_key=key,
        registry=registry,
        runs=runs,
        prepare=prepare,
        prepare_plan=prepare_plan,
        render=renderer(registry),
        artifacts=store,
        switches=switches,
        metrics=metrics,
        logs=logs,
        clock=clock,
        bits=bits,
        lifecycle=Lifecycle(),
    )


def make_home(home: Path) -> Path:
    """GENESIS_HOME, readable by its owner alone. Raises `StorageFailed` when nothing can be written there."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = home / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StorageFailed(f"GENESIS_HOME {home}: cannot be written ({error.strerror})") from error
    return home


def planning(registry: Registry) -> Planning:
    """Plans for an agent that is named, and for no other."""

    async def prepare(objective: Objective) -> Prepared:
        if objective.agent is None:
            raise DecompositionError("there is no planner here yet; name an agent")
        card = registry.get(objective.agent).card
        if objective.task_type is not None and card.task_type(objective.task_type) is None:
            types = ", ".join(one.name for one in card.task_types)
            raise NotFound(f"task type {objective.task_type!r}: {card.name} does not take it; it takes {types}")
        task = Task(id="t1", goal=objective.text[:4000], type=objective.task_type or card.task_types[0].name,
                    agent=card.name)  # fmt: skip
        made = Plan(objective=objective, level="heuristic", confidence=1.0, tasks=(task,), reason="the caller said who")
        return await prepare_plan(made)

    async def prepare_plan(made: Plan) -> Prepared:
        choices, unassigned = [], {}
        for task in made.tasks:
            if task.type is None:
                continue
            takers = registry.task_types.get(task.type, {})
            if task.agent not in takers:
                unassigned[task.id] = f"{task.agent or 'no agent'} does not take {task.type!r}"
                continue
            choices.append(Choice(task=task.id, agent=task.agent, type=task.type, reason="the plan says so", score=1.0))
        findings = tuple(
            Finding(kind="unassigned", severity="high", task=name, message=f"task {name}: {why}")
            for name, why in unassigned.items()
        )
        routed = RoutedPlan(plan=made, choices=tuple(choices), unassigned=unassigned)
        return Prepared(routed=routed, vetting=Vetting(findings=findings))

    return prepare, prepare_plan


def renderer(registry: Registry) -> Render:
    """What writes reports."""

    def render(run: Run, kind: ReportFormat) -> str:
        if kind == "json":
            return run.model_dump_json(indent=2)
        lines = [f"# {run.objective.text}", "", f"{run.status}: {summary(run)}"]
        for task, result in run.results.items():
            lines += ["", f"## {task}", "", result.summary]
            lines += [f"- {fact.text} ({fact.sources[0]})" for fact in result.facts]
        text = "\n".join(lines) + "\n"
        return text if kind == "md" else f"<!doctype html><title>Report</title><pre>{escape(text)}</pre>"

    return render
