"""Words of a text as planning sees them: lower case, no accents, light stems, and what kind of file a name is."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache


def word_set(line: str) -> frozenset[str]:
    """The words of a line as a set."""
    return frozenset(line.split())


_TOKEN = re.compile(
    r"https?://\S+"
    r"|/[a-z][\w/{}-]*"  # a path of an API, or of a machine
    r"|\.{0,2}[\w.-]*/(?:[\w.-]+/?)*(?<![.])"  # files and folders
    r"|--?[a-z][\w-]+"  # options of commands
    r"|[\w-]*[a-z_][\w-]*(?:\.[\w-]+)*\.[a-z]\w{0,7}\b"  # file names
    r"|[^\W_]+(?:[.'_+][^\W_]+)*"  # a hyphen parts words: "break-even" is written in three ways
    r"|%"
)
_KINDS = {
    "datafile": "csv tsv parquet json jsonl xlsx xls ods feather ndjson",
    "docfile": "md txt pdf docx doc rst odt eml html-txt",
    "codefile": "py js ts tsx jsx go rs java rb php c cc cpp h cs sh bash kt swift",
    "sqlfile": "sql ddl",
    "configfile": "yaml yml toml ini cfg conf lock env",
    "pagefile": "html htm css svg",
}
_NAMED = {
    "openapi": "openapi",
    "swagger": "openapi",
    "requirements": "lockfile",
    "package": "lockfile",
    "readme": "readme",
}
"""Files whose name says more than their ending."""
_KIND_OF = {ending: kind for kind, endings in _KINDS.items() for ending in endings.split()}
KINDS = frozenset({*_KINDS, *_NAMED.values(), "folder", "slashpath", "weblink"})

SKIPPED = word_set(
    "a an the our my your their his her this that these those some any all each every both please just also "
    "really very own whole entire new quick quickly kindly der die das den dem des ein eine einen einem einer "
    "unser unsere unseren unserer mein meine bitte mal el la los las un una unos unas nuestro nuestra nuestros "
    "nuestras mi tu su sus le les des du une notre nos mes leur ces cette ce cet"
)
"""Words that stand between others without changing what is asked."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word: as written in lower case without accents, its stem, and where it stands in the text."""

    word: str
    stem: str
    start: int
    end: int


_AS_THEY_ARE = word_set(
    "site sites fixed paged note notes heading headings marketing "
    "paging messaging training meeting building string during news sales"
)
"""Words that would fall together with another one of quite another meaning."""
_PLAIN = {"\u2019": "'", "\u2018": "'", "\u2013": "-", "\u2014": "-", "\u00df": "s"}
"""Typographic quotes and dashes, and the sharp s."""


def plain(text: str) -> str:
    """Lower case without accents; as long as it came, so that places in it are places in `text`."""
    if text.isascii():
        return text.lower()
    out = []
    for character in text:
        base = unicodedata.normalize("NFKD", character)[0]
        lower = _PLAIN.get(character, base.lower())
        out.append(lower if len(lower) == 1 else character)
    return "".join(out)


def tokens(text: str) -> list[Token]:
    """The words of `text`, in order. A name of a file or place has its kind as its stem: datafile, docfile, codefile,
    pagefile, folder, slashpath, weblink."""
    found = []
    for match in _TOKEN.finditer(plain(text)):
        word = match.group().rstrip(".")
        word = word.removesuffix("'s")
        if word:
            word = "percent" if word == "%" else word
            found.append(Token(word, _kind(word) or stem(word), match.start(), match.end()))
    return found


def _kind(word: str) -> str | None:
    if word.startswith(("http:", "https:")):
        return "weblink"
    base = word.rsplit("/", 1)[-1]
    name, dot, ending = base.rpartition(".")
    if dot and name and ending in _KIND_OF:
        for start, kind in _NAMED.items():
            if name.startswith(start):
                return kind
        return _KIND_OF[ending]
    if word.startswith("/"):
        return "slashpath"
    if "/" in word:
        left, _, right = word.partition("/")
        return "folder" if word.endswith("/") or not (left.isalpha() and right.isalpha()) else None
    return None


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A light stem, the same for text and lexicon: endings s, es, ies, ed, ing and a final e go.

    >>> [stem(w) for w in ("tests", "testing", "deployed", "releases", "releasing", "queries", "pricing", "address")]
    ['test', 'test', 'deploy', 'releas', 'releas', 'query', 'pric', 'address']
    """
    if len(word) <= 3 or not word.isalpha() or word in KINDS or word in _AS_THEY_ARE:
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "ches", "shes", "xes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and re.search("[aeiouy]", word[: -len(ending)]):
            word = word[: -len(ending)]
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiousl":
                word = word[:-1]
            break
    if word.endswith("e") and len(word) > 3:
        word = word[:-1]
    return word
