"""What the service keeps. schema.sql and openapi.json say the same of the tables and of the interface."""

from typing import NamedTuple


class Field(NamedTuple):
    """`kind` is the kind of value, `references` the path of the entity whose id it holds, `hidden` never comes out."""

    name: str
    kind: str
    required: bool
    references: str | None = None
    hidden: bool = False


class Entity(NamedTuple):
    """Fields, and the five statements in full: no SQL is put together while the service runs."""

    fields: tuple[Field, ...]
    listing: str
    reading: str
    creating: str
    replacing: str
    deleting: str


ENTITIES: dict[str, Entity] = {}
"""By path."""
