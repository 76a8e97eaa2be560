"""Where a text is cut, and how its parts speak."""

from __future__ import annotations

import pytest

from genesis.plan import lexicon
from genesis.plan.clauses import split
from genesis.plan.text import plain, tokens

VERBS = lexicon.load().verbs


def parts(text: str) -> list[str]:
    return [clause.text for clause in split(text, VERBS)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Run the tests and scan the code.", ["Run the tests", "and scan the code"]),
        ("an audit of the pages, a test run", ["an audit of the pages", "a test run"]),
        ("1. Specify it.\n2. Build it.", ["Specify it", "Build it"]),
        ("- map modules\n- list cycles", ["map modules", "list cycles"]),
        ("test it, then ship it", ["test it", "then ship it"]),
        ("ship it if the tests pass", ["ship it", "if the tests pass"]),
        ("ask Mr. Smith about 2.7.1 today", ["ask Mr. Smith about 2.7.1 today"]),
    ],
)
def test_clauses(text: str, expected: list[str]) -> None:
    assert parts(text) == expected


def test_telling_is_not_asking() -> None:
    moods = {clause.text: clause.mood for clause in split("Our pipeline broke yesterday. Please run the tests.", VERBS)}
    assert moods == {"Our pipeline broke yesterday": "tell", "Please run the tests": "ask"}


def test_places_survive_accents_and_quotes() -> None:
    text = "Prüfe “Straße” — café\u2019s Menü.html, bitte"
    assert len(plain(text)) == len(text)
    assert [text[t.start : t.end] for t in tokens(text)][:2] == ["Prüfe", "Straße"]
    assert next(t.stem for t in tokens(text) if "html" in t.word) == "pagefile"


def test_kinds_of_files() -> None:
    stems = [t.stem for t in tokens("see a.csv, b.py, docs/ and /refunds, api/openapi.json at https://x.example/y")]
    assert [s for s in stems if s not in {"see", "and", "at"}] == [
        "datafile", "codefile", "folder", "slashpath", "openapi", "weblink",
    ]  # fmt: skip
