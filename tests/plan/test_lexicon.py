"""The lexicon file: what is in it must be usable, and what is wrong with a file must be said."""

from __future__ import annotations

import re

import pytest

from genesis.errors import FileInvalid
from genesis.plan import lexicon
from genesis.plan.lexicon import FILE, Lexicon, LexiconFile
from genesis.plan.text import SKIPPED, tokens
from genesis.yamlfile import parse_yaml, read_yaml


def test_every_pattern_matches_its_own_words() -> None:
    """A pattern that cannot match (a word that the tokenizer never makes, a dropped article) is dead weight."""
    file = read_yaml(FILE, LexiconFile)
    loaded = lexicon.load()
    dead = []
    for signal, sources in file.signals.items():
        for source in sources:
            words = []
            for word in source.removeprefix("^").split():
                choices = word.rstrip("?").split("|")
                first = next((one for one in choices if one not in SKIPPED), choices[0])
                if first.startswith("@"):
                    first = file.classes[first[1:]].words[0]
                if first != "..":
                    words.append(first.replace("_", " "))
            if not loaded.signals[signal].found(tokens(" ".join(words))):
                dead.append((signal, source))
    assert dead == []


def lexicon_of(text: str) -> Lexicon:
    return Lexicon(parse_yaml(text, LexiconFile, name="mine.yaml"), "mine.yaml")


@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [("@nothing here", "no class '@nothing'"), ("maybe? here", "cannot be optional"), ("..", "nothing in it")],
)
def test_a_bad_pattern_is_named(pattern: str, complaint: str) -> None:
    bad = lexicon_of(f"signals: {{harm: ['{pattern}']}}")
    with pytest.raises(FileInvalid, match=re.escape(complaint)):
        _ = bad.signals


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("@go .. tests", "kick off all the unit tests", True),
        ("@go .. tests", "run one two three four five six tests", False),
        ("^ship it", "please ship it", True),
        ("^ship it", "the plan is to have a ship it", False),
        ("red|green light?", "green", True),
        ("red|green light?", "light", False),
    ],
)
def test_the_form_of_patterns(pattern: str, text: str, matches: bool) -> None:
    loaded = lexicon_of(f"{{classes: {{go: {{verb: true, words: [run, kick off]}}}}, signals: {{x: ['{pattern}']}}}}")
    assert loaded.signals["x"].found(tokens(text)) is matches
