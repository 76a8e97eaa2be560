"""An agent that a user added is planned with by its examples, its description and the words that only it uses."""

from __future__ import annotations

import pytest

from genesis.agents import registry
from genesis.objective import Objective
from genesis.plan import Catalog, of_agents
from genesis.plan.decompose import plan

AGENTS = {
    "counter": """\
title: Counter
description: Counts the files of a workspace by their ending.
task_types:
  - {name: count_files, description: Counts files, needs: [workspace], gives: [analysis]}
examples:
  - {request: How many files of each kind are in here?, plan: {counter.count_files: []}}
""",
    "meteo": """\
title: Weather
description: Forecasts the weather for a place.
url: https://weather.example
task_types:
  - {name: forecast, description: Says what the weather will be in a town}
examples:
  - {request: "What will the weather be in Oslo tomorrow?", plan: {meteo.forecast: []}}
""",
}


@pytest.fixture(scope="module")
def more(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    root = tmp_path_factory.mktemp("agents")
    for name, text in AGENTS.items():
        file = root / (f"{name}.yaml" if "url:" in text else f"{name}/agent.yaml")
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"name: {name}\n{text}")
    return of_agents(registry.load(root))


@pytest.mark.parametrize(
    ("text", "agents"),
    [
        ("How many files of each kind are in here?", {"counter"}),
        ("how many files of every kind does this folder have", {"counter"}),
        ("Count the files by their ending", {"counter"}),
        ("Count the files by their ending and audit the dependencies", {"counter", "security"}),
        ("What is the weather like in Bergen on Sunday?", {"meteo"}),
        ("Weather forecast for Paris please", {"meteo"}),
    ],
)
def test_what_only_they_can_do_goes_to_them(more: Catalog, text: str, agents: set[str]) -> None:
    assert {task.agent for task in plan(Objective(text=text), more).tasks} == agents


@pytest.mark.parametrize(
    "text",
    ["Run the tests", "how many tests fail", "forecast next year's revenue from sales.csv", "Draft the spec"],
)
def test_what_others_do_stays_theirs(more: Catalog, catalog: Catalog, text: str) -> None:
    with_them, without = plan(Objective(text=text), more), plan(Objective(text=text), catalog)
    assert [task.agent for task in with_them.tasks] == [task.agent for task in without.tasks]
    assert without.tasks


def test_what_nobody_does_is_refused_still(more: Catalog) -> None:
    assert plan(Objective(text="Book me a flight to Oslo tomorrow"), more).refusal is not None
