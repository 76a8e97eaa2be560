"""support: answers are the documents' own sentences, absence is said, tickets are judged by words that are shown."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from genesis.errors import NeedsMissing

Do = Callable[..., Awaitable[Any]]
HANDBOOK = Path(__file__).parent.parent / "tools" / "handbook"

ANSWERED = {
    "How do I reset my password?": ("accounts.md", 5),
    "How long can I follow the link in the mail?": ("accounts.md", 7),
    "how many characters does a password need": ("accounts.md", 13),
    "Who can close an account?": ("accounts.md", 17),
    "What does a standard plot cost a year?": ("fees.rst", 9),
    "When do refunds reach my bank account?": ("fees.rst", 15),
    "What is the yearly fee of a large plot?": ("fees.rst", 27),
    "Wann wird das Wasser abgestellt?": ("regeln.md", 9),
    "Quand ont lieu les visites guidées ?": ("visites.html", 6),
    "¿Cuándo se reparte el abono?": ("reglas.txt", 5),
}
ABSENT = [
    "How do I rent a bouncy castle?",
    "Which insurance covers broken greenhouses?",
    "Can I pay with cryptocurrency?",
    "What is the wifi password of the clubhouse kitchen?",
    "Darf ich Hühner halten?",
]


def check_sources(result: Any, folder: Path) -> None:
    """Every fact and finding has a source, and its excerpt is at that file and line."""
    for one in (*(source for fact in result.facts for source in fact.sources), *(f.source for f in result.findings)):
        assert one is not None
        if one.file is not None:
            line = (folder / one.file).read_text(errors="replace").split("\n")[one.line - 1]
            assert one.excerpt and one.excerpt in line, (one.file, one.line, one.excerpt)


@pytest.mark.parametrize("question", ANSWERED)
async def test_answers_with_the_sentence_and_its_place(do: Do, question: str) -> None:
    done = await do("support", HANDBOOK, question, type="help")
    answer = done.result.outputs["answer"]["questions"][0]
    assert answer["answered"], done.result.summary
    assert ANSWERED[question] in [(one["file"], one["line"]) for one in answer["sources"]], answer["sources"]
    check_sources(done.result, HANDBOOK)


@pytest.mark.parametrize("question", ABSENT)
async def test_says_that_the_documents_do_not_say(do: Do, question: str) -> None:
    done = await do("support", HANDBOOK, question, type="help")
    assert done.result.summary.startswith("The documents do not say"), done.result.summary
    assert done.result.facts == ()
    assert any(question in one.what for one in done.result.not_done)


async def test_steps_stay_in_order_and_code_is_kept(do: Do) -> None:
    done = await do("support", HANDBOOK, "Tell the customer how to reset the password.", type="help")
    page = done.files["answer.md"].decode()
    places = [page.index(text) for text in ("1. Open the sign-in page", "2. Enter the e-mail", "3. Follow the link")]
    assert places == sorted(places)
    assert "$ allotment passwd --reset you@example.org" in page


async def test_finds_the_question_inside_a_mail_and_answers_several(do: Do) -> None:
    mail = (
        "A member wrote: 'Dear all, lovely weather! Can you tell me when refunds reach my bank account? Also, who can "
        "close an account? Yours, Kim'. Please answer from the documents."
    )
    done = await do("support", HANDBOOK, mail)
    answers = done.result.outputs["answer"]["questions"]
    assert [one["answered"] for one in answers] == [True, True]
    assert "ten working days" in answers[0]["text"] and "owner" in answers[1]["text"]


async def test_questions_can_stand_in_a_named_file(do: Do, tmp_path: Path) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / "rules.md").write_text("# Rules\n\n## Dogs\n\nDogs must be kept on a lead of at most 2 metres.\n")
    (folder / "mail.txt").write_text("Hello,\nhow long may the lead of a dog be?\nBye")
    done = await do("support", folder, "Answer the questions in mail.txt from rules.md")
    answer = done.result.outputs["answer"]["questions"][0]
    assert answer["sources"] == [{"file": "rules.md", "line": 5}]


@pytest.mark.parametrize("seed", [5, 23])
async def test_random_handbooks_against_an_oracle(do: Do, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    folder = tmp_path / f"w{seed}"
    folder.mkdir()
    things = [
        "".join(chance.choices("bdfgklmnprst", k=3)) + "a" + "".join(chance.choices("lmnr", k=2)) for _ in range(12)
    ]
    things = sorted(set(things))
    truth: dict[str, tuple[str, int, int]] = {}
    for number, thing in enumerate(things):
        figure = chance.randint(11, 997)
        name = f"page{number % 4}.md"
        with (folder / name).open("a") as file:
            filler = chance.choice(["Everybody likes it.", "It stands in the yard.", "Ask the keeper for the key."])
            file.write(f"# The {thing}\n\n{filler}\nThe {thing} weighs {figure} kilograms. {filler}\n\n")
        truth[thing] = (name, (folder / name).read_text().split(f"The {thing} weighs")[0].count("\n") + 1, figure)
    asked, removed = chance.sample(things, 2)
    done = await do("support", folder, f"Somebody asks: how many kilograms does the {asked} weigh?")
    name, line, figure = truth[asked]
    answer = done.result.outputs["answer"]["questions"][0]
    assert {"file": name, "line": line} in answer["sources"]
    assert f"weighs {figure} kilograms" in done.result.summary
    check_sources(done.result, folder)
    for page in folder.glob("*.md"):  # take the answer away, and the answer changes
        page.write_text("\n".join(one for one in page.read_text().split("\n") if removed not in one))
    done = await do("support", folder, f"Somebody asks: how many kilograms does the {removed} weigh?")
    assert done.result.outputs["answer"]["questions"][0]["answered"] is False
    assert removed in done.result.summary


async def test_contradicting_documents_are_shown_side_by_side(do: Do, tmp_path: Path) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / "a.md").write_text("# Loans\n\nBooks can be kept for 21 days by every member.\n")
    (folder / "b.md").write_text("# Loans\n\nBooks can be kept for 28 days by every member.\n")
    done = await do("support", folder, "How long can books be kept?")
    assert [one.kind for one in done.result.findings] == ["documents_disagree"]
    page = done.files["answer.md"].decode()
    assert "21 days" in page and "28 days" in page
    (folder / "b.md").write_text("# Loans\n\nBooks can be kept for 21 days by every member.\n")
    assert (await do("support", folder, "How long can books be kept?")).result.findings == ()


async def test_trouble_is_matched_to_its_documented_cause_and_cure(do: Do) -> None:
    done = await do("support", HANDBOOK, "The display says E17 valve stuck. What now?", type="troubleshooting")
    page = done.files["answer.md"].decode()
    cause, cure = page.split("**Documented cause**")[1].split("**Documented cure**")
    assert "closed while the pump was running" in cause and "by hand" not in cause
    assert "open the valve by hand" in cure and "closed while" not in cure
    assert "battery" not in page
    gate = await do("support", HANDBOOK, "Our gate does not open since this morning", type="troubleshooting")
    assert "hold your card against the reader" in gate.files["answer.md"].decode()


async def test_without_workspace_or_documents_it_needs_them(do: Do, tmp_path: Path) -> None:
    with pytest.raises(NeedsMissing, match="workspace"):
        await do("support", None, "How do I reset my password?")
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "blob.bin").write_bytes(bytes(range(256)))
    with pytest.raises(NeedsMissing, match="documents"):
        await do("support", tmp_path / "w", "How do I reset my password?")
    with pytest.raises(NeedsMissing, match="tickets"):
        await do("support", tmp_path / "w", "Triage the tickets")


# Ticket triage. The oracle knows the templates, not the rules' words.
TEMPLATES = [
    ("security", "P1", "Account of {who} was hacked", "Somebody hacked it and all our users are affected."),
    ("payment", "P2", "{who}: charged twice", "The card was charged twice for one invoice."),
    ("access", "P3", "{who} cannot log in", "The password is rejected."),
    ("feature", "P4", "Wish of {who}", "It would be nice to have a dark mode."),
    ("question", "P4", "{who} asks", "How do I rename a folder?"),
]


def tickets(chance: random.Random, count: int) -> tuple[list[dict[str, str]], dict[str, tuple[str, str]]]:
    rows, truth = [], {}
    for number in range(count):
        category, priority, subject, body = chance.choice(TEMPLATES)
        who = "".join(chance.choices("bcdfghjkl", k=5)).title()
        extra = " ".join("".join(chance.choices("mnpqrstvw", k=6)) for _ in range(9))
        key = f"X-{100 + number}"
        rows.append(
            {"id": key, "subject": subject.format(who=who), "description": f"{body} {extra}.", "created": "2031-05-04"}
        )
        truth[key] = (category, priority)
    return rows, truth


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "md"])
@pytest.mark.parametrize("seed", [2, 31])
async def test_random_tickets_against_an_oracle(do: Do, tmp_path: Path, form: str, seed: int) -> None:
    rows, truth = tickets(random.Random(seed), 25)
    folder = tmp_path / "w"
    folder.mkdir()
    if form == "csv":
        with (folder / "tickets.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    elif form == "json":
        (folder / "tickets.json").write_text(json.dumps({"tickets": rows}, indent=1))
    elif form == "jsonl":
        (folder / "tickets.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    else:
        head = "| " + " | ".join(rows[0]) + " |\n|" + "---|" * len(rows[0]) + "\n"
        (folder / "tickets.md").write_text(
            "# Tickets\n\n" + head + "".join("| " + " | ".join(row.values()) + " |\n" for row in rows)
        )
    done = await do("support", folder, "Triage the tickets")
    found = {one["id"]: (one["category"], one["priority"]) for one in done.result.outputs["answer"]["tickets"]}
    assert found == truth
    check_sources(done.result, folder)
    table = list(csv.DictReader(io.StringIO(done.files["triage.csv"].decode())))
    assert [one["priority"] for one in table] == sorted(priority for _, priority in truth.values())
    assert all(one["why"] for one in table)


async def test_duplicates_negations_ages_and_formulas(do: Do, tmp_path: Path) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / "tickets.csv").write_text(
        "id,subject,description,created,priority\n"
        "1,Printer jams on envelopes,The printer on floor three jams whenever envelopes are fed,2030-01-02,\n"
        "2,Envelopes jam the printer,Printer on floor three jams whenever envelopes are fed again,2030-01-03,\n"
        "3,Nothing lost,There was no data loss and it is not urgent,2030-01-30,\n"
        '4,"=HYPERLINK(""http://127.0.0.1"")",All our users get an error and cannot log in,2030-01-30,low\n'
    )
    done = await do("support", folder, "Triage the tickets")
    found = {one["id"]: one for one in done.result.outputs["answer"]["tickets"]}
    assert found["2"]["duplicate_of"] == "1" and found["1"]["duplicate_of"] == ""
    assert found["3"]["points"] == 0 and found["3"]["category"] != "data_loss"
    assert found["1"]["points"] == 2  # 28 days before the newest, and nothing else
    assert found["4"]["priority"] == "P1"
    assert {one.kind for one in done.result.findings} == {"urgent_ticket", "underrated_ticket"}
    assert "'=HYPERLINK" in done.files["triage.csv"].decode()
