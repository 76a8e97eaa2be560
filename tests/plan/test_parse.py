"""A plan given from outside is taken whole, or refused with its place."""

from __future__ import annotations

from itertools import pairwise

import pytest

from genesis.errors import PlanInvalid
from genesis.frozen import JsonValue
from genesis.objective import Limits
from genesis.plan.parse import parse_plan


def task(name: str, *before: JsonValue, **more: JsonValue) -> dict[str, JsonValue]:
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


def test_a_long_cycle_is_named_in_short_and_without_recursion() -> None:
    tasks: list[JsonValue] = [task(f"t{n}", f"t{(n - 1) % 1000}") for n in range(1000)]
    with pytest.raises(PlanInvalid) as refused:
        parse_plan({"tasks": tasks})
    path = refused.value.message.removeprefix("the plan has a cycle: ").split(" -> ")
    assert path[0] == path[-1] and "(989 more)" in path and len(path) == 13
    numbers = [int(name[1:]) for name in path if name.startswith("t")]
    assert all((late - early) % 1000 == 1 for early, late in pairwise(numbers[:11]))


def test_a_cycle_beside_what_is_sound_is_found() -> None:
    tasks: list[JsonValue] = [
        *(task(f"s{n}", *([f"s{n - 1}"] if n else [])) for n in range(50)),
        task("a", "s3", "b"),
        task("b", "a"),
    ]
    with pytest.raises(PlanInvalid, match=r"cycle: (a -> b -> a|b -> a -> b)$"):
        parse_plan({"tasks": tasks})


def test_more_edges_than_a_plan_may_have_are_counted_before_they_are_followed() -> None:
    names = [f"t{n}" for n in range(460)]
    tasks: list[JsonValue] = [task(name, *names[:at]) for at, name in enumerate(names)]
    with pytest.raises(PlanInvalid, match="the plan has 105,570 edges; the limit is 100,000"):
        parse_plan({"tasks": tasks})
    wide: list[JsonValue] = [task(f"t{n}") for n in range(999)]
    assert parse_plan({"tasks": [*wide, task("last", *(f"t{n}" for n in range(999)))]})


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
        ({"tasks": [task("a", "a")]}, "'a' depends on itself"),
        ({"tasks": [task("a"), task("b", "a", "a")]}, "'b' names a predecessor twice"),
        ({"tasks": [task("a", parent="a")]}, "'a' has parent 'a', which does not stand before it"),
        ({"tasks": [task("a", parent="b"), task("b", parent="a")]}, "does not stand before it"),
        ({"tasks": [task("a"), task("b", parent="a")]}, "which is not a composite"),
        ({"tasks": [task("a", type=None), task("b", parent="a"), task("c", "b")]}, "'b', which is not its sibling"),
        ({"tasks": [task("a", type=None), task("b", "a", parent="a")]}, "'a', which is not its sibling"),
        ({"tasks": [task("p", type=None), *(task(f"t{n}", parent="p") for n in range(201))]}, "more than 200 children"),
        ({"tasks": [task(f"t{n}", type=None, **({"parent": f"t{n - 1}"} if n else {})) for n in range(7)]}, "6 deep"),
        ({"tasks": [task("a", 7)]}, r"plan.tasks.0.depends_on.0"),
        ({"tasks": [{**task("a"), "depends_on": "b"}]}, r"plan.tasks.0.depends_on"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(json: JsonValue, complaint: str) -> None:
    with pytest.raises(PlanInvalid, match=complaint):
        parse_plan(json)
