"""What the product does when a task fails for good: through its own composition, engine, router and vetting."""

from __future__ import annotations

import asyncio
import io
import json
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from genesis.agents.registry import Registry, load
from genesis.cli import compose
from genesis.execute.log import Ended
from genesis.execute.prepare import Prepared, prepare_plan
from genesis.execute.replan import instead
from genesis.execute.run import TERMINAL, Failure, Run
from genesis.execute.runs import Runs
from genesis.objective import Objective
from genesis.plan.plan import Edit, Plan, Task
from genesis.report.build import report
from genesis.report.html import html
from genesis.report.markdown import markdown
from genesis.route.routed import RoutedPlan
from genesis.route.rules import RuleBook
from genesis.service.parts import Parts
from genesis.service.rest.view import run_view
from genesis.settings import Settings
from genesis.telemetry.logs import JsonLines
from tests.execute.conftest import House

AGENTS = ("first", "second", "third")
CARD = """
name: {name}
title: {name}
description: Probes.
task_types:
  - {{name: probe, description: probes a thing, gives: [answer]}}
  - {{name: shout, description: tells others, effects: true}}
"""
WORK = """
import asyncio, json
from genesis.agents.result import Result
from genesis.errors import BudgetExceeded, Forbidden, NetworkError, ValidationError

ERRORS = {{"invalid": ValidationError, "forbidden": Forbidden, "budget": BudgetExceeded, "bug": KeyError}}


async def work(task, tools):
    root = tools.workspace.root
    with open(root / "calls.log", "a") as log:
        log.write("{name} " + task.key + "\\n")
    fails = json.loads((root / "fails.json").read_text()).get(task.task_id, {{}}).get("{name}")
    if fails == "hang":
        await asyncio.Event().wait()
    if fails == "unknown":
        return Result(summary="{name} could not tell", outputs={{"test_report": {{"verdict": "unknown"}}}})
    if fails:
        raise ERRORS[fails]("the {name} probe broke")
    return Result(summary="{name} did it", outputs={{task.task_id: "{name}", **task.inputs}})
"""
STEPS = (("a", "probe", ""), ("b", "probe", "a"), ("c", "probe", ""))


class Bench:
    """A home with agents that take the same kinds of task, and who of them fails at what."""

    def __init__(self, folder: Path, agents: tuple[str, ...] = AGENTS[:2]) -> None:
        self.folder = folder
        self.work = folder / "work"
        self.work.mkdir(parents=True, exist_ok=True)
        self.steps: tuple[tuple[str, str, str], ...] = STEPS
        for name in agents:
            home = folder / "home" / "agents" / name
            home.mkdir(parents=True, exist_ok=True)
            (home / "agent.yaml").write_text(CARD.format(name=name))
            (home / "work.py").write_text(WORK.format(name=name))
        self.fails({})

    def fails(self, how: dict[str, dict[str, str]]) -> None:
        """Task to agent to how it fails."""
        (self.work / "fails.json").write_text(json.dumps(how))

    def calls(self) -> list[str]:
        file = self.work / "calls.log"
        return file.read_text().splitlines() if file.exists() else []

    def of(self, task: str) -> list[str]:
        return [call.split("/")[0].split()[0] + "#" + call[-1] for call in self.calls() if f"/{task}#" in call]

    def objective(self, **given: Any) -> Objective:
        return Objective.model_validate({"text": "probe it all", "workspace": str(self.work), **given})

    def parts(self) -> Parts:
        def planner(registry: Registry) -> compose.Planning:
            book = RuleBook(self.folder / "home" / "rules.yaml", registry.agents)
            _, again = compose.planning(registry, book)

            async def prepare(objective: Objective) -> Prepared:
                tasks = tuple(
                    Task(id=name, goal=f"probe {name}", type=kind, depends_on=tuple(after.split()))
                    for name, kind, after in self.steps
                )
                plan = Plan(objective=objective, level="minimal", confidence=1, tasks=tasks)
                return prepare_plan(plan, registry, rules=book.current())

            return prepare, again

        home = self.folder / "home"
        return compose.parts(Settings(home=home), "http://127.0.0.1:1", JsonLines(io.BytesIO()), planner=planner)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Parts]:
        parts = self.parts()
        await parts.runs.start()
        try:
            yield parts
        finally:
            await parts.runs.stop(0)


async def ended(runs: Runs, name: str) -> Run:
    async with asyncio.timeout(30):
        while (run := await runs.wait(name, 5)).status not in TERMINAL:
            await asyncio.sleep(0.005)
    return run


def statuses(run: Run) -> dict[str, str]:
    return {task.id: task.status for task in run.tasks}


async def changes(runs: Runs, name: str) -> list[dict[str, Any]]:
    """The revisions that the events tell."""
    plans: list[Any] = [event.data async for event in runs.events(name) if event.kind == "plan"]
    return [one for plan in plans for one in plan["revisions"]]


WHY = (
    "first failed (the first probe broke); second tries instead, because it takes probe tasks too and was the runner-up"
)


async def test_the_runner_up_tries_and_everybody_is_told(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.fails({"a": {"first": "invalid"}})
    async with bench.running() as parts:
        await parts.runs.submit(bench.objective(), run_id="r")
        run = await ended(parts.runs, "r")
        assert run.status == "completed", run.error
        assert statuses(run) == dict.fromkeys("abc", "done")
        assert (bench.of("a"), bench.of("b"), bench.of("c")) == (["first#1", "second#2"], ["first#1"], ["first#1"])
        assert run.results["b"].outputs["a"] == "second"
        assert {task.id: task.agent for task in run.tasks} == {"a": "second", "b": "first", "c": "first"}
        [revision] = run.revisions
        assert (revision.number, revision.task, revision.reason) == (2, "a", WHY)
        assert revision.diff == ("~ a: agent first -> second",)
        told = revision.model_dump(mode="json")
        assert await changes(parts.runs, "r") == [told]
        assert run_view(run, parts.registry)["revisions"] == [told]
        made = report(run, parts.registry)
        assert made.revisions == run.revisions
        for text in (markdown(made).replace("\\", ""), html(made).replace("&gt;", ">")):
            assert WHY in text and revision.diff[0] in text
    async with bench.running() as parts:  # and so it is in the log
        assert await parts.runs.get("r") == run


async def test_nobody_tries_twice_and_what_depended_on_it_is_told_as_not_done(tmp_path: Path) -> None:
    bench = Bench(tmp_path, AGENTS)
    bench.fails({"a": dict.fromkeys(AGENTS, "bug")})
    async with bench.running() as parts:
        await parts.runs.submit(bench.objective(), run_id="r")
        run = await ended(parts.runs, "r")
        assert run.status == "failed"
        assert sorted(bench.of("a")) == ["first#1", "second#2", "third#3"]
        assert (
            [one.number for one in run.revisions] == [2, 3] == [one["number"] for one in await changes(parts.runs, "r")]
        )
        assert statuses(run) == {"a": "failed", "b": "skipped", "c": "done"}
        made = report(run, parts.registry)
        not_done = {note.what: note.why for note in made.not_looked_at}
        assert "not begun, for a before it was not done" in not_done["first: probe b"]
        assert made.status == "failed" and made.answer.endswith("not done: probe a, probe b.")
        # the cause is mended: what was left out is done now, what was done is not done again
        bench.fails({})
        await parts.runs.resume("r")
        run = await ended(parts.runs, "r")
        assert run.status == "completed", run.error
        assert bench.of("a")[3:] == ["third#4"] and bench.of("b") == ["first#1"] and bench.of("c") == ["first#1"]
        assert all(task.error is None for task in run.tasks)


@pytest.mark.parametrize("how", ["forbidden", "budget"])
async def test_a_refusal_and_a_spent_budget_are_everybodys(tmp_path: Path, how: str) -> None:
    bench = Bench(tmp_path)
    bench.fails({"a": {"first": how}})
    async with bench.running() as parts:
        await parts.runs.submit(bench.objective(), run_id="r")
        run = await ended(parts.runs, "r")
    assert run.status == "failed" and bench.of("a") == ["first#1"] and run.revisions == ()


async def test_who_says_that_it_could_not_tell_has_not_failed(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.fails({"a": {"first": "unknown"}})
    async with bench.running() as parts:
        await parts.runs.submit(bench.objective(), run_id="r")
        run = await ended(parts.runs, "r")
    assert run.status == "completed" and bench.of("a") == ["first#1"] and run.revisions == ()
    assert run.results["a"].summary == "first could not tell"


async def test_a_canceled_task_is_given_to_nobody(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.fails({"a": {"first": "hang"}})
    async with bench.running() as parts:
        await parts.runs.submit(bench.objective(), run_id="r")
        async with asyncio.timeout(20):
            while bench.of("a") != ["first#1"]:
                await asyncio.sleep(0.005)
        run = await parts.runs.cancel("r")
    assert run.status == "canceled" and bench.of("a") == ["first#1"] and run.revisions == ()


async def test_what_may_have_changed_something_outside_is_given_to_nobody(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.steps = (("a", "shout", ""),)
    bench.fails({"a": {"first": "invalid"}})
    async with bench.running() as parts:
        await parts.runs.submit(bench.objective(), run_id="r")
        async with asyncio.timeout(20):
            while not (await parts.runs.wait("r", 5)).waiting_for:
                await asyncio.sleep(0.005)
        await parts.runs.approve("r", None, True, "me")
        run = await ended(parts.runs, "r")
    assert run.status == "failed" and bench.of("a") == ["first#1"] and run.revisions == ()


async def test_who_asked_one_agent_gets_no_other(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.fails({"a": {"first": "invalid"}})
    async with bench.running() as parts:
        await parts.runs.submit(bench.objective(agent="first"), run_id="r")
        run = await ended(parts.runs, "r")
    assert run.status == "failed" and bench.of("a") == ["first#1"] and run.revisions == ()


async def test_routing_and_vetting_have_the_last_word(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    (tmp_path / "home" / "rules.yaml").write_text(
        "rules:\n  - {id: not-that-one, when: [], forbid: second, priority: 50, reason: second is on leave}\n"
    )
    bench.fails({"a": {"first": "invalid"}})
    async with bench.running() as parts:
        await parts.runs.submit(bench.objective(), run_id="r")
        run = await ended(parts.runs, "r")
    assert run.status == "failed" and bench.of("a") == ["first#1"] and run.revisions == ()
    assert run.error is not None and run.error.message == "the first probe broke"


async def test_there_are_only_so_many_replans(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.steps = (("a", "probe", ""), ("b", "probe", "a"))
    bench.fails({"a": {"first": "invalid"}, "b": {"first": "invalid"}})
    async with bench.running() as parts:
        await parts.runs.submit(bench.objective(limits={"replans": 1}), run_id="r")
        run = await ended(parts.runs, "r")
    assert statuses(run) == {"a": "done", "b": "failed"} and bench.of("b") == ["first#1"]
    assert [one.task for one in run.revisions] == ["a"]


CHAIN = STEPS[:2]
CHILD = """
import asyncio, os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from genesis import faults
from tests.execute.test_replan import CHAIN, Bench, ended


async def main() -> None:
    bench = Bench(Path(sys.argv[1]))
    bench.steps = CHAIN
    bench.fails({"a": {"first": "invalid"}})
    passed = 0

    def reached() -> None:
        nonlocal passed
        passed += 1
        if passed == int(sys.argv[4]):
            os.kill(os.getpid(), signal.SIGKILL)

    faults.on({sys.argv[3]: reached})
    async with bench.running() as parts:
        await parts.runs.submit(bench.objective(), run_id="r")
        await ended(parts.runs, "r")


asyncio.run(main())
"""


@pytest.mark.parametrize(("point", "nth"), [("durable.recorded", 1), ("durable.recorded", 2), ("durable.recorded", 3)])
async def test_killed_around_the_replan_it_is_made_once_and_told_once(tmp_path: Path, point: str, nth: int) -> None:
    """The plan, the end that brings the replan, and what comes after it are recorded one by one."""
    root = Path(__file__).parents[2]
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path), str(root), point, str(nth)], capture_output=True, text=True,
        timeout=100, cwd=root, check=False,
    )  # fmt: skip
    assert child.returncode == -signal.SIGKILL, child.stderr[-3000:]
    bench = Bench(tmp_path)
    bench.steps = CHAIN
    bench.fails({"a": {"first": "invalid"}})
    async with bench.running() as parts:
        run = await ended(parts.runs, "r")
        assert run.status == "completed", run.error
        assert [one.reason for one in run.revisions] == [WHY]
        assert [one["number"] for one in await changes(parts.runs, "r")] == [2]
        seqs = [event.seq async for event in parts.runs.events("r")]
        assert seqs == list(range(1, len(seqs) + 1))
    assert {task.id: (task.agent, task.attempts) for task in run.tasks}["a"] == ("second", 2)
    if nth > 1:
        assert bench.of("a").count("first#1") == 1, "a failure that was recorded was had again"


def test_it_decides_by_what_it_is_given_and_by_nothing_else(tmp_path: Path) -> None:
    """Over random fleets and histories: another agent, of the same kind of task, that has not failed at it; the
    runner-up if it may."""
    chance = random.Random(3)
    Bench(tmp_path, AGENTS)
    fleet = load(tmp_path / "home" / "agents")
    plan = Plan(objective=Objective(text="any"), level="minimal", confidence=1,
                tasks=(Task(id="a", goal="probe", type="probe"),))  # fmt: skip
    routed = prepare_plan(plan, fleet).routed
    choice = routed.by_task["a"]
    for _ in range(200):
        tried = set(chance.sample(AGENTS, chance.randrange(3)))
        agent = chance.choice(AGENTS)
        up = chance.choice([None, "qa", *AGENTS])
        given = RoutedPlan(plan=plan, choices=(choice.model_copy(update={"agent": agent, "runner_up": up}),))
        entry = Ended(1.0, "a", 1, agent, error=Failure(code="INVALID", category="validation", message="no"))
        edit = instead(given, entry, tried, fleet)
        left = set(AGENTS) - tried - {agent}
        if not left:
            assert edit is None
            continue
        assert edit is not None
        [task] = edit.replace
        assert task.agent in left and (task.agent == up or up not in left)
        assert edit == instead(given, entry, tried, fleet)


async def test_the_engine_asks_for_no_replan_after_an_effect(house: House) -> None:
    """Whatever would answer: a second attempt has a second key, and nobody knows what the first one did."""
    asked: list[str] = []

    def replan(routed: RoutedPlan, entry: Ended, tried: object) -> Edit:
        asked.append(entry.task)
        return Edit(reason="again", replace=(routed.plan.by_id[entry.task],))

    runs = house.runs(replan=replan)
    await runs.start()
    try:
        house.steps = (("a", "fail validation 1"), ("act", "fail validation 1; effect", "a", "effect"))
        await runs.submit(house.objective(), run_id="r")
        async with asyncio.timeout(20):
            while not (await runs.wait("r", 5)).waiting_for:
                await asyncio.sleep(0.005)
        await runs.approve("r", None, True, "me")
        run = await ended(runs, "r")
    finally:
        await runs.stop(0)
    assert statuses(run) == {"a": "done", "act": "failed"}
    assert asked == ["a"]
