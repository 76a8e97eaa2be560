"""The lexicon file: what is in it must be usable, and what is wrong with a file must be said."""

from __future__ import annotations

import re

import pytest

from genesis.errors import FileInvalid
from genesis.plan import Catalog, lexicon
from genesis.plan.lexicon import FILE, Lexicon, LexiconFile, Matcher, winners
from genesis.plan.text import SKIPPED, tokens
from genesis.yamlfile import parse_yaml, read_yaml


def test_every_kind_of_task_of_the_fleet_has_words_and_every_word_a_kind(catalog: Catalog) -> None:
    assert set(read_yaml(FILE, LexiconFile).types) == set(catalog.by_name)


def test_every_pattern_matches_its_own_words(catalog: Catalog) -> None:
    """A pattern that cannot match (a word that the tokenizer never makes, a dropped article) is dead weight."""
    file = read_yaml(FILE, LexiconFile)
    loaded = lexicon.load()
    dead = []
    for target, group in file.types.items():
        for source in (*group.sure, *group.alone, *group.likely, *group.hint):
            words = []
            for word in source.removeprefix("^").split():
                choices = word.rstrip("?").split("|")
                first = next((one for one in choices if one not in SKIPPED), choices[0])
                if first.startswith("@"):
                    first = file.classes[first[1:]].words[0]
                if first != "..":
                    words.append(first.replace("_", " "))
            pattern = loaded._compile(source, (target,), 1.0)
            line = " ".join(word.stem for word in tokens(" ".join(words)) if word.word not in SKIPPED)
            if not pattern.regex.search(line):
                dead.append((target, source))
    assert dead == []


def test_a_kind_is_given_once() -> None:
    file = read_yaml(FILE, LexiconFile)
    for target, group in file.types.items():
        sources = [*group.sure, *group.alone, *group.likely, *group.hint]
        assert len(sources) == len(set(sources)), target


def test_the_longest_match_wins_a_word(catalog: Catalog) -> None:
    reader = catalog.reader
    (read,) = reader.read("build a pricing model")
    assert read.sure == {"finance"}


def lexicon_of(text: str) -> Lexicon:
    return Lexicon(parse_yaml(text, LexiconFile, name="mine.yaml"), "mine.yaml")


@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [("@nothing here", "no class '@nothing'"), ("maybe? here", "cannot be optional"), ("..", "nothing in it")],
)
def test_a_bad_pattern_is_named(pattern: str, complaint: str) -> None:
    bad = lexicon_of(f"types: {{a.b: {{sure: ['{pattern}']}}}}")
    with pytest.raises(FileInvalid, match=re.escape(complaint)):
        bad.matcher(["a.b"])


def test_the_form_of_patterns() -> None:
    loaded = lexicon_of("classes: {go: {verb: true, words: [run, kick off]}}")

    def found(pattern: str, text: str) -> list[int]:
        matches = winners(Matcher([loaded._compile(pattern, ("x",), 1.0)]).find(tokens(text)))
        return sorted(place for match in matches for place in match.won)

    assert found("@go .. tests", "kick off all the unit tests") == [5]
    assert found("@go .. tests", "run one two three four five six tests") == []
    assert found("^ship it", "please ship it") == [1]
    assert found("^ship it", "the plan is to have a ship it") == []
    assert found("red|green light?", "green light") == [0, 1]
