"""analytics against oracles that compute with plain Python."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import combinations, pairwise
from pathlib import Path
from statistics import mean, median

import pytest

from genesis.errors import NeedsMissing
from tests.agents.conftest import Do, Done

MEASURES = ("revenue", "profit", "freight_cost", "units_sold")
GROUPS = ("region", "sales_channel", "productLine", "store")


@dataclass(frozen=True)
class Made:
    """A random table, and its rows as they were before anybody wrote them to a file."""

    measure: str
    group: str
    file: str
    rows: list[tuple[date, str, Fraction]]


def make(folder: Path, seed: int, *, messy: bool = True) -> Made:
    dice = random.Random(seed)
    measure, group = dice.choice(MEASURES), dice.choice(GROUPS)
    names = [f"{dice.choice('KLMNP')}{dice.choice('aeiou')}{dice.choice('rtz')}{i}o" for i in range(dice.randint(6, 9))]
    first = date(dice.randint(2015, 2023), dice.randint(1, 12), 1)
    rows = [
        (first + timedelta(days=dice.randint(0, 400)), dice.choice(names), Fraction(dice.randint(-500, 90_000), 100))
        for _ in range(dice.randint(150, 400))
    ]
    file = f"{dice.choice(['export', 'data', 'ledger'])}{seed}.csv"
    comma = messy and dice.random() < 0.5
    delimiter = ";" if comma else ","
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(["ref_no", "booked", group, measure])
    for number, (day, name, amount) in enumerate(rows):
        shown = f"{float(amount):.2f}"
        writer.writerow([f"R{number}", day.isoformat(), name, shown.replace(".", ",") if comma else shown])
    (folder / file).write_text(out.getvalue(), encoding="utf-8-sig" if comma else "utf-8")
    return Made(measure, group, file, rows)


def spoken(name: str) -> str:
    return {"productLine": "product line"}.get(name, name.replace("_", " "))


def figures(done: Done) -> list[dict[str, list[list[object]]]]:
    output = done.result.outputs["analysis"]
    assert isinstance(output, dict)
    found: list[dict[str, list[list[object]]]] = json.loads(json.dumps(output["figures"]))
    return found


def close(value: object, expected: Fraction) -> bool:
    return isinstance(value, int | float) and abs(Fraction(value) - expected) < Fraction(1, 10_000)


@pytest.mark.parametrize("seed", [11, 12, 13, 14])
async def test_sums_by_group_are_those_of_the_rows(do: Do, tmp_path: Path, seed: int) -> None:
    made = make(tmp_path, seed)
    expected: dict[str, Fraction] = defaultdict(Fraction)
    for _, name, amount in made.rows:
        expected[name] += amount
    done = await do("analytics", tmp_path, f"What is the total {spoken(made.measure)} by {spoken(made.group)}?")
    rows = figures(done)[0]["rows"]
    assert [row[0] for row in rows] == sorted(expected, key=lambda name: -expected[name])
    assert all(close(row[1], expected[str(row[0])]) for row in rows)
    assert [row[2] for row in rows] == [sum(name == row[0] for _, name, _ in made.rows) for row in rows]
    best = max(expected, key=lambda name: expected[name])
    assert best in done.result.summary and f"{float(expected[best]):,.2f}" in done.result.summary


@pytest.mark.parametrize("seed", [21, 22])
async def test_averages_medians_and_the_best_three(do: Do, tmp_path: Path, seed: int) -> None:
    made = make(tmp_path, seed)
    by: dict[str, list[Fraction]] = defaultdict(list)
    for _, name, amount in made.rows:
        by[name].append(amount)
    what, group = spoken(made.measure), spoken(made.group)
    goal = f"Average {what} per {group}; median {what} by {group}; top 3 {group}s by {what}"
    done = await do("analytics", tmp_path, goal)
    averages, medians, top = (figure["rows"] for figure in figures(done))
    assert {row[0]: round(float(str(row[1])), 6) for row in averages} == {
        n: round(float(mean(v)), 6) for n, v in by.items()
    }
    assert {row[0]: round(float(str(row[1])), 6) for row in medians} == {
        n: round(float(median(v)), 6) for n, v in by.items()
    }
    best = sorted(by, key=lambda name: -sum(by[name]))[:3]
    assert [row[0] for row in top[:3]] == best
    sentence = next(fact.text for fact in done.result.facts if fact.text.startswith("The 3 "))
    assert [sentence.index(name) for name in best] == sorted(sentence.index(name) for name in best)


@pytest.mark.parametrize("seed", [31, 32])
async def test_months_and_their_trend(do: Do, tmp_path: Path, seed: int) -> None:
    made = make(tmp_path, seed)
    by: dict[str, Fraction] = defaultdict(Fraction)
    for day, _, amount in made.rows:
        by[f"{day:%Y-%m}-01"] += amount
    done = await do("analytics", tmp_path, f"{spoken(made.measure)} per month")
    rows = figures(done)[0]["rows"]
    assert [row[0] for row in rows] == sorted(by)
    assert all(close(row[1], by[str(row[0])]) for row in rows)
    high = max(by, key=lambda month: by[month])
    assert f"highest in {high[:7]} ({float(by[high]):,.2f})" in done.result.summary


@pytest.mark.parametrize(
    ("slope", "word"), [(40, "a rising trend"), (-40, "a falling trend"), (0, "no trend beyond chance")]
)
async def test_a_trend_is_claimed_only_where_there_is_one(do: Do, tmp_path: Path, slope: int, word: str) -> None:
    dice = random.Random(5)
    months = [date(2022 + m // 12, m % 12 + 1, 1) for m in range(24)]
    noise = [dice.randint(900, 1100) for _ in months]
    if slope == 0:  # take a shuffle with as many rises as falls, counted here
        while abs(sum((b > a) - (b < a) for a, b in combinations(noise, 2))) > 10:
            dice.shuffle(noise)
    lines = [f"{month},{value + i * slope}" for i, (month, value) in enumerate(zip(months, noise, strict=True))]
    (tmp_path / "m.csv").write_text("month,signups\n" + "\n".join(lines) + "\n")
    done = await do("analytics", tmp_path, "How did signups develop over time?")
    assert word in done.result.summary


async def test_a_month_that_is_not_whole_is_left_out_of_the_trend(do: Do, tmp_path: Path) -> None:
    days = [date(2024, 1, 1) + timedelta(days=i) for i in range(158)]  # to 6 June
    (tmp_path / "d.csv").write_text("day,visits\n" + "".join(f"{day},{100 + 40 * day.month}\n" for day in days))
    done = await do("analytics", tmp_path, "visits per month")
    assert "n = 5" in done.result.summary and "a rising trend" in done.result.summary
    assert "2024-06 is not whole" in done.files["analysis.md"].decode().replace("\\", "")


async def test_taking_rows_away_changes_the_answer(do: Do, tmp_path: Path) -> None:
    made = make(tmp_path, 41, messy=False)
    goal = f"total {spoken(made.measure)}"
    before = (await do("analytics", tmp_path, goal)).result.summary
    lines = (tmp_path / made.file).read_text().splitlines()
    (tmp_path / made.file).write_text("\n".join(lines[:-20]) + "\n")
    after = (await do("analytics", tmp_path, goal)).result.summary
    assert before != after
    assert f"{float(sum(amount for _, _, amount in made.rows[:-20])):,.2f}" in after
    (tmp_path / made.file).unlink()
    with pytest.raises(NeedsMissing, match="no table"):
        await do("analytics", tmp_path, goal)


async def test_a_reader_can_replay_every_query_and_find_every_line(do: Do, tmp_path: Path) -> None:
    import duckdb

    made = make(tmp_path, 51, messy=False)
    with (tmp_path / made.file).open("a") as out:
        out.write("R1,2020-01-01,Odd,99999999.00\n" * 2)
    goal = f"{spoken(made.measure)} by {spoken(made.group)} and per month, any outliers?"
    done = await do("analytics", tmp_path, goal)
    lines = (tmp_path / made.file).read_text().split("\n")
    here, replayed, placed = Path.cwd(), 0, 0
    os.chdir(tmp_path)
    try:
        for source in [s for fact in done.result.facts for s in fact.sources] + [
            finding.source for finding in done.result.findings if finding.source
        ]:
            assert source.file is not None or source.formula
            if source.query and "_line" not in source.query:
                assert duckdb.sql(source.query).fetchall()
                replayed += 1
            if source.line:
                assert source.excerpt == lines[source.line - 1][:200]
                placed += 1
    finally:
        os.chdir(here)
    assert replayed >= 6 and placed >= 2
    kinds = {finding.kind for finding in done.result.findings}
    assert {"duplicate_rows", "outliers"} <= kinds


async def test_time_and_value_filters(do: Do, tmp_path: Path) -> None:
    made = make(tmp_path, 61)
    name = made.rows[0][1]
    year = made.rows[0][0].year
    done = await do("analytics", tmp_path, f"How much {spoken(made.measure)} did {name} bring in {year}?")
    expected = sum(amount for day, who, amount in made.rows if who == name and day.year == year)
    assert close(figures(done)[0]["rows"][0][0], Fraction(expected))
    others = await do("analytics", tmp_path, f"total {spoken(made.measure)} since {year + 1} excluding {name}")
    expected = sum(amount for day, who, amount in made.rows if who != name and day.year > year)
    assert close(figures(others)[0]["rows"][0][0], Fraction(expected))


async def test_two_files_are_joined_only_by_a_plain_key(do: Do, tmp_path: Path) -> None:
    dice = random.Random(8)
    land = {number: dice.choice(["Chile", "Peru", "Kenya"]) for number in range(100, 140)}
    sales = [(dice.choice(list(land)), dice.randint(1, 900)) for _ in range(300)]
    (tmp_path / "orders.csv").write_text("customer_id,amount\n" + "".join(f"{who},{much}\n" for who, much in sales))
    customers = tmp_path / "customers.csv"
    customers.write_text("customer_id,country\n" + "".join(f"{who},{where}\n" for who, where in land.items()))
    expected: dict[str, int] = defaultdict(int)
    for who, much in sales:
        expected[land[who]] += much
    done = await do("analytics", tmp_path, "amount by country")
    assert {row[0]: row[1] for row in figures(done)[0]["rows"]} == expected
    assert any("joined by customer_id" in fact.text for fact in done.result.facts)
    customers.write_text("customer_id,country\n" + "".join(f"{who + 500},{where}\n" for who, where in land.items()))
    refused = await do("analytics", tmp_path, "amount by country")
    assert any("share no key" in one.why for one in refused.result.not_done)
    assert not figures(refused)


async def test_currencies_are_never_added_up(do: Do, tmp_path: Path) -> None:
    dice = random.Random(9)
    rows = [(dice.choice(["EUR", "USD", "JPY"]), dice.randint(1, 10_000), dice.choice("AB")) for _ in range(90)]
    (tmp_path / "p.csv").write_text("shop,amount,currency\n" + "".join(f"shop {s},{n},{c}\n" for c, n, s in rows))
    done = await do("analytics", tmp_path, "total amount")
    expected = {code: sum(n for c, n, _ in rows if c == code) for code in {c for c, _, _ in rows}}
    assert {row[0]: row[1] for row in figures(done)[0]["rows"]} == expected
    assert f"{sum(expected.values()):,}" not in " ".join(fact.text for fact in done.result.facts)


async def test_rates_of_a_yes_or_no_column(do: Do, tmp_path: Path) -> None:
    dice = random.Random(10)
    rows = [(dice.choice(["basic", "pro"]), dice.choice(["yes", "no", "no"])) for _ in range(200)]
    (tmp_path / "u.csv").write_text("plan,churned\n" + "".join(f"{plan},{gone}\n" for plan, gone in rows))
    done = await do("analytics", tmp_path, "churn rate by plan")
    for plan, rate, count in figures(done)[0]["rows"]:
        gone = [g for p, g in rows if p == plan]
        assert count == len(gone) and close(rate, Fraction(100 * gone.count("yes"), len(gone)))
    counted = await do("analytics", tmp_path, "How many churned on pro?")
    assert figures(counted)[0]["rows"][0][0] == sum(row == ("pro", "yes") for row in rows)


async def test_columns_may_have_the_names_that_queries_use(do: Do, tmp_path: Path) -> None:
    dice = random.Random(13)
    rows = [
        (dice.choice("ab"), dice.randint(1, 99), dice.randint(1, 99), f"2024-{1 + i % 9:02d}-01") for i in range(90)
    ]
    names = ("mad", "mid", "figure", "period")
    (tmp_path / "q.csv").write_text(",".join(names) + "\n" + "".join(",".join(map(str, row)) + "\n" for row in rows))
    done = await do(
        "analytics", tmp_path, "average mid by mad, figure per month; distribution of mid; mid vs figure related?"
    )
    averages = {row[0]: row[1] for row in figures(done)[0]["rows"]}
    assert averages == {name: mean([row[1] for row in rows if row[0] == name]) for name in "ab"}
    assert len(figures(done)) == 4


async def test_a_histogram_counts_every_row_once(do: Do, tmp_path: Path) -> None:
    dice = random.Random(12)
    values = [dice.randint(-300, 9_000) for _ in range(500)]
    (tmp_path / "v.csv").write_text("tag,weight\n" + "".join(f"t,{value}\n" for value in values))
    done = await do("analytics", tmp_path, "distribution of weight")
    rows = [[float(str(cell)) for cell in row] for row in figures(done)[0]["rows"]]
    width = min(b[0] - a[0] for a, b in pairwise(rows))
    assert 8 <= len(rows) <= 20 and sum(row[1] for row in rows) == len(values)
    for start, count, _ in rows:
        assert count == sum(start <= value < start + width for value in values)
    root = ElementTree.fromstring(done.files["chart-1.svg"])
    assert len([bar for bar in root.iter() if bar.tag.endswith("rect")]) > len(rows)


async def test_what_was_assumed_is_said(do: Do, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("start_date,end_date,region,fee\n" + "2024-01-05,2024-02-05,North,5.5\n" * 12)
    done = await do("analytics", tmp_path, "compare regions over time")
    said = " ".join(fact.text for fact in done.result.facts)
    assert "no figure was named; fee was taken" in said
    assert "there is also end_date" in said
    (tmp_path / "x.csv").write_text("shop,gross_sales,net_sales\n" + "Ulm,5.5,4\nBonn,7,6\n" * 6)
    either = await do("analytics", tmp_path, "revenue by shop")
    assert '"revenue" was read as gross_sales of x.csv; it could also be net_sales' in " ".join(
        fact.text for fact in either.result.facts
    )


async def test_data_that_attacks_comes_out_tame(do: Do, tmp_path: Path) -> None:
    shop = '=HYPERLINK("http://127.0.0.1/x")'
    evil = "<script>alert(1)</script>"
    rows = [(shop, 5), (evil, 3), ('a"; DROP TABLE x; --', 2), ("| a | b |", 1)] * 3
    out = io.StringIO()
    csv.writer(out).writerows([("shop", 'sales "now"'), *rows])
    (tmp_path / "x.csv").write_text(out.getvalue())
    done = await do("analytics", tmp_path, "sales by shop")
    exported = list(csv.reader(io.StringIO(done.files["results.csv"].decode())))
    assert exported and not [cell for row in exported for cell in row if cell[:1] in "=+@" and cell]
    assert "<script>" not in done.files["analysis.md"].decode()
    charts = [content for name, content in done.files.items() if name.endswith(".svg")]
    assert charts
    for chart in charts:
        root = ElementTree.fromstring(chart)
        assert not [element for element in root.iter() if element.tag.endswith("script")]
    assert {row[0]: row[1] for row in figures(done)[0]["rows"]} == {name: 3 * n for name, n in rows[:4]}


async def test_folders_with_nothing_to_analyse(do: Do, tmp_path: Path) -> None:
    with pytest.raises(NeedsMissing):
        await do("analytics", None, "sales by region")
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / "x.xlsx").write_bytes(b"PK\3\4")
    (folder / "y.csv").write_bytes(b"\0" * 9000)
    (folder / "z.csv").symlink_to("/etc/passwd")
    with pytest.raises(NeedsMissing, match="save its sheets as CSV"):
        await do("analytics", folder, "sales by region")
    wide = ",".join(f"sales{i}" for i in range(600))
    (folder / "wide.csv").write_text(f"{wide}\n" + (",".join(["1"] * 600) + "\n") * 3)
    with pytest.raises(NeedsMissing, match="600 columns"):
        await do("analytics", folder, "sales by region")
    (folder / "good.csv").write_text("region,sales\nA,1\nB,2\n")
    done = await do("analytics", folder, "sales by region")
    assert {"x.xlsx", "y.csv", "wide.csv"} <= {one.what for one in done.result.not_done}
    assert "z.csv" not in done.result.summary


async def test_the_same_question_has_the_same_answer(do: Do, tmp_path: Path) -> None:
    make(tmp_path, 71)
    make(tmp_path, 72)
    first = await do("analytics", tmp_path, "Analyse this data and show trends and outliers", type="reporting")
    second = await do("analytics", tmp_path, "Analyse this data and show trends and outliers", type="reporting")
    assert first.result == second.result and first.files == second.files
