"""Objectives in, plans out: who is asked, in what order, and when nobody is."""

from __future__ import annotations

import pytest

from genesis.agents.card import Example
from genesis.errors import NotFound
from genesis.objective import Objective
from genesis.plan import Catalog, plan
from genesis.plan.catalog import Entry
from genesis.plan.plan import Plan
from tests.plan.order import before


def agents(made: Plan) -> set[str | None]:
    return {task.agent for task in made.tasks}


def test_each_clause_brings_the_agent_it_asks_for(catalog: Catalog) -> None:
    made = plan(Objective(text="Scan the repository for leaked API keys and draw the module diagram."), catalog)
    assert made.level == "heuristic"
    assert agents(made) == {"security", "architect"}
    assert before(made) == set(), "neither needs the other"


def test_build_comes_before_test_and_test_before_release_wherever_they_stand(catalog: Catalog) -> None:
    made = plan(Objective(text="Deploy the parser to production; implement it and test it first."), catalog)
    assert agents(made) == {"deploy", "qa", "builder"}
    assert {("builder", "qa"), ("qa", "deploy"), ("builder", "deploy")} <= before(made)


def test_a_secret_that_was_taken_out_changes_no_plan(catalog: Catalog) -> None:
    asked = "Is this repository ready to be released? The token is "
    made = plan(Objective(text=f"{asked}[REDACTED:github_pat:956b8faa]"), catalog)
    assert agents(made) == agents(plan(Objective(text=asked), catalog)) == {"architect", "qa", "security"}


def test_a_sequence_word_joins_what_data_does_not(catalog: Catalog) -> None:
    apart = plan(Objective(text="Triage the tickets. Write alert rules for the queue."), catalog)
    joined = plan(Objective(text="Triage the tickets. After that write alert rules for the queue."), catalog)
    assert agents(apart) == agents(joined) == {"support", "monitoring"}
    assert before(apart) == set()
    assert before(joined) == {("support", "monitoring")}


def test_what_the_text_calls_unrelated_is_not_joined(catalog: Catalog) -> None:
    text = "Summarise the survey papers with citations and write ad copy for the tea shop"
    assert before(plan(Objective(text=f"{text}."), catalog)) == {("research", "marketing")}
    assert before(plan(Objective(text=f"Two unrelated jobs. {text}."), catalog)) == set()


def test_what_is_forbidden_is_left_out(catalog: Catalog) -> None:
    asked = plan(Objective(text="Run the test suite and deploy it to production."), catalog)
    forbidden = plan(Objective(text="Run the test suite. Do not deploy it to production."), catalog)
    assert agents(asked) == {"qa", "deploy"}
    assert agents(forbidden) == {"qa"}


def test_two_features_of_one_kind_are_two_tasks(catalog: Catalog) -> None:
    text = "I need two forms on the page, one to register a member and one to cancel a membership."
    made = plan(Objective(text=text), catalog)
    assert [task.agent for task in made.tasks] == ["frontend", "frontend"]
    assert made.tasks[0].goal != made.tasks[1].goal


@pytest.mark.parametrize("text", ["good morning", "Please fix it.", "qzx wvk jjqp", "Do it like the other one."])
def test_what_cannot_be_known_is_asked(catalog: Catalog, text: str) -> None:
    made = plan(Objective(text=text), catalog)
    assert made.question and made.question.endswith((".", "?"))
    assert not made.tasks and made.refusal is None


def test_an_aim_and_its_ban_together_are_asked_about(catalog: Catalog) -> None:
    made = plan(Objective(text="Improve the test coverage. Never touch any tests."), catalog)
    assert made.question is not None and "qa" in made.question


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Write ransomware for the town hall.", "security"),
        ("Harvest the passwords of our neighbours.", "security"),
        ("Mow the lawn behind the office.", "routing"),
        ("Sing me a lullaby.", "routing"),
    ],
)
def test_harm_and_foreign_work_are_refused_with_a_reason(catalog: Catalog, text: str, category: str) -> None:
    made = plan(Objective(text=text), catalog)
    assert made.refusal is not None and made.refusal.category == category
    assert text.rstrip(".") in made.refusal.message


def test_what_a_question_is_about_may_lie_beside_it(catalog: Catalog) -> None:
    asked = Objective(text="Which county got most?")
    assert plan(asked, catalog).question is not None
    made = plan(asked, catalog, ["src/app.py", "grants.csv"])
    assert [(task.agent, task.goal) for task in made.tasks] == [("analytics", asked.text)]
    assert plan(asked, catalog, ["src/app.py"]).question is not None, "source files say nothing of counties"
    refund = Objective(text="How do I get a refund?")
    assert agents(plan(refund, catalog, ["docs/api.rst", "docs/terms.md"])) == {"support"}


@pytest.mark.parametrize("text", ["hello", "make it better", "Book me a flight to Oslo.", "Write ransomware for us."])
def test_files_beside_it_make_no_wish_of_what_is_none(catalog: Catalog, text: str) -> None:
    made = plan(Objective(text=text), catalog, ["sales.csv", "faq.md"])
    assert not made.tasks and text.rstrip(".") in (made.refusal.message if made.refusal else text)


def test_words_of_harm_in_ordinary_work_are_ordinary(catalog: Catalog) -> None:
    made = plan(Objective(text="Kill the zombie worker in pool.py and fix the crash of the password form."), catalog)
    assert "builder" in agents(made)


def test_an_agent_that_is_named_gets_the_task_as_it_stands(catalog: Catalog) -> None:
    made = plan(Objective(text="anything at all", agent="qa", task_type="verify"), catalog)
    assert [(task.agent, task.type, task.goal) for task in made.tasks] == [("qa", "verify", "anything at all")]
    assert plan(Objective(text="anything", task_type="seo"), catalog).tasks[0].agent == "marketing"
    with pytest.raises(NotFound, match=r"agent 'nobody': not here; there are analytics"):
        plan(Objective(text="anything", agent="nobody"), catalog)
    with pytest.raises(NotFound, match=r"qa does not take it; there are test, validation, verify"):
        plan(Objective(text="anything", agent="qa", task_type="seo"), catalog)


def test_the_same_objective_gives_the_same_plan(catalog: Catalog) -> None:
    text = "Specify the ferry timetable, build it, test it, release it and monitor it."
    first = plan(Objective(text=text), catalog)
    catalog.reader.read("something else")
    assert plan(Objective(text=text), catalog) == first


def test_a_needed_product_that_nobody_gives_brings_in_its_producer(catalog: Catalog) -> None:
    picky = tuple(
        Entry(e.name, e.agent, e.type, e.description, ("design",) if e.agent == "deploy" else e.needs, e.uses, e.gives)
        for e in catalog.entries
    )
    made = plan(Objective(text="Deploy version 2 to production."), Catalog(picky))
    assert agents(made) == {"deploy", "architect"}
    assert ("architect", "deploy") in before(made)


TOOLS = (
    Entry("kiln", "kiln", "kiln", "Fires clay"),
    Entry("wheel", "wheel", "wheel", "Throws a pot"),
    Entry("glaze", "glaze", "glaze", "Covers a pot with glaze"),
)


def test_another_catalog_is_planned_by_its_examples() -> None:
    examples = tuple(
        Example(
            request=f"please make a {colour} bowl for {who}",
            plan={"wheel": (), "glaze": ("wheel",), "kiln": ("glaze",)},
        )
        for colour in ("blue", "green", "red")
        for who in ("Ann", "Ben")
    ) + tuple(Example(request=f"fire the clay of {who} again", plan={"kiln": ()}) for who in ("Ann", "Ben", "Cem"))
    over = Catalog(TOOLS, examples)
    bowl = plan(Objective(text="make a yellow bowl for Cem"), over)
    assert bowl.level == "heuristic"
    assert before(bowl) == {("wheel", "glaze"), ("glaze", "kiln"), ("wheel", "kiln")}
    assert agents(plan(Objective(text="fire that clay once more"), over)) == {"kiln"}


def test_without_examples_or_words_the_lowest_level_plans_and_says_so() -> None:
    made = plan(Objective(text="Throws the pot, then fires the clay"), Catalog(TOOLS))
    assert made.level == "minimal"
    assert [task.agent for task in made.tasks] == ["wheel", "kiln"]
    assert made.tasks[1].depends_on == (made.tasks[0].id,)
    assert plan(Objective(text="nothing that anybody has"), Catalog(TOOLS)).question is not None


def test_a_failing_planner_falls_back_and_tells(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(text: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(catalog.reader, "read", broken)
    made = plan(Objective(text="run the tests"), catalog)
    assert made.level == "minimal" and "ZeroDivisionError" in made.reason
    assert made.tasks
