"""Rules as data: what they do, what the lint finds, how a file is swapped."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from genesis.agents import registry
from genesis.agents.registry import Registry
from genesis.errors import FileInvalid
from genesis.objective import Objective
from genesis.plan.plan import Plan, Task
from genesis.route import route
from genesis.route.routed import RoutedPlan
from genesis.route.rules import SHIPPED, RuleBook, load_rules

AGENT = """\
name: {name}
title: {name}
description: Does what {name} does
url: https://agents.example/{name}
task_types:
  - {{name: juggling, description: Keeps balls in the air, effects: true}}
"""


@pytest.fixture
def fleet(tmp_path: Path) -> Registry:
    for name in ("anna", "bert"):
        folder = tmp_path / "agents" / name
        folder.mkdir(parents=True)
        (folder / "agent.yaml").write_text(AGENT.format(name=name))
    return registry.load(tmp_path / "agents")


def juggle(fleet: Registry, rules: str, folder: Path, *, goal: str = "three balls", **objective: object) -> RoutedPlan:
    file = folder / "rules.yaml"
    file.write_text(rules)
    asked = Objective.model_validate({"text": "juggle", **objective})
    plan = Plan(
        objective=asked,
        level="heuristic",
        confidence=1,
        tasks=(Task(id="a", goal=goal, type="juggling", agent="anna"),),
    )
    return route(plan, fleet, rules=load_rules(SHIPPED, file, agents=fleet.agents))


def test_effects_of_rules(fleet: Registry, tmp_path: Path) -> None:
    def chosen(effect: str, when: str = "[]") -> str:
        rule = f"rules: [{{id: mine, when: {when}, {effect}, reason: because I say so}}]"
        routed = juggle(fleet, rule, tmp_path)
        return routed.choices[0].agent if routed.choices else routed.unassigned["a"]

    assert chosen("cap: {agent: anna, load: 2}") == "anna"
    assert chosen("require: bert") == "bert"
    assert chosen("forbid: anna") == "bert"
    assert chosen("prefer: {agent: bert, weight: 0.5}") == "bert"
    assert chosen("forbid: anna", "[{field: task.type, op: is, value: seo}]") == "anna"
    assert chosen("forbid: anna", "[{field: task.goal, op: has, value: BALLS}]") == "bert"
    assert chosen("forbid: anna", "[{field: task.goal, op: has, value: ball}]") == "anna", "whole words only"
    assert "because I say so (rule mine)" in chosen("forbid: '*'", "[{field: task.type, op: is, value: juggling}]")


def test_a_rule_that_reads_the_goal_is_asked_for_every_goal(fleet: Registry, tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(
        "rules: [{id: mine, when: [{field: task.goal, op: has, value: fire}], forbid: anna, reason: afraid of fire}]"
    )
    tasks = tuple(
        Task(id=f"t{n}", goal=goal, type="juggling", agent="anna") for n, goal in enumerate(("balls", "fire"))
    )
    plan = Plan(objective=Objective(text="juggle"), level="heuristic", confidence=1, tasks=tasks)
    routed = route(plan, fleet, rules=load_rules(SHIPPED, file, agents=fleet.agents))
    assert {choice.task: choice.agent for choice in routed.choices} == {"t0": "anna", "t1": "bert"}


def test_text_from_the_web_changes_nothing_outside(fleet: Registry, tmp_path: Path) -> None:
    assert juggle(fleet, "rules: []", tmp_path).choices
    refused = juggle(fleet, "rules: []", tmp_path, trust="web")
    assert "untrusted-text-changes-nothing" in refused.unassigned["a"]


def test_higher_priority_wins(fleet: Registry, tmp_path: Path) -> None:
    rules = (
        "rules:\n"
        "  - {id: one, require: anna, priority: 5, reason: she is good}\n"
        "  - {id: two, when: [{field: task.goal, op: has, value: five}], forbid: anna, priority: 6, reason: too many}\n"
    )
    assert juggle(fleet, rules, tmp_path, goal="three").choices[0].agent == "anna"
    assert juggle(fleet, rules, tmp_path, goal="five").choices == ()


@pytest.mark.parametrize(
    ("rules", "complaint"),
    [
        (
            "- {id: a, require: anna, reason: so be it}\n- {id: b, forbid: anna, reason: no no}",
            r":3: rule 'b' contradicts 'a'",
        ),
        ("- {id: a, require: anna, reason: so be it}\n- {id: a, forbid: bert, reason: no no}", "the id is taken by"),
        ("- {id: a, require: carl, reason: so be it}", "no agent 'carl'; there are"),
        ("- {id: a, forbid: anna, require: bert, reason: so be it}", "exactly one of"),
        (
            "- {id: a, when: [{field: task.type, op: is, value: x}, {field: task.type, op: is, value: y}], "
            "forbid: anna, reason: so be it}",
            "can never apply: its conditions on task.type",
        ),
        (
            "- {id: a, when: [{field: agent.cost_usd, op: at_least, value: 2}, "
            "{field: agent.cost_usd, op: at_most, value: 1}], forbid: anna, reason: so be it}",
            "its bounds on agent.cost_usd",
        ),
        (
            "- {id: a, forbid: '*', priority: 20, reason: so be it}\n- {id: b, require: anna, reason: no no}",
            "'b' is never reached: 'a'",
        ),
        (
            "- {id: a, when: [{field: task.colour, op: is, value: x}], forbid: anna, reason: so be it}",
            "rules.0.when.0.field",
        ),
        (
            "- {id: a, when: [{field: agent.cost_usd, op: is, value: much}], forbid: anna, reason: so be it}",
            "another type",
        ),
        ("- {id: a, when: [{field: task.type, op: in, value: x}], forbid: anna, reason: so be it}", "takes a list"),
        ("- {id: a, forbid: anna, prioritty: 3, reason: so be it}", ":2: .*unknown key; allowed: id, when"),
    ],
)
def test_the_lint_names_file_line_and_fault(fleet: Registry, tmp_path: Path, rules: str, complaint: str) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("rules:\n" + "\n".join(f"  {line}" for line in rules.splitlines()) + "\n")
    with pytest.raises(FileInvalid, match=complaint) as caught:
        load_rules(file, agents=fleet.agents)
    assert str(file) in caught.value.message


def test_the_shipped_rules_are_sound(fleet: Registry) -> None:
    assert (
        next(one.rule.id for one in load_rules(SHIPPED, agents=fleet.agents).rules) == "untrusted-text-changes-nothing"
    )


def test_a_changed_file_is_swapped_whole_and_a_bad_one_not_at_all(fleet: Registry, tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    book = RuleBook(file, fleet.agents)
    shipped = book.current()
    assert book.current() is shipped

    def write(text: str, at: int) -> None:
        file.write_text(text)
        os.utime(file, ns=(at, at))

    write("rules: [{id: mine, forbid: anna, reason: on leave}]", 1)
    good = book.current()
    assert {one.rule.id for one in good.rules} == {"mine"} | {one.rule.id for one in shipped.rules}
    write("rules: [{id: mine, forbid: nobody, reason: on leave}]", 2)
    assert book.current() is good
    assert book.problem is not None and "no agent 'nobody'" in book.problem and "stay in force" in book.problem
    file.unlink()
    assert {one.rule.id for one in book.current().rules} == {one.rule.id for one in shipped.rules}
    assert book.problem is None
