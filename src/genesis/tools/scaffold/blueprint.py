"""What is to be scaffolded. Everything here was said in a statement, or follows from a name by a rule that is told."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

FieldType = Literal["str", "int", "float", "Decimal", "bool", "date", "datetime", "list[str]"]
Operation = Literal["add", "get", "all", "update", "remove", "find", "count"]


@dataclass(frozen=True)
class Statement:
    """A sentence that was asked for; `id` is the requirement's, or empty."""

    text: str
    id: str = ""


@dataclass(frozen=True)
class Rule:
    """A bound on a field: min, max, above, below are of a number, shortest and longest of a text."""

    kind: Literal["min", "max", "above", "below", "shortest", "longest", "one_of", "contains", "not_empty", "unique"]
    value: str = ""
    choices: tuple[str, ...] = ()


@dataclass
class Field:
    """A field of an entity. `assumed`: its type follows from its name, and was not said."""

    name: str
    type: FieldType
    assumed: bool
    optional: bool = False
    rules: list[Rule] = field(default_factory=list)


@dataclass
class Entity:
    """Something with fields; with `operations` it gets a store. `find_by` are the fields that it is looked for by.

    `unknown` are verbs of what is to be done with it that say too little.
    """

    name: str
    fields: list[Field]
    operations: set[Operation] = field(default_factory=set)
    find_by: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def snake(self) -> str:
        """The name in lower case with underscores."""
        return snake(self.name)


@dataclass(frozen=True)
class Example:
    """A stated call: `arguments` are source text of literals; either a `result` literal, or the exception it raises."""

    arguments: tuple[str, ...]
    result: str | None = None
    raises: str | None = None


@dataclass
class Function:
    """A stated function. `body` is an expression that was derived from its examples, None when it needs a model."""

    name: str
    parameters: list[tuple[str, str | None, str | None]]  # name, annotation, default
    returns: str | None = None
    purpose: str = ""
    examples: list[Example] = field(default_factory=list)
    body: str | None = None
    why_not: str = ""


@dataclass(frozen=True)
class Option:
    """A command line option (`--name`) or positional argument."""

    name: str
    positional: bool
    type: Literal["str", "int", "float", "flag"]
    default: str | None = None
    required: bool = False
    help: str = ""


@dataclass
class Blueprint:
    """The whole. `used` are the statements of which something was derived, by index."""

    name: str
    entities: list[Entity]
    functions: list[Function]
    options: list[Option]
    command_line: bool
    used: set[int] = field(default_factory=set)


def snake(name: str) -> str:
    """
    >>> snake("OrderLine"), snake("unit price"), snake("HTTP-Code")
    ('order_line', 'unit_price', 'http_code')
    """
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name.strip())
    return re.sub(r"[^a-z0-9]+", "_", split.lower()).strip("_")


def camel(name: str) -> str:
    """
    >>> camel("order line"), camel("Book"), camel("support_ticket")
    ('OrderLine', 'Book', 'SupportTicket')
    """
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", name) if part)


def plural(word: str) -> str:
    """
    >>> plural("book"), plural("box"), plural("city"), plural("day")
    ('books', 'boxes', 'cities', 'days')
    """
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    return word + ("es" if re.search(r"(?:s|x|z|ch|sh)$", word) else "s")
