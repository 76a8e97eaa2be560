"""research: statements quoted with their places, contradictions and gaps shown, alternatives laid side by side."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from genesis.agents.research.aspects import aspects
from genesis.agents.research.comparison import names_in

Do = Callable[..., Awaitable[Any]]


def check_sources(result: Any, folder: Path) -> None:
    for one in (*(source for fact in result.facts for source in fact.sources), *(f.source for f in result.findings)):
        assert one is not None and one.file is not None
        assert one.excerpt and one.excerpt in (folder / one.file).read_text().split("\n")[one.line - 1]


def word(chance: random.Random) -> str:
    return "".join(chance.choices("bdfgklmnprst", k=4)) + "o" + "".join(chance.choices("lmnr", k=2))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Research remote work: equipment, insurance and home office days",
            ["equipment", "insurance", "home office days"],
        ),
        ("Please look into cargo bikes.", ["cargo bikes"]),
        ("Write a brief on bee keeping in cities from the documents, with citations", ["bee keeping in cities"]),
        (
            "What do the minutes say about the roof? Who pays for it?",
            ["What do the minutes say about the roof?", "Who pays for it?"],
        ),
        ("Find out about our heating:\n- age of the boiler\n- cost per year", ["age of the boiler", "cost per year"]),
    ],
)
def test_breaks_a_question_into_aspects(text: str, expected: list[str]) -> None:
    assert [one.text for one in aspects(text)] == expected


def test_hears_the_names_of_alternatives() -> None:
    assert names_in("compare Alpha Desk, Borealis and Cumulo on price") == ("Alpha Desk", "Borealis", "Cumulo")
    assert names_in("How does Orbit stack up against Nimbus?") == ("Nimbus",)
    assert names_in("compare the offers") == ()


@pytest.mark.parametrize("seed", [4, 19])
async def test_random_reports_against_an_oracle(do: Do, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    folder = tmp_path / "w"
    folder.mkdir()
    known, unknown = [word(chance) for _ in range(3)], "xylofrump"
    truth: dict[str, tuple[str, int]] = {}
    for number, one in enumerate(known):
        lines = [f"# Report {number}", ""]
        for _ in range(chance.randint(1, 5)):
            lines += [f"Nothing is said here about {word(chance)} or its neighbours.", ""]
        lines += [f"The {one} grows by {chance.randint(2, 90)} percent in every wet season.", ""]
        (folder / f"r{number}.md").write_text("\n".join(lines))
        truth[one] = (f"r{number}.md", len(lines) - 1)
    done = await do("research", folder, f"Research {known[0]}, {known[1]} and {unknown}")
    found = {one["aspect"]: one for one in done.result.outputs["brief"]["aspects"]}
    for one in known[:2]:
        assert truth[one] in [(each["file"], each["line"]) for each in found[one]["statements"]]
    assert found[unknown]["found"] is False
    assert any(unknown in one.what and unknown in one.why for one in done.result.not_done)
    assert not any(known[2] in fact.text for fact in done.result.facts)  # nobody asked for it
    check_sources(done.result, folder)
    brief = done.files["brief.md"].decode()
    assert f"{truth[known[0]][0]}:{truth[known[0]][1]}" in brief
    (folder / truth[known[0]][0]).unlink()  # take an input away, and what it alone said is gone
    again = await do("research", folder, f"Research {known[0]}, {known[1]} and {unknown}")
    assert {one["aspect"]: one["found"] for one in again.result.outputs["brief"]["aspects"]}[known[0]] is False


async def test_agreement_and_disagreement_are_told_apart(do: Do, tmp_path: Path) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / "a.md").write_text("# A\n\nThe harbour crane can lift 40 tons at low tide.\n")
    (folder / "b.md").write_text("# B\n\nThe harbour crane can lift 40 tons at low tide.\n")
    (folder / "c.md").write_text("# C\n\nThe harbour crane can lift 55 tons at low tide.\n")
    done = await do("research", folder, "Research the lifting power of the harbour crane at low tide")
    statements = done.result.outputs["brief"]["aspects"][0]["statements"]
    assert [(one["file"], one["agree"]) for one in statements] == [("a.md", 1)]
    (finding,) = done.result.findings
    assert "40 tons" in finding.message and "55 tons" in finding.message
    (folder / "c.md").unlink()
    assert (
        await do("research", folder, "Research the lifting power of the harbour crane at low tide")
    ).result.findings == ()


async def test_without_documents_there_are_questions_and_no_findings(do: Do, tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    for folder in (None, tmp_path / "w"):
        done = await do("research", folder, "Research heat pumps: noise, cost and subsidies")
        assert (done.result.level, done.result.facts, done.result.findings) == ("minimal", (), ())
        assert "questions, not findings" in done.files["outline.md"].decode()
        assert all(one in done.files["outline.md"].decode() for one in ("noise", "cost", "subsidies"))


def offers(chance: random.Random) -> tuple[list[str], list[str], dict[tuple[str, str], str]]:
    names = sorted({word(chance).title() for _ in range(4)})
    attributes = ["Price", "Hosting", "Support", "Export"]
    cells = {(name, one): f"{chance.randint(1, 99)} {word(chance)}" for name in names for one in attributes}
    for gap in chance.sample(sorted(cells), 3):
        del cells[gap]
    return names, attributes, cells


@pytest.mark.parametrize("form", ["table", "across", "csv", "files", "sections"])
@pytest.mark.parametrize("seed", [6, 40])
async def test_random_alternatives_against_an_oracle(do: Do, tmp_path: Path, form: str, seed: int) -> None:
    names, attributes, truth = offers(random.Random(seed))
    folder = tmp_path / "w"
    folder.mkdir()
    if form == "table":
        rows = ["| " + " | ".join([name, *(truth.get((name, one), "") for one in attributes)]) + " |" for name in names]
        head = ["| Tool | " + " | ".join(attributes) + " |", "|---" * 5 + "|"]
        (folder / "shortlist.md").write_text("# Shortlist\n\n" + "\n".join([*head, *rows]) + "\n")
    elif form == "across":
        rows = ["| " + " | ".join([one, *(truth.get((name, one), "") for name in names)]) + " |" for one in attributes]
        head = ["| Criterion | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
        (folder / "shortlist.md").write_text("# Shortlist\n\n" + "\n".join([*head, *rows]) + "\n")
    elif form == "csv":
        with (folder / "vendors.csv").open("w", newline="") as file:
            csv.writer(file).writerows(
                [
                    ["Vendor", *attributes],
                    *([name, *(truth.get((name, one), "") for one in attributes)] for name in names),
                ]
            )
    elif form == "files":
        (folder / "competitors").mkdir()
        for name in names:
            pairs = [f"{one}: {truth[name, one]}" for one in attributes if (name, one) in truth]
            (folder / "competitors" / f"{name.lower()}.md").write_text(f"# {name}\n\n" + "\n".join(pairs) + "\n")
    else:
        parts = []
        for name in names:
            parts.append(f"## {name}\n\n")
            parts += [f"- **{one}:** {truth[name, one]}\n" for one in attributes if (name, one) in truth]
            parts.append("\n")
        (folder / "market.md").write_text("# Market overview\n\n" + "".join(parts))
    done = await do("research", folder, "Compare the vendors", type="competitive_analysis")
    brief = done.result.outputs["brief"]
    assert {(one["alternative"], one["attribute"]): one["text"] for one in brief["cells"]} == truth
    gaps = {(one["alternative"], one["attribute"]) for one in brief["gaps"]}
    assert gaps == {(name, one) for name in names for one in attributes} - set(truth)
    check_sources(done.result, folder)
    table = list(csv.reader(io.StringIO(done.files["comparison.csv"].decode())))
    assert sorted(table[0][1:]) == names


async def test_a_name_that_nobody_describes_is_said(do: Do, tmp_path: Path) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / "market.md").write_text("# Market\n\n| Tool | Price |\n|---|---|\n| Alpha | 5 EUR |\n| Beta | 7 EUR |\n")
    done = await do("research", folder, "Compare Alpha, Beta and Gamma", type="competitive_analysis")
    assert any(one.what.startswith("Gamma") for one in done.result.not_done)


async def test_no_cell_of_the_matrix_is_a_formula(do: Do, tmp_path: Path) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    formula = "=HYPERLINK(1)"
    (folder / "market.md").write_text(f"# Market\n\n| Tool | Price |\n|---|---|\n| Alpha | {formula} |\n| Beta | 7 |\n")
    done = await do("research", folder, "Compare Alpha and Beta", type="competitive_analysis")
    assert ["Price", f"'{formula}", "7"] in list(csv.reader(io.StringIO(done.files["comparison.csv"].decode())))


async def test_documents_that_describe_no_alternatives_give_no_matrix(do: Do, tmp_path: Path) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / "notes.md").write_text("# Notes\n\nBorealis answers within two days, says a customer of theirs.\n")
    done = await do("research", folder, "Compare Borealis and Cumulo", type="competitive_analysis")
    assert any("comparison matrix" in one.what for one in done.result.not_done)
    assert any("Borealis answers within two days" in one.text for one in done.result.facts)
    assert any("Cumulo" in one.what for one in done.result.not_done)


async def test_hostile_input_breaks_nothing(do: Do, tmp_path: Path) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / "a.csv").write_bytes(b"\x00\xff" * 1000)
    (folder / "b.csv").write_text('"' + "x" * 300_000)
    (folder / "c.md").write_text("|" * 50_000 + "\n" + "|-" * 20_000 + "\n")
    (folder / "d.md").write_text("# D\n\n" + "a: b\n" * 5_000)
    done = await do("research", folder, "Compare the offers", type="competitive_analysis")
    assert done.result.summary
