"""Fields from an enumeration: "name, e-mail (optional), number of seats and price (number)"."""

from __future__ import annotations

import re

from genesis.tools.entities.entity import (
    MAX_FIELDS,
    Field,
    Kind,
    identifier,
    kind_of_name,
    kind_of_word,
)

STOP = re.compile(
    r"(?i)\s*,?\s+(?:so that|so|because|which|that|where|when|while|using|on top of|please|in (?:the|our)\b"
    r"|as (?:an?|sqlite|openapi|sql)\b|in (?:sqlite|postgres|python|sql)\b"
    r"|(?:and|then) (?:make|write|add|generate|put|validate|test|let|check|deploy|give|scaffold|document|it)\b).*$"
)
# Before the name of a field only these are passed over: "make" of a car and "new password" are names.
_SMALL_WORDS = """
a also an and as each every exactly its me my of one optional or our required some the their to unique us your
"""
_SMALL = frozenset(_SMALL_WORDS.split())
_NO_ENTITY_WORDS = """
api app application backend change code crud database document endpoint entity example file free http model now
openapi page postgres project resource rest schema server service sql sqlite system table team test that them
this ui use validation web
"""
NO_ENTITY = frozenset(_NO_ENTITY_WORDS.split())


def fields_in(text: str) -> tuple[Field, ...]:
    """The fields that an enumeration lists: "name, e-mail (optional) and number of seats"."""
    found: dict[str, Field] = {}
    for words in split_list(STOP.sub("", text[:5_000])):
        kind, optional, unique, bare = marks_of(words)
        name = field_name(bare)
        if name is not None and len(found) < MAX_FIELDS:
            field = Field(name=name, kind=kind or kind_of_name(name), required=not optional, unique=unique)
            found.setdefault(name, field)
    return tuple(found.values())


def split_list(text: str) -> list[str]:
    """The parts of an enumeration; what is in brackets holds together."""
    parts = re.split(r"(?i)\s*(?:,|&|\+|\band\b|\bplus\b|\bas well as\b|\bor\b)\s*(?![^(]*\))", text)
    return [
        part.strip(" .:-*()") + (")" if "(" in part.strip(" .:-*()") else "") for part in parts if part.strip(" .:-*()")
    ]


def marks_of(words: str) -> tuple[Kind | None, bool, bool, str]:
    """Kind, optional and unique as they stand with a field, and the words without them."""
    optional = bool(re.search(r"(?i)\boptional(?:ly)?\b|\?\s*$|\bnullable\b", words))
    unique = bool(re.search(r"(?i)\bunique\b", words))
    words = re.sub(r"(?i)\b(?:optional(?:ly)?|unique|nullable)\b|\?", "", words)
    kind: Kind | None = None
    mark = re.search(r"\(([^)]*)\)|:\s*([\w-]+)\s*$|\bas (?:an? )?([\w-]+)\s*$", words)
    if mark:
        inside = next(group for group in mark.groups() if group is not None)
        kind = next((found for one in re.split(r"[,\s]+", inside) if (found := kind_of_word(one))), None)
        words = words[: mark.start()]
    return kind, optional, unique, words


def field_name(words: str) -> str | None:
    kept = [one for one in re.findall(r"[\w'-]+", words.replace("'s", "")) if one.lower() not in _SMALL]
    if not kept or len(kept) > 5:
        return None
    name = identifier("_".join(kept))
    if re.search(r"(?i)\bnumber of\b", words):
        name = "number_of_" + name.removeprefix("number_")
    return name if name and name != "id" and name not in NO_ENTITY - {"code", "model", "page", "file"} else None
