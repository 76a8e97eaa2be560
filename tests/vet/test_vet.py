"""What vetting finds, what of it blocks, and the edit that it proposes."""

from __future__ import annotations

import pytest

from genesis.agents import registry
from genesis.agents.registry import Registry
from genesis.finding import Finding
from genesis.objective import Limits, Objective
from genesis.plan import Catalog, of_agents
from genesis.plan.plan import Plan, Task
from genesis.route import route
from genesis.vet import vet
from genesis.vet.vetting import Vetting


@pytest.fixture(scope="module")
def fleet() -> Registry:
    return registry.load()


@pytest.fixture(scope="module")
def catalog(fleet: Registry) -> Catalog:
    return of_agents(fleet)


def vetted(fleet: Registry, *tasks: Task, catalog: Catalog | None = None, **objective: object) -> Vetting:
    asked = Objective.model_validate({"text": "an objective", "workspace": "/somewhere", **objective})
    plan = Plan(objective=asked, level="heuristic", confidence=1, tasks=tasks)
    return vet(route(plan, fleet), fleet, reader=catalog.reader if catalog else None)


def one(vetting: Vetting, kind: str) -> Finding:
    (found,) = [finding for finding in vetting.findings if finding.kind == kind]
    return found


TEST = Task(id="a", goal="run the test suite", type="test", agent="qa")


def test_a_sound_plan_has_nothing_to_say(fleet: Registry, catalog: Catalog) -> None:
    vetting = vetted(fleet, TEST, catalog=catalog, text="run the test suite")
    assert vetting.ok and vetting.findings == ()
    assert vetting.scores["a"] > 0.5


def test_needs_come_from_the_workspace_or_from_tasks_before(fleet: Registry) -> None:
    lone = vetted(fleet, TEST, workspace=None)
    assert not lone.ok
    assert one(lone, "needs_missing").task == "a"
    assert "give a workspace; or add before a a task of" in (one(lone, "needs_missing").edit or "")
    build = Task(id="b", goal="write the parser", type="code", agent="builder")
    pause = Task(id="c", goal="describe the parser", type="content", agent="marketing", depends_on=("b",))
    after = TEST.model_copy(update={"depends_on": ("c",)})
    assert vetted(fleet, build, pause, after, workspace=None).ok, "products are handed on through tasks between"
    assert not vetted(fleet, build, TEST, workspace=None).ok, "side by side nothing is handed on"


def test_an_unknown_agent_and_an_unknown_type_block(fleet: Registry) -> None:
    stranger = vetted(fleet, TEST.model_copy(update={"agent": "carl"}))
    assert not stranger.ok and one(stranger, "unknown_agent").edit == "replace a: agent qa"
    nobody = vetted(fleet, TEST.model_copy(update={"type": "juggling"}))
    assert not nobody.ok and "replan" in (one(nobody, "unsolvable").edit or "")


def test_a_budget_is_held_against_the_agents_prices(fleet: Registry) -> None:
    dear = {
        name: agent if name != "qa" else type(agent)(agent.card.model_copy(update={"cost_usd": 2.5}), agent.file)
        for name, agent in fleet.agents.items()
    }
    other = Task(id="b", goal="check the coverage", type="test", agent="qa")
    assert vetted(Registry(dear), TEST, other, budget_usd=5).ok
    over = vetted(Registry(dear), TEST, other, budget_usd=4.99)
    assert not over.ok
    assert "costs 5.00 USD; the budget is 4.99 USD" in one(over, "over_budget").message


def test_effects_are_told_but_do_not_block(fleet: Registry) -> None:
    vetting = vetted(fleet, Task(id="d", goal="put it out", type="deploy", agent="deploy"))
    assert vetting.ok and one(vetting, "approval").severity == "info"


@pytest.mark.parametrize("goal", ["run the test suite", "Run all the test suites!"])
def test_the_same_task_twice_is_named(fleet: Registry, goal: str) -> None:
    vetting = vetted(fleet, TEST, Task(id="b", goal=goal, type="test", agent="qa"))
    finding = one(vetting, "redundant")
    assert vetting.ok and (finding.task, finding.edit) == ("b", "drop b")


def test_like_tasks_are_not_the_same(fleet: Registry) -> None:
    tasks = [Task(id=f"t{n}", goal=f"copy shelf {n} to shelf {n + 1}", type="code", agent="builder") for n in range(30)]
    assert not [finding for finding in vetted(fleet, *tasks).findings if finding.kind == "redundant"]


def test_a_clause_that_no_task_covers_is_named(fleet: Registry, catalog: Catalog) -> None:
    text = "Run the test suite. Write alert rules for the queue."
    finding = one(vetted(fleet, TEST, catalog=catalog, text=text), "incomplete")
    assert finding.agent == "monitoring" and "Write alert rules for the queue" in finding.message
    assert finding.edit == "add a task for monitoring: Write alert rules for the queue"
    alerts = Task(id="b", goal="write alert rules for the queue", type="alerting", agent="monitoring")
    assert vetted(fleet, TEST, alerts, catalog=catalog, text=text).findings == ()


def test_a_task_at_the_wrong_agent_is_to_be_moved(fleet: Registry, catalog: Catalog) -> None:
    wrong = Task(id="a", goal="Scan for leaked API keys", type="seo", agent="marketing")
    vetting = vetted(fleet, wrong, catalog=catalog, text="Scan for leaked API keys")
    assert vetting.ok, "a doubt does not block"
    assert one(vetting, "reallocate").edit == "replace a: agent security"
    assert vetting.scores["a"] < 0.5


def test_a_task_of_two_kinds_is_to_be_split_and_an_empty_one_told_anew(fleet: Registry, catalog: Catalog) -> None:
    mixed = TEST.model_copy(update={"goal": "Run the test suite and write alert rules for the queue"})
    assert "split a" in (one(vetted(fleet, mixed, catalog=catalog, text=mixed.goal), "mixed").edit or "")
    empty = TEST.model_copy(update={"goal": "the usual"})
    assert "say what a is to bring" in (one(vetted(fleet, empty, catalog=catalog), "doubtful").edit or "")


def test_fewer_tasks_never_score_higher(fleet: Registry, catalog: Catalog) -> None:
    alerts = Task(id="b", goal="write alert rules for the queue", type="alerting", agent="monitoring")
    alone = vetted(fleet, TEST, catalog=catalog).scores["a"]
    assert vetted(fleet, TEST, alerts, catalog=catalog).scores["a"] == alone


@pytest.mark.parametrize("wide", [1, 2])
def test_deep_plans_are_vetted_without_recursion(fleet: Registry, wide: int) -> None:
    deep = 10_000 if wide == 1 else 60
    tasks = [
        Task(
            id=f"t{layer}.{n}",
            goal=f"lay stone {layer} {n}",
            type="code",
            agent="builder",
            depends_on=tuple(f"t{layer - 1}.{other}" for other in range(wide)) if layer else (),
        )
        for layer in range(deep)
        for n in range(wide)
    ]
    assert vetted(fleet, *tasks, limits=Limits(tasks=10_000)).ok
