"""A plan given from outside is taken whole, or refused with its place."""

from __future__ import annotations

import pytest

from genesis.errors import PlanInvalid
from genesis.frozen import JsonValue
from genesis.objective import Limits
from genesis.plan.parse import parse_plan


def task(name: str, *before: str, **more: JsonValue) -> JsonValue:
    return {"id": name, "goal": f"do {name}", "type": "test", "depends_on": list(before), **more}


def test_a_sound_plan_is_taken() -> None:
    made = parse_plan({"objective": "two steps", "tasks": [task("a"), task("b", "a", reason="only told", cost_usd=1)]})
    assert [(one.id, one.depends_on) for one in made.tasks] == [("a", ()), ("b", ("a",))]
    assert made.objective.text == "two steps"


def test_a_cycle_is_named_whole() -> None:
    with pytest.raises(PlanInvalid, match=r"cycle: .*a -> .*b|cycle: .*b -> .*a"):
        parse_plan({"tasks": [task("a", "c"), task("b", "a"), task("c", "b")]})


def test_an_over_large_plan_is_refused_before_its_tasks_are_read() -> None:
    rows: list[JsonValue] = [None] * 1001
    with pytest.raises(PlanInvalid, match="1,001 tasks; the limit is 1,000"):
        parse_plan({"tasks": rows})
    assert len(parse_plan({"tasks": [task(f"t{n}") for n in range(1001)]}, limits=Limits(tasks=2000)).tasks) == 1001


@pytest.mark.parametrize(
    ("json", "complaint"),
    [
        ([], "must be an object"),
        ({"tasks": []}, "at least one task"),
        ({"tasks": ["x"]}, r"plan.tasks.0: must be an object"),
        ({"tasks": [{"id": "a", "type": "t"}]}, r"plan.tasks.0.goal: Field required"),
        ({"tasks": [{"id": "A!", "goal": "x"}]}, r"plan.tasks.0.id: String should match"),
        ({"tasks": [task("a"), task("a")]}, "used twice"),
        ({"tasks": [task("a", "z")]}, "depends on 'z', which is not in the plan"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(json: JsonValue, complaint: str) -> None:
    with pytest.raises(PlanInvalid, match=complaint):
        parse_plan(json)
