"""Words of names and sentences, made alike: so that "Order dates" meets the column `orderDate`."""

from __future__ import annotations

import re
import unicodedata

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """The words of a name or a sentence: lower case, no accents, the plural's end off.

    >>> words("orderDates_by Städte (2024)")
    ['order', 'date', 'by', 'stadte', '2024']
    """
    spaced = _CAMEL.sub(" ", text)
    bare = "".join(c for c in unicodedata.normalize("NFKD", spaced) if not unicodedata.combining(c)).casefold()
    return [stem(word) for word in _WORD.findall(bare)]


def stem(word: str) -> str:
    """A noun without its plural's end.

    >>> [stem(word) for word in ("categories", "sales", "boxes", "status", "class", "us")]
    ['category', 'sale', 'box', 'status', 'class', 'us']
    """
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("xes", "ches", "shes", "sses")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def one_line(text: str) -> str:
    """Text out of a cell as it may stand in a sentence: one line, nothing that a terminal would act on.

    >>> one_line("a\\n b\\x1b[2J")
    'a b[2J'
    """
    return "".join(c for c in " ".join(text.split()) if c.isprintable())


def wordset(text: str) -> frozenset[str]:
    """The words of a list that is written as one text."""
    return frozenset(text.split())
