"""Whatever comes in as an objective or a plan is taken, or refused by an error of ours."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from genesis.agents import registry
from genesis.errors import ObjectiveInvalid, PlanInvalid
from genesis.objective import Objective
from genesis.plan import lexicon, of_agents
from genesis.plan.clauses import split
from genesis.plan.decompose import plan
from genesis.plan.parse import parse_plan
from genesis.plan.plan import Plan
from genesis.route import route
from genesis.vet import vet
from tests.fuzzing import JSON, TEXT, near, tries

FLEET = registry.load()
CATALOG = of_agents(FLEET)
VERBS = lexicon.load().verbs
WORDS = st.lists(
    st.sampled_from(sorted(VERBS)[:60])
    | st.sampled_from(["the tests", "and", "then", "not", "if", ",", ".", "\n- ", "(", "it"]),
    max_size=40,
).map(" ".join)
TASK = {"id": "a", "goal": "run the tests", "type": "test", "agent": "qa", "depends_on": ["b"], "parent": None}
IDS = st.sampled_from(["a", "b", "c", "d"])
TASKS = st.lists(
    st.fixed_dictionaries(
        {
            "id": IDS,
            "goal": st.just("g"),
            "type": st.sampled_from([None, "test", "code"]),
            "depends_on": st.lists(IDS, max_size=3),
        },
        optional={"parent": IDS, "agent": st.sampled_from(["qa", "nobody"])},
    ),
    max_size=6,
)


@given(TEXT | WORDS | st.text(max_size=3000))
@tries(80)
def test_any_text_is_an_objective_or_refused(text: str) -> None:
    try:
        objective = Objective(text=text)
    except ObjectiveInvalid:
        return
    clauses = split(objective.text, VERBS)
    assert all(clause.text for clause in clauses)
    made = plan(objective, CATALOG)
    assert (bool(made.tasks), made.question is not None, made.refusal is not None).count(True) == 1
    vet(route(made, FLEET), FLEET, reader=CATALOG.reader)


@given(JSON | near({"objective": "x", "tasks": [TASK]}) | st.fixed_dictionaries({"tasks": TASKS}))
@tries(300)
def test_any_json_is_a_plan_or_refused(json: Any) -> None:
    try:
        made = parse_plan(json)
    except (PlanInvalid, ObjectiveInvalid) as error:
        assert error.message and len(error.message) < 5000
        return
    assert sound(made)
    vet(route(made, FLEET), FLEET)


def sound(made: Plan) -> bool:
    """By another way than the check's own: every predecessor is a sibling, and taking away what waits for nobody leaves
    nobody."""
    left = {task.id: {*task.depends_on} for task in made.tasks}
    assert all(made.by_id[before].parent == task.parent for task in made.tasks for before in task.depends_on)
    while free := {name for name, before in left.items() if not before & left.keys()}:
        left = {name: before for name, before in left.items() if name not in free}
    return not left
