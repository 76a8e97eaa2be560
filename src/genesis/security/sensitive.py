"""Marks for the parameters of tools that say where an effect goes or what is run.

    class SendInput(Frozen):
        to: Annotated[str, Recipient()]

The mark stands in the JSON Schema as `x-sensitive`, and the gate reads it from there: a mark that the schema does not
show cannot be forgotten by the gate alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel

from genesis.frozen import Frozen

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

Kind = Literal["recipient", "address", "place", "program"]
KEY = "x-sensitive"


@dataclass(frozen=True)
class _Mark:
    kind: ClassVar[Kind]

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(core), KEY: self.kind}


@dataclass(frozen=True)
class Recipient(_Mark):
    """Who gets something: a mail address, a channel, an account."""

    kind = "recipient"


@dataclass(frozen=True)
class Address(_Mark):
    """What is connected to: a URL, a host, or a path at an address that another argument names."""

    kind = "address"


@dataclass(frozen=True)
class Place(_Mark):
    """Where something is written: a path, or the name that makes one."""

    kind = "place"


@dataclass(frozen=True)
class Program(_Mark):
    """What is run, or goes into what others run: code, a command, a patch."""

    kind = "program"


class Value(Frozen):
    """A sensitive value of a call. `argument`: where it stands, such as `urls.0`."""

    argument: str
    kind: Kind
    text: str


def values(given: BaseModel) -> tuple[Value, ...]:
    """The sensitive values of a tool's input, in order of its fields; what is None is no value."""
    schema = _schema(type(given))
    if not _marked(type(given)):
        return ()
    return tuple(_walk(given.model_dump(by_alias=True), schema, schema.get("$defs", {}), None, ""))


def sensitive(model: type[BaseModel]) -> bool:
    """Whether any parameter is marked."""
    return _marked(model)


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


@cache
def _marked(model: type[BaseModel]) -> bool:
    stack: list[Any] = [_schema(model)]
    while stack:
        at = stack.pop()
        if isinstance(at, dict):
            if KEY in at:
                return True
            stack.extend(at.values())
        elif isinstance(at, list):
            stack.extend(at)
    return False


def _walk(data: Any, schema: Any, defs: dict[str, Any], kind: Kind | None, place: str) -> Iterator[Value]:
    """Data and schema side by side. A mark holds for all that is under it; of alternatives each is followed."""
    found: dict[tuple[str, str], Value] = {}
    for one in _forms(schema, defs):
        under: Kind | None = one.get(KEY, kind)
        if isinstance(data, dict):
            properties, other = one.get("properties", {}), one.get("additionalProperties", {})
            for name, value in data.items():
                inner = properties.get(name, other)
                for hit in _walk(value, inner, defs, under, f"{place}.{name}" if place else name):
                    found[hit.argument, hit.kind] = hit
                if under is not None:  # of a marked mapping the keys count too
                    key = f"{place}.{name} (the key)"
                    found[key, under] = Value(argument=key, kind=under, text=name)
        elif isinstance(data, list | tuple | set | frozenset):
            first = one.get("prefixItems", [])
            for number, value in enumerate(sorted(data, key=str) if isinstance(data, set | frozenset) else data):
                inner = first[number] if number < len(first) else one.get("items", {})
                for hit in _walk(value, inner, defs, under, f"{place}.{number}" if place else str(number)):
                    found[hit.argument, hit.kind] = hit
        elif under is not None and data is not None:
            found[place, under] = Value(argument=place, kind=under, text=str(data))
    yield from found.values()


def _forms(schema: Any, defs: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What a schema may mean: itself, what it refers to, its alternatives; each with the marks above it."""
    stack: list[tuple[Any, Any]] = [(schema, None)]
    seen = 0
    while stack and seen < 100:  # a schema that refers to itself has no end
        seen += 1
        at, mark = stack.pop()
        if not isinstance(at, dict):
            at = {}  # `true`: anything
        mark = at.get(KEY, mark)
        refers = [defs[at["$ref"].rpartition("/")[2]]] if "$ref" in at else []
        refers += [one for word in ("anyOf", "allOf", "oneOf") for one in at.get(word, ())]
        stack.extend((one, mark) for one in refers)
        if not refers or "properties" in at or "items" in at:
            yield at if mark is None else {**at, KEY: mark}
