"""spec: requirements are numbered where they stand, weak wording is shown, work is ordered by what waits for what."""

from __future__ import annotations

import random
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from genesis.errors import NeedsMissing

Do = Callable[..., Awaitable[Any]]


def check_sources(result: Any, folder: Path | None, objective: str) -> None:
    for one in (
        *(source for fact in result.facts for source in fact.sources),
        *(f.source for f in result.findings if f.source),
    ):
        if one.file is None:
            assert one.query == "the objective" and one.excerpt in objective.split("\n")[one.line - 1]
        else:
            assert folder is not None
            assert one.excerpt and one.excerpt in (folder / one.file).read_text().split("\n")[one.line - 1]


def made(chance: random.Random) -> tuple[str, dict[int, tuple[str, str]], int]:
    """A document, its requirement lines with text and kind, and how many of them are vague."""
    lines = ["# Requirements of the depot", "", "This text introduces the depot and its people.", ""]
    truth: dict[int, tuple[str, str]] = {}
    vague = 0
    for _ in range(chance.randint(6, 12)):
        thing = "".join(chance.choices("bdfgklmnprst", k=5))
        figure = chance.randint(2, 60)
        kind, text = chance.choice(
            [
                ("must", f"The {thing} must be checked every {figure} days."),
                ("must", f"The {thing} shall load fast."),
                ("should", f"The {thing} should weigh at most {figure} kg."),
                ("may", f"The {thing} may be painted."),
                ("story", f"As a driver, I want to find the {thing} so that I lose no time."),
            ]
        )
        vague += "fast" in text
        lines.append(f"- {text}" if chance.random() < 0.5 else text)
        truth[len(lines)] = (text, kind)
        lines.append("")
    lines += ["## Out of scope", "", "- The gate must be repaired.", ""]
    return "\n".join(lines), truth, vague


@pytest.mark.parametrize("seed", [1, 8])
async def test_random_documents_against_an_oracle(do: Do, tmp_path: Path, seed: int) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    text, truth, vague = made(random.Random(seed))
    (folder / "depot-requirements.md").write_text(text)
    done = await do("spec", folder, "Number the requirements")
    statements = done.result.outputs["requirements"]["statements"]
    found = {int(one["source"].rpartition(":")[2]): (one["text"], one["kind"]) for one in statements}
    assert found == truth
    assert [one["id"] for one in statements] == [f"REQ-{number:03d}" for number in range(1, len(truth) + 1)]
    assert sum(one.kind == "vague_requirement" for one in done.result.findings) == vague
    check_sources(done.result, folder, "")
    first = min(truth)  # take a line away, and its requirement is gone
    (folder / "depot-requirements.md").write_text(text.replace(truth[first][0], "Nothing.", 1))
    again = await do("spec", folder, "Number the requirements")
    assert len(again.result.outputs["requirements"]["statements"]) == len(truth) - 1


async def test_conflicts_repetitions_units_and_open_points(do: Do, tmp_path: Path) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / "spec.md").write_text(
        "# Spec\n\n"
        "- When a booking is cancelled, the hall shall be freed within 5 minutes.\n"
        "- When a booking is cancelled, the hall shall be freed within 15 minutes.\n"
        "- The mail must be sent within 7.\n"
        "- The colour of the door must be TBD.\n"
        "- Every caretaker must carry a key.\n"
        "- Every caretaker must carry a key.\n"
        "- The list must load fast (under 2 seconds).\n"
    )
    done = await do("spec", folder, "Sharpen the requirements")
    assert [(one.kind, one.severity, one.source.line) for one in done.result.findings] == [
        ("no_unit_requirement", "medium", 5),
        ("undecided_requirement", "medium", 6),
        ("conflict_requirement", "high", 4),
        ("duplicate_requirement", "low", 8),
    ]
    questions = done.result.outputs["requirements"]["questions"]
    assert "REQ-001 or REQ-002: which one holds?" in questions and "REQ-003: which unit has 7?" in questions


async def test_the_objective_alone_is_enough(do: Do) -> None:
    objective = (
        "We need a web app for a library: members can log in, search books, borrow a book and return it; librarians "
        "must be able to add books with title, author and shelf.\n"
        "Overdue loans should trigger a reminder after 14 days."
    )
    done = await do("spec", None, objective, type="specification")
    output = done.result.outputs["requirements"]
    assert [one["text"] for one in output["statements"]] == [
        "members can log in",
        "members can search books",
        "members can borrow a book",
        "members can return it",
        "librarians must be able to add books with title, author and shelf.",
        "Overdue loans should trigger a reminder after 14 days.",
    ]
    assert output["entities"] == {"Book": ["title", "author", "shelf"]}
    assert output["acceptance"][1] == {
        "id": "REQ-002",
        "given": "members",
        "when": "they try to search books",
        "then": "it succeeds",
    }
    assert output["acceptance"][5]["when"] == "14 days have passed"
    check_sources(done.result, None, objective)


@pytest.mark.parametrize(
    ("text", "given", "when", "then"),
    [
        ("When the door opens, the light must go on.", "the light", "the door opens", "the light must go on"),
        ("The alarm shall sound if the water rises.", "the alarm", "if the water rises", "The alarm shall sound"),
        (
            "As a guest I want to see the menu so that I can choose.",
            "a guest",
            "they want to see the menu",
            "I can choose",
        ),
    ],
)
async def test_criteria_are_made_of_the_sentence(do: Do, text: str, given: str, when: str, then: str) -> None:
    done = await do("spec", None, text)
    (criterion,) = done.result.outputs["requirements"]["acceptance"]
    assert (criterion["given"], criterion["when"], criterion["then"]) == (given, when, then)


async def test_entities_come_from_sentences_and_tables(do: Do, tmp_path: Path) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / "requirements.md").write_text(
        "# Requirements\n\nA member has a name, an e-mail address and a phone number.\n\n"
        "- Members can cancel reservations.\n\n"
        "## Entity Court\n\n| Field | Type |\n|---|---|\n| surface | text |\n| length | integer |\n"
    )
    done = await do("spec", folder, "Number the requirements")
    assert done.result.outputs["requirements"]["entities"] == {
        "Court": ["surface: text", "length: integer"],
        "Member": ["name", "e-mail address", "phone number"],
        "Reservation": [],
    }
    assert any("Reservation" in one.what for one in done.result.not_done)


async def test_work_is_ordered_by_what_waits_for_what(do: Do) -> None:
    objective = (
        "- Members must be able to delete a comment.\n- Visitors must be able to add a comment.\n"
        "- Admins should see all reports as PDF.\n- Members must be able to log in."
    )
    done = await do("spec", None, objective, type="planning")
    items = {one["requirement"]: one for one in done.result.outputs["requirements"]["work"]}
    order = [one["requirement"] for one in done.result.outputs["requirements"]["work"]]
    assert items["REQ-001"]["after"] == [items["REQ-002"]["id"]]
    assert items["REQ-003"]["after"] == [items["REQ-004"]["id"]]
    for one in items.values():
        assert all(before < one["id"] for before in one["after"])
    assert order.index("REQ-002") < order.index("REQ-001")
    assert items["REQ-003"]["size"] == "M" and items["REQ-002"]["size"] == "S"
    assert "1 + 2 for" in done.files["plan.md"].decode()


async def test_statements_of_a_brief_keep_their_place(do: Do) -> None:
    brief = {
        "aspects": [{"statements": [{"text": "The bell must ring twice.", "file": "notes.md", "line": 7, "agree": 0}]}]
    }
    done = await do("spec", None, "Write the specification", inputs={"brief": brief})
    (one,) = done.result.outputs["requirements"]["statements"]
    assert (one["text"], one["source"]) == ("The bell must ring twice.", "notes.md:7")


async def test_a_readme_with_features_holds_no_requirements(do: Do, tmp_path: Path) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / "README.md").write_text(
        "# Tool\n\nYou must install it first.\n\n## Features\n\n- Reads files\n- Can write files\n"
    )
    with pytest.raises(NeedsMissing, match="statements"):
        await do("spec", folder, "Extract the requirements")


async def test_other_languages_and_hostile_input(do: Do, tmp_path: Path) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / "lastenheft.md").write_text(
        "# Lastenheft\n\nDie Pumpe muss nach 5 Sekunden stehen.\n\nDer Deckel sollte schließen.\n"
    )
    (folder / "cahier.txt").write_text("Exigences\n\nLe système doit envoyer un courriel en 2 minutes.\n")
    (folder / "requisitos.md").write_text("# Requisitos\n\nEl sistema debe guardar cada pedido.\n")
    (folder / "spec-bad.md").write_bytes(b"\xff\xfe\x00")
    (folder / "spec-huge.md").write_text("# Spec\n\nThe door must " + "open and " * 100_000 + "close.\n")
    done = await do("spec", folder, "Extract the requirements")
    statements = done.result.outputs["requirements"]["statements"]
    kinds = {re.sub(r":\d+", "", one["source"]): one["kind"] for one in statements}
    assert kinds["cahier.txt"] == kinds["requisitos.md"] == "must"
    assert [one["kind"] for one in statements if one["source"].startswith("lastenheft")] == ["must", "should"]
