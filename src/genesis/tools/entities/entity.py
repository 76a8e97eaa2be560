"""Entities: what a service keeps, with fields, types and references. And the names that code and SQL give them."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field as Constrained

from genesis.finding import Source
from genesis.frozen import Frozen

Kind = Literal["string", "text", "integer", "number", "boolean", "date", "datetime", "email", "url", "password"]

Identifier = Annotated[str, Constrained(pattern=r"^[a-z][a-z0-9_]{0,62}$")]

MAX_ENTITIES, MAX_FIELDS = 40, 60


class Field(Frozen):
    """`references`: the entity whose id this holds; its kind is then integer."""

    name: Identifier
    kind: Kind = "string"
    required: bool = True
    unique: bool = False
    references: Identifier | None = None

    @property
    def hidden(self) -> bool:
        """Whether it goes in and never comes out."""
        return self.kind == "password" or re.search(r"(?:^|_)(?:salt|hash|secret|token)$", self.name) is not None


class Entity(Frozen):
    """`name` is singular, `source` says where it comes from. Every entity has an integer `id` beside its fields."""

    name: Identifier
    fields: Annotated[tuple[Field, ...], Constrained(max_length=MAX_FIELDS)] = ()
    source: Source

    @property
    def table(self) -> str:
        """The plural, which names its table and its path."""
        return plural(self.name)


_BY_NAME: tuple[tuple[str, Kind], ...] = (
    (r"(?:^|_)pass(?:word|phrase|code)(?:_(?:again|confirmation|repeat(?:ed)?))?$|^pin$", "password"),
    (r"(?:^|_)e?_?mail(?:_address)?$", "email"),
    (r"(?:price|cost|rate|fee|amount)_per_[a-z]+$", "number"),
    (r"(?:^|_)(?:url|link|website|homepage)$", "url"),
    (r"(?:^|_)(?:timestamp|datetime)$|_at$|_time$|^time$", "datetime"),
    (r"(?:^|_)(?:date|day|birthday|deadline|dob)$|^(?:due|published|born|valid)_?(?:on|until|from)?$|_on$", "date"),
    (
        r"^(?:is|has|can|was)_|(?:^|_)(?:active|enabled|done|paid|archived|available|confirmed|completed|urgent)$",
        "boolean",
    ),
    (
        r"(?:^|_)(?:price|amount|cost|total|fee|salary|balance|rate|weight|height|width|length|latitude|longitude)$",
        "number",
    ),
    (r"(?:^|_)(?:temperature|distance|duration|percentage|share|tax|discount)$", "number"),
    (r"(?:^|_)(?:count|quantity|qty|stock|age|year|pages|seats|capacity|position|rank|points|score|size)$", "integer"),
    (r"^number_of_|(?:^|_)(?:minutes|hours|seconds|days|cents|floor)$", "integer"),
    (r"(?:^|_)(?:description|notes?|body|content|text|comments?|summary|bio|message|remarks?|address)$", "text"),
)

_WORDS: dict[str, Kind] = {
    **dict.fromkeys(("str", "string", "char", "varchar", "name", "code"), "string"),
    **dict.fromkeys(("text", "longtext", "markdown"), "text"),
    **dict.fromkeys(("int", "integer", "bigint", "smallint", "whole number", "serial"), "integer"),
    **dict.fromkeys(("float", "double", "decimal", "numeric", "number", "money", "real"), "number"),
    **dict.fromkeys(("bool", "boolean", "flag", "yes/no"), "boolean"),
    **dict.fromkeys(("date",), "date"),
    **dict.fromkeys(("datetime", "timestamp", "time", "timestamptz"), "datetime"),
    **dict.fromkeys(("email", "e-mail", "emailstr"), "email"),
    **dict.fromkeys(("password", "secretstr"), "password"),
    **dict.fromkeys(("url", "httpurl", "anyurl", "link"), "url"),
}


def kind_of_name(name: str) -> Kind:
    """The kind that a field's name suggests.

    >>> [kind_of_name(one) for one in ("unit_price", "e_mail", "created_at", "is_paid", "title", "number_of_pages")]
    ['number', 'email', 'datetime', 'boolean', 'string', 'integer']
    """
    return next((kind for pattern, kind in _BY_NAME if re.search(pattern, name)), "string")


def kind_of_word(word: str) -> Kind | None:
    """The kind that a type's name in any language means, or None."""
    return _WORDS.get(re.sub(r"\(.*|\s+not null.*", "", word.strip().lower()).strip())


def identifier(text: str) -> str:
    """Words as a name for code and SQL; "" when there is none in them.

    >>> identifier("E-mail address"), identifier("publishedOn"), identifier("2nd name"), identifier("!")
    ('e_mail_address', 'published_on', 'n2nd_name', '')
    """
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text.strip())
    name = re.sub(r"[^a-z0-9]+", "_", snake.lower()).strip("_")[:60].strip("_")
    return f"n{name}" if name[:1].isdigit() else name


_SAME = frozenset(
    {"news", "series", "species", "equipment", "data", "staff", "stock", "information", "feedback", "media"}
)
_ODD_ONES = {"person": "people", "child": "children", "man": "men", "woman": "women", "mouse": "mice", "foot": "feet"}
_ODD_ONES |= {one: f"{one}es" for one in ("status", "bus", "bonus", "virus", "campus", "gas", "alias", "lens")}
_ODD_ONES |= {one: f"{one}s" for one in ("movie", "cookie", "cache", "ache", "headache", "selfie")}
_ODD_ONES |= {"analysis": "analyses", "diagnosis": "diagnoses", "basis": "bases", "quiz": "quizzes", "index": "indexes"}
_ODD = {many: one for one, many in _ODD_ONES.items()}


def singular(word: str) -> str:
    """The singular of an English noun, of the last word in snake_case.

    >>> [singular(one) for one in ("books", "categories", "order_lines", "boxes", "address", "people", "status")]
    ['book', 'category', 'order_line', 'box', 'address', 'person', 'status']
    """
    head, _, last = word.rpartition("_")
    if last in _SAME or last in _ODD_ONES:
        one = last
    elif last in _ODD:
        one = _ODD[last]
    elif last.endswith("ies") and len(last) > 4:
        one = last[:-3] + "y"
    elif re.search(r"(?:x|ch|sh|ss|zz)es$", last):
        one = last[:-2]
    elif last.endswith(("ss", "us", "is")) or not last.endswith("s") or len(last) < 3:
        one = last
    else:
        one = last[:-1]
    return f"{head}_{one}" if head else one


def plural(word: str) -> str:
    """The plural of an English noun, of the last word in snake_case.

    >>> [plural(one) for one in ("book", "category", "order_line", "box", "address", "day", "person")]
    ['books', 'categories', 'order_lines', 'boxes', 'addresses', 'days', 'people']
    """
    head, _, last = word.rpartition("_")
    if last in _SAME:
        many = last
    elif last in _ODD_ONES:
        many = _ODD_ONES[last]
    elif re.search(r"[^aeiou]y$", last):
        many = last[:-1] + "ies"
    elif re.search(r"(?:s|x|z|ch|sh)$", last):
        many = last + "es"
    else:
        many = last + "s"
    return f"{head}_{many}" if head else many


def is_plural(word: str) -> bool:
    """Whether a noun is a plural that has another singular."""
    return singular(word) != word and plural(singular(word)) == word
