"""marketing: copy is the workspace's own words, what is not known is said, faults of pages stand where they are."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from genesis.errors import NeedsMissing

Do = Callable[..., Awaitable[Any]]


def check_sources(result: Any, folder: Path | None, objective: str = "") -> None:
    for one in (
        *(source for fact in result.facts for source in fact.sources),
        *(f.source for f in result.findings if f.source),
    ):
        if one.file is None:
            assert one.query == "the objective" and one.excerpt in objective
        else:
            assert folder is not None
            line = (folder / one.file).read_text().split("\n")[one.line - 1]
            assert one.excerpt == line.strip()[:200].strip()


def product(chance: random.Random, folder: Path) -> dict[str, Any]:
    name = "".join(chance.choices("bdfgklmnprst", k=4)).title() + "o"
    thing = f"{chance.choice(['tidy', 'small', 'plain'])} {chance.choice(['clock', 'planner', 'lamp'])}"
    what = f"{name} is a {thing} with {chance.randint(2, 9)} dials."
    features = [
        f"Shows {chance.randint(10, 99)} {word}"
        for word in chance.sample(["tides", "moons", "trains", "tasks", "birds"], 3)
    ]
    news = [f"Added the {word} dial" for word in chance.sample(["north", "south", "inner", "outer"], 2)]
    price = f"It costs {chance.randint(10, 99)} euros per month."
    (folder / "pyproject.toml").write_text(f'[project]\nversion = "1"\nname = "{name}"\ndescription = "{what}"\n')
    (folder / "README.md").write_text(
        f"# {name}\n\n[![badge](https://img.shields.io/x)](y)\n\n{what} Made for teachers.\n\n## Features\n\n"
        + "".join(f"- {one}\n" for one in features)
        + f"\n## Price\n\n{price}\n\n## Installation\n\n```console\n$ pip install {name.lower()}\n```\n"
    )
    (folder / "CHANGELOG.md").write_text(
        "# Changelog\n\n## Unreleased\n\n## 2.1.0\n\n"
        + "".join(f"- {one}\n" for one in news)
        + "\n## 2.0.0\n\n- Old thing removed\n"
    )
    return {"name": name, "what": what, "features": features, "news": news, "price": price}


@pytest.mark.parametrize("seed", [9, 27])
async def test_random_products_against_an_oracle(do: Do, tmp_path: Path, seed: int) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    truth = product(random.Random(seed), folder)
    done = await do("marketing", folder, "Prepare the launch, with a newsletter")
    content = done.result.outputs["content"]
    assert (content["name"], content["tagline"]) == (truth["name"], truth["what"])
    lines = {one["heading"]: [each["text"] for each in one["lines"]] for one in content["sections"]}
    assert lines["What it does"] == truth["features"]
    assert lines["New in 2.1.0"] == truth["news"]
    assert lines["Price and licence"] == [truth["price"]]
    assert lines["How to get it"] == [f"pip install {truth['name'].lower()}"]
    assert lines["For whom"] == ["Made for teachers."]
    assert content["missing"] == ["a figure that proves a benefit", "the date of the launch"]
    assert len(content["title"]) <= 60 and len(content["description"]) <= 155
    check_sources(done.result, folder)
    everything = "\n".join(path.read_text() for path in folder.iterdir()) + "Prepare the launch, with a newsletter"
    brief = done.files["launch-brief.md"].decode()
    checklist = brief.split("## Channels")[1].split("## Sources")[0]
    known = set(re.findall(r"\d+", everything)) | {str(len(truth["news"]))}
    assert set(re.findall(r"\d+", checklist)) <= known  # no invented figure
    (folder / "CHANGELOG.md").unlink()  # take an input away, and what it said is gone
    again = (await do("marketing", folder, "Prepare the launch")).result.outputs["content"]
    assert not any(one["heading"].startswith("New") for one in again["sections"])
    assert "what is new (a changelog)" in again["missing"]


async def test_claims_without_proof_are_left_out_and_said(do: Do, tmp_path: Path) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / "README.md").write_text(
        "# Brum\n\n![The van is a red one](v.png)\n\nBrum is a van.\n\n"
        "## Features\n\n- The fastest van in the world\n- Carries 900 kg\n"
    )
    done = await do("marketing", folder, "Write the page", type="content")
    (finding,) = done.result.findings
    assert (finding.kind, finding.source.line) == ("unproven_claim", 9)
    copy = done.files["page-copy.md"].decode()
    assert "fastest" not in copy and "red one" not in copy and "Carries 900 kg" in copy
    assert "launch-brief.md" not in done.files


async def test_the_objective_can_be_the_only_source(do: Do) -> None:
    objective = "Write a landing page for our time tracker for freelancers, 9 EUR per month, launches in May"
    done = await do("marketing", None, objective, type="content")
    assert {one.text for one in done.result.facts} == {
        "time tracker",
        "for freelancers",
        "9 EUR per month",
        "launches in May",
    }
    check_sources(done.result, None, objective)
    with pytest.raises(NeedsMissing, match="facts"):
        await do("marketing", None, "Write something nice", type="content")


async def test_requirements_are_plans_and_not_announced(do: Do, tmp_path: Path) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / "README.md").write_text("# Brum\n\nBrum is a van.\n")
    given = {"requirements": {"statements": [{"id": "REQ-001", "text": "Brum must fly."}]}}
    done = await do("marketing", folder, "Prepare the launch", inputs=given)
    brief = done.files["launch-brief.md"].decode()
    assert "Brum must fly." in brief.split("## Planned, not to be announced as there")[1]
    assert "Brum must fly." not in done.files["page-copy.md"].decode()


def page(chance: random.Random, number: int) -> tuple[str, list[str]]:
    """A page and the kinds of fault that were put into it."""
    faults = [
        kind
        for kind in (
            "missing_title",
            "missing_description",
            "image_without_text",
            "heading_jump",
            "missing_heading",
            "not_indexed",
        )
        if chance.random() < 0.4
    ]
    if "missing_heading" in faults and "heading_jump" in faults:
        faults.remove("heading_jump")
    head = [
        '<meta name="viewport" content="width=device-width">',
        f'<link rel="canonical" href="https://x.example/{number}">',
    ]
    if "missing_title" not in faults:
        head.append(f"<title>Page {number} of the garden club</title>")
    if "missing_description" not in faults:
        head.append(
            f'<meta name="description" content="Number {number}: what grows where in the garden, and who waters it.">'
        )
    if "not_indexed" in faults:
        head.append('<meta name="robots" content="noindex, follow">')
    body = [] if "missing_heading" in faults else [f"<h1>Garden {number}</h1>"]
    if "heading_jump" in faults:
        body.append("<h3>Deep</h3>")
    body.append("<img src='a.png'>" if "image_without_text" in faults else "<img src='a.png' alt=''>")
    chance.shuffle(head)
    return "<!doctype html>\n<html lang='en'>\n<head>\n" + "\n".join(head) + "\n</head>\n<body>\n" + "\n".join(
        body
    ) + "\n</body>\n</html>\n", faults


@pytest.mark.parametrize("seed", [12, 77])
async def test_random_pages_against_an_oracle(do: Do, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    folder = tmp_path / "w"
    folder.mkdir()
    truth: Counter[tuple[str, str]] = Counter()
    for number in range(9):
        text, faults = page(chance, number)
        (folder / f"p{number}.html").write_text(text)
        truth.update((f"p{number}.html", kind) for kind in faults)
    done = await do("marketing", folder, "Check the pages for search engines", type="seo")
    assert Counter((one.source.file, one.kind) for one in done.result.findings) == truth
    check_sources(done.result, folder)
    for one in done.result.findings:
        line = (folder / one.source.file).read_text().split("\n")[one.source.line - 1]
        tag = {"image_without_text": "<img", "heading_jump": "<h3", "not_indexed": "robots"}.get(one.kind, "")
        assert tag in line
    assert done.result.outputs["content"]["pages"] == 9


async def test_repeated_titles_long_texts_and_markdown_pages(do: Do, tmp_path: Path) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / "a.md").write_text(
        "---\ntitle: Visit us\ndescription: Short.\n---\n\n## Way\n\n![](map.png)\n\n```\n![](not-an-image.png)\n```\n"
    )
    (folder / "b.md").write_text("# Visit us\n\n#### Deep\n")
    (folder / "c.md").write_text(f"# {'long ' * 20}\n")
    done = await do("marketing", folder, "seo", type="seo")
    assert {(one.source.file, one.source.line, one.kind) for one in done.result.findings} == {
        ("a.md", 3, "description_length"),
        ("a.md", 8, "image_without_text"),
        ("b.md", 1, "duplicate_title"),
        ("b.md", 1, "missing_description"),
        ("b.md", 3, "heading_jump"),
        ("c.md", 1, "long_title"),
        ("c.md", 1, "missing_description"),
    }


async def test_pages_of_earlier_tasks_are_checked(do: Do) -> None:
    html = b"<html lang='en'><head><meta name=viewport><title>New</title></head><body><h1>New</h1></body></html>"
    patch = b"--- /dev/null\n+++ b/site/old.html\n@@ -0,0 +1,1 @@\n+" + html.replace(b"<title>New</title>", b"") + b"\n"
    done = await do("marketing", None, "seo", type="seo", artifacts={"new.html": html, "changes.patch": patch})
    assert {(one.source.file, one.kind) for one in done.result.findings if one.severity == "medium"} == {
        ("new.html", "missing_description"),
        ("site/old.html", "missing_description"),
        ("site/old.html", "missing_title"),
    }


async def test_nothing_to_check_and_hostile_pages(do: Do, tmp_path: Path) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    with pytest.raises(NeedsMissing, match="pages"):
        await do("marketing", folder, "seo", type="seo")
    (folder / "a.html").write_text("<html><head><title>" + "<!--<a<b" * 60_000)
    (folder / "b.html").write_bytes(b"\x00" * 500)
    (folder / "c.html").write_text("{% extends 'base' %}<html></html>")
    (folder / "package.json").write_text(json.dumps({"name": "x"})[:-1])
    done = await do("marketing", folder, "seo", type="seo")
    assert done.result.outputs["content"]["pages"] == 1
    assert any(one.what == "b.html" for one in done.result.not_done)
