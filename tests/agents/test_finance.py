"""finance against oracles that compute with fractions and plain search."""

from __future__ import annotations

import csv
import io
import math
import random
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from genesis.errors import NeedsMissing
from tests.agents.conftest import Do, Done


def lines(done: Done) -> dict[str, Fraction | None]:
    """The computed lines by name, exact."""
    output = done.result.outputs["financials"]
    assert isinstance(output, dict) and isinstance(output["lines"], list)
    found: dict[str, Fraction | None] = {}
    for one in output["lines"]:
        assert isinstance(one, dict)
        value = one["value"]
        found[str(one["name"])] = None if value is None else Fraction(Decimal(str(value)))
    return found


def near(value: Fraction | None, expected: Fraction | int) -> bool:
    return value is not None and abs(value - expected) <= Fraction(1, 10**9) * (1 + abs(Fraction(expected)))


@pytest.mark.parametrize("seed", range(4))
async def test_unit_economics_are_their_formulas(do: Do, seed: int) -> None:
    dice = random.Random(seed)
    price, cac, churn, margin = dice.randint(5, 300), dice.randint(20, 900), dice.randint(1, 20), dice.randint(20, 95)
    customers = dice.randint(10, 9000)
    wordings = [
        f"price {price} EUR, churn {churn} % a month, CAC {cac}, gross margin {margin} %, {customers} customers",
        f"We charge €{price} per month. CAC: €{cac}. Monthly churn is {churn}% and the margin {margin} percent; "
        f"{customers:,} users.",
        f"{customers} subscribers pay a subscription of {price} EUR/month, {churn}% churn, {margin}% margin and "
        f"{cac} EUR CAC",
    ]
    seen = []
    for wording in wordings:
        found = lines(await do("finance", None, wording))
        assert near(found["LTV"], Fraction(price) * Fraction(margin, 100) / Fraction(churn, 100)), wording
        assert near(found["LTV to CAC"], Fraction(price * margin, churn * cac)), wording
        assert near(found["CAC payback"], Fraction(cac * 100, price * margin)), wording
        assert near(found["recurring revenue a month"], price * customers), wording
        assert near(found["customers lost a month"], Fraction(customers * churn, 100)), wording
        seen.append(found)
    assert seen[0] == seen[1] == seen[2]


async def test_a_figure_taken_away_is_named_and_never_made_up(do: Do) -> None:
    stated = {"price": "price 49 EUR", "churn": "churn 3 % a month", "CAC": "CAC 120 EUR", "margin": "margin 80 %"}
    whole = lines(await do("finance", None, ", ".join(stated.values())))
    assert {"LTV", "LTV to CAC", "CAC payback"} <= set(whole)
    for gone, lost in (("price", "LTV"), ("churn", "LTV"), ("CAC", "LTV to CAC"), ("margin", "LTV")):
        done = await do("finance", None, "unit economics: " + ", ".join(t for n, t in stated.items() if n != gone))
        assert lost not in lines(done), gone
        assert any(gone.lower() in f"{one.what} {one.why}".lower() for one in done.result.not_done), gone


def npv(flows: list[Fraction], rate: Fraction) -> Fraction:
    return sum((flow / (1 + rate) ** t for t, flow in enumerate(flows)), Fraction(0))


@pytest.mark.parametrize("seed", range(4))
async def test_npv_and_irr_of_random_projects(do: Do, seed: int) -> None:
    dice = random.Random(seed)
    years = dice.randint(2, 8)
    flows = [dice.randint(100, 5000) for _ in range(years)]
    spent = dice.randint(sum(flows) // 2, sum(flows))
    rate = dice.randint(1, 20)
    goal = f"NPV and IRR: investment of {spent} EUR, cash flows of {', '.join(map(str, flows))}, discount rate {rate} %"
    found = lines(await do("finance", None, goal))
    whole = [Fraction(-spent), *map(Fraction, flows)]
    assert near(found[f"NPV at {rate} % a year"], npv(whole, Fraction(rate, 100)))
    irr = found["IRR a year"]
    assert irr is not None
    step = Fraction(1, 10**9)
    assert npv(whole, irr - step) > 0 > npv(whole, irr + step)


async def test_no_rate_and_several_rates_are_said(do: Do) -> None:
    never = await do("finance", None, "IRR of cash flows 100, 200 and 300 EUR")
    assert lines(never)["IRR a year"] is None and "the flows never change sign" in never.result.summary
    twice = await do("finance", None, "IRR of an investment of 1000 EUR with cash flows of 2300, -1320 EUR")
    found = lines(twice)
    assert near(found["IRR a year (1 of 2)"], Fraction(1, 10)) and near(found["IRR a year (2 of 2)"], Fraction(1, 5))
    assert "no single one ranks the project" in twice.files["model.md"].decode()


@pytest.mark.parametrize("seed", range(3))
async def test_break_even_is_the_first_unit_without_a_loss(do: Do, seed: int) -> None:
    dice = random.Random(seed)
    cost = dice.randint(1, 900)
    price, rent, pay = cost + dice.randint(1, 700), dice.randint(500, 90_000), dice.randint(500, 90_000)
    goal = f"rent {rent} and salaries {pay} EUR per month, price {price / 100:.2f} EUR, unit cost {cost / 100:.2f} EUR"
    found = lines(await do("finance", None, f"{goal}: break-even?"))
    units = next(n for n in range(10**8) if n * (price - cost) >= (rent + pay) * 100)
    assert found["break-even a month"] == units
    assert found["break-even revenue a month"] == Fraction(units * price, 100)


async def test_a_price_below_cost_never_breaks_even(do: Do) -> None:
    done = await do("finance", None, "fixed costs 1000 EUR, price 5 EUR, variable cost 6 EUR, break even?")
    assert lines(done)["break-even a month"] is None
    assert [finding.kind for finding in done.result.findings] == ["price_below_cost"]


async def test_runway_is_walked_month_by_month(do: Do) -> None:
    dice = random.Random(3)
    cash, costs, revenue, growth = dice.randint(200, 900), dice.randint(40, 90), dice.randint(5, 20), dice.randint(1, 4)
    goal = f"runway with cash {cash}k EUR, monthly costs of {costs}k, revenue of {revenue}k growing {growth}% per month"
    left, now, month = Fraction(cash * 1000), Fraction(revenue * 1000), 0
    while True:
        left += now - costs * 1000
        if left < 0 or now >= costs * 1000:
            break
        month, now = month + 1, now * (1 + Fraction(growth, 100))
    assert left < 0
    assert lines(await do("finance", None, goal))["runway"] == month
    flat = lines(await do("finance", None, f"{cash}k EUR in the bank, burning {costs}k a month: runway?"))
    assert near(flat["runway"], Fraction(cash, costs))


async def test_prices_bear_a_loss_of_units_and_scenarios_are_labelled(do: Do) -> None:
    done = await do(
        "finance", None, "prices 12 and 15 EUR, unit cost 7 EUR, we sell 4000 units a month", type="pricing"
    )
    name = "units may change by, from 12.00 EUR to 15.00 EUR, for the same profit"
    assert near(lines(done)[name], Fraction(5, 8) - 1)
    report = done.files["model.md"].decode()
    assert "Scenarios with assumed elasticities (nobody stated one)" in report
    assert any("how demand answers" in one.why for one in done.result.not_done)
    stated = await do(
        "finance", None, "prices 12 and 15 EUR, unit cost 7 EUR, 4000 units, elasticity -1.2", type="pricing"
    )
    assert "assumed elasticities" not in stated.files["model.md"].decode()
    units = Fraction(4000) * (1 - Fraction(12, 10) * Fraction(1, 4))
    assert f"{float(units * 8):,.2f} EUR" in stated.files["model.md"].decode()


async def test_currencies_are_kept_apart(do: Do) -> None:
    done = await do("finance", None, "price 49 EUR, churn 3 % a month, margin 80 %, CAC 120 USD")
    assert "LTV to CAC" not in lines(done) and near(lines(done)["LTV"], Fraction(49 * 80, 3))
    assert any("USD" in one.why and "EUR" in one.why for one in done.result.not_done)


async def test_periods_are_converted_and_said(do: Do) -> None:
    done = await do("finance", None, "subscription 120 EUR a year, churn 2 % a month, margin 50 %, CAC 30 EUR")
    assert near(lines(done)["LTV"], Fraction(10) / 2 / Fraction(2, 100))
    assert any(
        "120.00 EUR" in f.text or "10.00 EUR a month" in f.text for f in done.result.facts if "Assumed" in f.text
    )


@pytest.mark.parametrize(
    "text",
    ["price -5 EUR, churn 3 %, CAC 20", "churn 300 %, price 20 EUR, CAC 5 EUR", "cash -5 EUR, burning 3 a month"],
)
async def test_figures_that_cannot_be_are_refused(do: Do, text: str) -> None:
    try:
        done = await do("finance", None, text)
    except NeedsMissing as error:
        assert "must be" in error.message
    else:
        assert any("must be" in one.why for one in done.result.not_done)


def books(folder: Path, seed: int) -> list[tuple[str, str, int]]:
    """A random signed ledger; amounts in cents."""
    dice = random.Random(seed)
    accounts = {
        f"{dice.choice('BCDF')}{i}{dice.choice(['rent', 'tools', 'fees'])}": dice.choice([-1, -1, 1]) for i in range(6)
    }
    accounts["Zsales"] = 1
    rows = [
        (
            f"202{dice.randint(2, 3)}-{dice.choice([1, 2, 5, 6, 9, 12]):02d}-{dice.randint(1, 28):02d}",
            name,
            sign * dice.randint(1, 10**6),
        )
        for name, sign in (dice.choice(list(accounts.items())) for _ in range(200))
    ]
    comma = seed % 2 == 0
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";" if comma else ",")
    writer.writerow(["booked", "account", "amount"])
    for day, name, cents in rows:
        shown = f"{cents / 100:.2f}"
        writer.writerow([day, name, shown.replace(".", ",") if comma else shown])
    (folder / "ledger.csv").write_text(out.getvalue())
    return rows


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_ledger_is_summed_to_the_cent(do: Do, tmp_path: Path, seed: int) -> None:
    rows = books(tmp_path, seed)
    done = await do("finance", tmp_path, "Show our cash flow and propose a budget", type="budgeting")
    found = lines(done)
    assert found["income of ledger.csv"] == Fraction(sum(c for _, _, c in rows if c > 0), 100)
    assert found["costs of ledger.csv"] == Fraction(-sum(c for _, _, c in rows if c < 0), 100)
    assert found["net of ledger.csv"] == Fraction(sum(c for _, _, c in rows), 100)
    by: dict[str, int] = defaultdict(int)
    months: dict[str, int] = defaultdict(int)
    for day, name, cents in rows:
        by[name] += cents
        months[day[:7]] += cents
    first, last = min(months), max(months)
    span = (int(last[:4]) - int(first[:4])) * 12 + int(last[5:]) - int(first[5:]) + 1
    for name, cents in by.items():
        assert near(found[f"proposed budget a year for {name} (as it was)"], Fraction(cents * 12, 100 * span))
    recent = sorted(months)[-3:]
    mean = Fraction(sum(months[m] for m in recent), 300)
    assert near(found[f"mean net a month, {recent[0]} to {recent[-1]}"], mean)
    text = (tmp_path / "ledger.csv").read_text().replace("\r", "").split("\n")
    placed = [source for fact in done.result.facts for source in fact.sources if source.line]
    assert len(placed) >= 5 and all(source.excerpt == text[(source.line or 0) - 1] for source in placed)


async def test_taking_rows_away_changes_the_books(do: Do, tmp_path: Path) -> None:
    rows = books(tmp_path, 5)
    before = lines(await do("finance", tmp_path, "cash flow"))
    text = (tmp_path / "ledger.csv").read_text().splitlines()
    (tmp_path / "ledger.csv").write_text("\n".join(text[:-9]) + "\n")
    after = lines(await do("finance", tmp_path, "cash flow"))
    assert before["net of ledger.csv"] != after["net of ledger.csv"] == Fraction(sum(c for _, _, c in rows[:-9]), 100)


async def test_budgets_are_compared_by_category(do: Do, tmp_path: Path) -> None:
    dice = random.Random(6)
    names = ["Rent", "Travel", "Ticket sales", "Snacks"]
    rows = [(name, dice.randint(0, 9000), dice.randint(0, 9000)) for name in names for _ in range(4)]
    (tmp_path / "plan.csv").write_text("category,budget,actual\n" + "".join(f"{n},{b},{a}\n" for n, b, a in rows))
    done = await do("finance", tmp_path, "How do we stand against the budget?", type="budgeting")
    for name in names:
        planned = sum(budget for who, budget, _ in rows if who == name)
        spent = sum(actual for who, _, actual in rows if who == name)
        fact = next(fact.text for fact in done.result.facts if fact.text.startswith(f"{name}: "))
        assert f"difference {spent - planned:,.2f}" in fact
        off = spent < planned if name == "Ticket sales" else spent > planned
        flagged = any(finding.message.startswith(f"{name} is ") for finding in done.result.findings)
        assert flagged == (off and abs(spent - planned) * 10 >= planned)
    for finding in done.result.findings:
        assert finding.source and finding.source.line and finding.source.excerpt
        line = (tmp_path / "plan.csv").read_text().split("\n")[finding.source.line - 1]
        assert line == finding.source.excerpt


async def test_a_table_of_assumptions_feeds_the_model_with_its_places(do: Do, tmp_path: Path) -> None:
    (tmp_path / "inputs.csv").write_text(
        "item,value,unit\nPrice,49,EUR per month\nChurn,3,% per month\nCAC,120,EUR\nMargin,80,%\n"
    )
    done = await do("finance", tmp_path, "unit economics")
    assert near(lines(done)["LTV to CAC"], Fraction(49 * 80, 3 * 120))
    ltv = next(fact for fact in done.result.facts if fact.text.startswith("LTV is"))
    assert {(source.file, source.line) for source in ltv.sources if source.file} >= {
        ("inputs.csv", 2),
        ("inputs.csv", 3),
    }


async def test_dated_flows_of_a_file_have_their_irr(do: Do, tmp_path: Path) -> None:
    flows = [("2020-01-01", -1000), ("2020-12-31", 300), ("2022-07-01", 900), ("2023-01-01", 100)]
    (tmp_path / "p.csv").write_text("date,amount\n" + "".join(f"{d},{a}\n" for d, a in flows))
    found = lines(await do("finance", tmp_path, "What is the IRR of this investment?"))["IRR a year"]
    assert found is not None
    days = [0, 365, 912, 1096]

    def worth(rate: float) -> float:
        return sum(a / math.pow(1 + rate, day / 365) for (_, a), day in zip(flows, days, strict=True))

    assert worth(float(found) - 1e-7) > 0 > worth(float(found) + 1e-7)


async def test_every_line_has_its_formula_and_the_stated_inputs(do: Do) -> None:
    goal = "Worth it? price 49 EUR, churn 3 % a month, margin 80 %, CAC 120 EUR; fixed costs 900 EUR, unit cost 9 EUR"
    done = await do("finance", None, goal)
    stated = 0
    for fact in done.result.facts:
        if fact.text.startswith("Assumed"):
            continue
        assert any(source.formula and " = " in source.formula for source in fact.sources)
        for source in fact.sources:
            if source.formula and source.formula.startswith("stated in the objective, characters "):
                start, _, end = source.formula.rpartition("characters ")[2].partition(" to ")
                assert source.excerpt == goal[int(start) - 1 : int(end)]
                stated += 1
    assert stated > 10


async def test_exports_are_tame_and_nothing_in_means_nothing_out(do: Do, tmp_path: Path) -> None:
    (tmp_path / "ledger.csv").write_text(
        "date,account,amount\n" + '2024-01-01,"=HYPERLINK(1)",5.5\n2024-02-01,<b>x</b>,-2\n' * 2
    )
    done = await do("finance", tmp_path, "budget", type="budgeting")
    cells = [cell for row in csv.reader(io.StringIO(done.files["model.csv"].decode())) for cell in row]
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "@") and cell]
    assert "<b>" not in done.files["model.md"].decode()
    for folder in (None, tmp_path / "empty"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        with pytest.raises(NeedsMissing, match="state them"):
            await do("finance", folder, "Make us rich")
