"""Who gets a task, and what the choice says."""

from __future__ import annotations

import pytest

from genesis.agents import registry
from genesis.agents.registry import Registry
from genesis.objective import Limits, Objective
from genesis.plan.plan import Plan, Task
from genesis.route import route
from genesis.route.route import Measured


@pytest.fixture(scope="module")
def fleet() -> Registry:
    return registry.load()


def a_plan(*tasks: Task, **more: object) -> Plan:
    return Plan(
        objective=Objective.model_validate({"text": "an objective", **more}),
        level="heuristic",
        confidence=1,
        tasks=tasks,
    )


def test_a_thousand_tasks_all_find_an_agent(fleet: Registry) -> None:
    kinds = [(card.name, one.name) for card in fleet for one in card.task_types]
    tasks = tuple(
        Task(id=f"t{n}", goal=f"goal {n}", agent=kinds[n % len(kinds)][0], type=kinds[n % len(kinds)][1])
        for n in range(1000)
    )
    routed = route(a_plan(*tasks), fleet)
    assert routed.unassigned == {}
    assert {choice.task: choice.agent for choice in routed.choices} == {task.id: task.agent for task in tasks}


def test_a_choice_explains_itself(fleet: Registry) -> None:
    (choice,) = route(a_plan(Task(id="a", goal="x", type="api", agent="backend")), fleet).choices
    assert choice.agent == "backend" and choice.rules == ("proposal",)
    assert choice.score == pytest.approx(sum(choice.terms.values()))
    assert choice.runner_up is not None and choice.runner_up != "backend"
    assert choice.runner_up_score is not None and choice.runner_up_score < choice.score
    assert choice.runner_up in choice.reason and "backend takes api tasks" in choice.reason


def test_composites_are_not_routed(fleet: Registry) -> None:
    whole = Task(id="all", goal="everything")
    routed = route(a_plan(whole, Task(id="one", goal="x", type="test", parent="all")), fleet)
    assert [choice.task for choice in routed.choices] == ["one"] and routed.unassigned == {}


def test_a_type_that_nobody_takes_is_left_with_its_reason(fleet: Registry) -> None:
    routed = route(a_plan(Task(id="a", goal="x", type="juggling")), fleet)
    assert routed.choices == ()
    assert "no agent takes tasks of type 'juggling'" in routed.unassigned["a"]


def test_an_open_breaker_takes_an_agent_out(fleet: Registry) -> None:
    task = Task(id="a", goal="x", type="seo", agent="marketing")
    routed = route(a_plan(task), fleet, measured=Measured(open=frozenset({"marketing"})))
    assert routed.choices == (), "no other agent is near enough to stand in"
    assert "its circuit breaker is open" in routed.unassigned["a"]


def test_measured_failure_and_load_lower_the_score(fleet: Registry) -> None:
    plan = a_plan(Task(id="a", goal="x", type="test", agent="qa"))
    fresh = route(plan, fleet).choices[0]
    failing = route(plan, fleet, measured=Measured(outcomes={("qa", "test"): (0.0, 18.0)})).choices[0]
    busy = route(plan, fleet, measured=Measured(load={"qa": 100})).choices[0]
    assert failing.terms["success"] == pytest.approx(0.25 / 20, abs=1e-4)
    assert busy.terms["load"] == pytest.approx(-0.1)
    assert fresh.score > max(failing.score, busy.score)


def test_the_surest_task_is_chosen_first(fleet: Registry) -> None:
    doubtful = Task(id="a", goal="x", type="test")
    sure = Task(id="b", goal="x", type="test", agent="qa")
    assert [choice.task for choice in route(a_plan(doubtful, sure), fleet).choices] == ["b", "a"]


def test_a_large_plan_needs_no_recursion(fleet: Registry) -> None:
    tasks = tuple(
        Task(id=f"t{n}", goal="x", type="code", agent="builder", depends_on=(f"t{n - 1}",) if n else ())
        for n in range(10_000)
    )
    routed = route(a_plan(*tasks, limits=Limits(tasks=10_000)), fleet)
    assert len(routed.choices) == 10_000
