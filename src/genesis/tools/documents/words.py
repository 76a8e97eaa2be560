"""Words and their stems: enough English for search, and a fallback that does no harm to other languages."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from pathlib import Path

from genesis.frozen import Frozen
from genesis.yamlfile import read_yaml

LANGUAGES = ("en", "de", "fr", "es")


class _WordLists(Frozen):
    stop: dict[str, str]
    asking: str
    synonyms: tuple[str, ...]


@cache
def _lists() -> _WordLists:
    return read_yaml(Path(__file__).with_name("words.yaml"), _WordLists)


@cache
def stop_words(language: str) -> frozenset[str]:
    """Words that say how a sentence is built and not what it is about. `language`: one of `LANGUAGES`."""
    return frozenset(_lists().stop[language].split())


@cache
def asking_words() -> frozenset[str]:
    """What people wrap around a question ("please", "customer")."""
    return frozenset(_lists().asking.split())


def says_nothing(word: str) -> bool:
    """Whether a word only wraps a question or builds a sentence, in any language."""
    lowered = word.lower()
    return lowered in asking_words() or any(lowered in stop_words(language) for language in LANGUAGES)


@cache
def synonyms() -> dict[str, frozenset[str]]:
    """The stems that stand for an English stem, besides itself."""
    found: dict[str, set[str]] = {}
    for group in _lists().synonyms:
        stems = {stem(word) for word in group.split()}
        for one in stems:
            found.setdefault(one, set()).update(stems - {one})
    return {word: frozenset(others) for word, others in found.items()}


_WORD = re.compile(r"[^\W_](?:['\u2019]?\w)*(?:[-./+]\w+)*(?:\+\+|#)?")
_PARTS = re.compile(r"[-./+_]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_VOWEL = re.compile(r"[aeiouy]")
MAX_WORD_CHARS = 64


def words(text: str) -> list[str]:
    """The words as they stand, in order; `MAX_CONTENT_LENGTH`, `app.run` and `re-use` are one word each."""
    return [word[:MAX_WORD_CHARS] for word in _WORD.findall(text)]


def parts(word: str) -> list[str]:
    """A compound's parts, or nothing when it is no compound.

    >>> parts("MAX_CONTENT_LENGTH"), parts("getUserName"), parts("mail")
    (['max', 'content', 'length'], ['get', 'user', 'name'], [])
    """
    found = [piece.lower() for chunk in _PARTS.split(word) if chunk for piece in _CAMEL.split(chunk) if len(piece) > 1]
    return found if len(found) > 1 else []


def guess_language(text: str) -> str:
    """`en`, `de`, `fr` or `es`, by which function words occur most; `en` when nothing tells."""
    seen = [word.lower() for word in words(text[:20_000])]
    counts = {name: sum(word in stop_words(name) for word in seen) for name in LANGUAGES}
    best = max(counts, key=lambda name: (counts[name], name == "en"))
    return best if counts[best] else "en"


def fold(word: str) -> str:
    """Lower case without accents: people leave them out when they ask."""
    lowered = word.lower().replace("ß", "ss").replace("\u2019", "'")
    if lowered.isascii():
        return lowered
    return "".join(one for one in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(one))


@lru_cache(maxsize=200_000)
def stem(word: str, language: str = "en") -> str:
    """What a word's forms share. Light on purpose: a stem that merges too much finds the wrong passage.

    >>> [stem(word) for word in ("configuring", "configuration", "configured", "queries", "passwords")]
    ['configur', 'configur', 'configur', 'query', 'password']
    >>> stem("Passwörter", "de") == stem("Passwort", "de")
    True
    """
    folded = fold(word)
    if len(folded) < 4 or any(character.isdigit() for character in folded):
        return folded
    return _english(folded) if language == "en" else _other(folded)


def _english(word: str) -> str:
    word = word.removesuffix("'s").removesuffix("'")
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "xes", "ches", "shes", "zes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for suffix in ("ing", "ed"):
        rest = word.removesuffix(suffix)
        if rest != word and len(rest) >= 3 and _VOWEL.search(rest):
            word = rest[:-1] if rest[-1] == rest[-2] and rest[-1] not in "lsz" else rest
            break
    for suffix, least in (("ation", 4), ("ition", 4), ("ment", 3), ("ness", 4), ("able", 4), ("ible", 4), ("ly", 4)):
        if word.endswith(suffix) and len(word) - len(suffix) >= least:
            word = word[: -len(suffix)]
            break
    else:
        if (word.endswith(("tion", "sion")) and len(word) > 6) or (word.endswith("ate") and len(word) > 6):
            word = word[:-3]
    if word.endswith("e") and len(word) > 3:
        word = word[:-1]
    return word


_OTHER_SUFFIXES = (
    *(
        "ungen",
        "heiten",
        "keiten",
        "ciones",
        "amente",
        "ement",
        "ations",
        "ation",
        "ung",
        "heit",
        "keit",
        "cion",
        "mente",
        "ment",
    ),
    *("ern", "en", "er", "es", "em", "ez", "os", "as", "ar", "ir", "e", "n", "s", "a", "o"),
)


def _other(word: str) -> str:
    for suffix in _OTHER_SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 4:
            return word[: -len(suffix)]
    return word
