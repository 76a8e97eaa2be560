"""Which piece comes first: words, products, and what no word may overturn."""

from __future__ import annotations

import pytest

from genesis.objective import Objective
from genesis.plan import Catalog, plan
from tests.plan.order import before


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("Work out the margin per crate, and with that figure draft the offer to the wholesalers.", "finance", "sales"),
        ("Chart the visitors per month from visits.csv, then write a newsletter about it.", "analytics", "marketing"),
        ("Find the failing tests and fix the code they complain about.", "qa", "builder"),
        ("Release 2.3 to production once the security audit is through.", "security", "deploy"),
        ("Write down the requirements of the booking API, implement it and test it.", "spec", "qa"),
        (
            "Announce the new ferry line in the newsletter. Before that, work out what a trip costs us.",
            "finance",
            "marketing",
        ),
    ],
)
def test_words_and_data_demand_an_order(catalog: Catalog, text: str, first: str, second: str) -> None:
    made = plan(Objective(text=text), catalog)
    assert {first, second} <= {task.agent for task in made.tasks}
    assert (first, second) in before(made) and (second, first) not in before(made)


@pytest.mark.parametrize(
    "text",
    [
        "Audit the dependencies of the parser; also write a press release about our anniversary.",
        "Two things that have nothing to do with each other: score the leads in leads.csv, and chart outages.csv.",
        "Is this repository ready to be released?",
        "Chart the visitors per month from visits.csv. And separately from that, score the leads in leads.csv.",
    ],
)
def test_what_needs_nothing_of_the_other_runs_side_by_side(catalog: Catalog, text: str) -> None:
    made = plan(Objective(text=text), catalog)
    assert len(made.tasks) > 1
    assert before(made) == set()


def test_no_text_makes_a_circle(catalog: Catalog) -> None:
    text = "Test it before you build it, build it before you test it, deploy it first, and monitor it before that."
    made = plan(Objective(text=text), catalog)
    assert made.tasks and not {(b, a) for a, b in before(made)} & before(made)
