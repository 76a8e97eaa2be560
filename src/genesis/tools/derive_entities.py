"""What a service is to keep: from earlier tasks, from words, or from tables, models and SQL of the workspace."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated, Any

from pydantic import Field as Constrained

from genesis.finding import NotDone, Source
from genesis.frozen import Frozen, JsonValue
from genesis.security.workspace import Workspace
from genesis.tools.entities.entity import (
    MAX_ENTITIES,
    MAX_FIELDS,
    Entity,
    Field,
    identifier,
    kind_of_name,
    kind_of_word,
    singular,
)
from genesis.tools.entities.files import from_classes, from_sql, from_tables
from genesis.tools.entities.words import entities_in
from genesis.tools.tool import ToolContext, tool

# Any program has classes with fields; what it keeps is in files that say so.
MODELS = re.compile(
    r"(?:^|/)(?:models?|entit(?:y|ies)|domain|schemas?|tables?)(?:/[^/]+)?\.py$|(?:^|/)(?:models|entities|domain)/"
)


class DeriveEntitiesInput(Frozen):
    """`words`: what was asked, most particular first; `given`: entities of an earlier task ({name: [fields]} or a list
    of {"name", "fields"}). The workspace is asked when neither says anything, or for the files that the words name."""

    words: Annotated[tuple[str, ...], Constrained(max_length=4)] = ()
    given: JsonValue = None


class DeriveEntitiesOutput(Frozen):
    entities: tuple[Entity, ...]
    origin: str
    not_done: tuple[NotDone, ...] = ()


@tool(trust="file", timeout_s=60)
async def derive_entities(given: DeriveEntitiesInput, context: ToolContext) -> DeriveEntitiesOutput:
    """Finds the entities of a service, with fields, types, references, and where each comes from."""
    return await asyncio.to_thread(_derive, given, context.workspace)


def _derive(given: DeriveEntitiesInput, workspace: Workspace | None) -> DeriveEntitiesOutput:
    not_done: list[NotDone] = []
    text = " ".join(given.words)
    handed = _handed(given.given)
    if handed:
        return DeriveEntitiesOutput(entities=linked(handed), origin="the requirements")
    names = [file.name for file in workspace.files] if workspace else []
    # "b.csv" does not name "a/sub.csv": the whole file name counts
    asked = [name for name in names if re.search(rf"(?<![\w-]){re.escape(name.rpartition('/')[2])}(?!\w)", text)]
    if workspace and asked:
        found = [
            *from_tables(workspace, asked, not_done),
            *from_classes(workspace, asked, not_done),
            *from_sql(workspace, asked, not_done),
        ]
        if found:
            return _output(found, "the files that were named", not_done)
    for words in given.words:
        if spoken := entities_in(words):
            return _output(list(spoken), "the words of the objective", not_done)
    if workspace:
        for origin, found in (
            ("the SQL of the workspace", from_sql(workspace, names, not_done)),
            (
                "the classes of the workspace",
                from_classes(workspace, [one for one in names if MODELS.search(one)], not_done),
            ),
            ("the tables of the workspace", from_tables(workspace, names, not_done)),
        ):
            if found:
                return _output(found, origin, not_done)
    return DeriveEntitiesOutput(entities=(), origin="nothing", not_done=tuple(not_done))


def _output(found: list[Entity], origin: str, not_done: list[NotDone]) -> DeriveEntitiesOutput:
    once = {entity.name: entity for entity in reversed(found)}
    kept = [once[name] for name in dict.fromkeys(entity.name for entity in found)]
    if len(kept) > MAX_ENTITIES:
        what = f"{len(kept) - MAX_ENTITIES} of {len(kept)} entities"
        not_done.append(NotDone(what=what, why=f"at most {MAX_ENTITIES} are taken into one service"))
    return DeriveEntitiesOutput(entities=linked(kept[:MAX_ENTITIES]), origin=origin, not_done=tuple(not_done))


def linked(entities: list[Entity]) -> tuple[Entity, ...]:
    """A field `x_id` refers to the entity x if there is one; a reference to none is a plain field."""
    names = {entity.name for entity in entities}
    found = []
    for entity in entities:
        fields = []
        for field in entity.fields:
            meant = field.references or (field.name.removesuffix("_id") if field.name.endswith("_id") else None)
            if meant in names:
                name = field.name if field.name.endswith("_id") else f"{meant}_id"[:60]
                field = field.model_copy(update={"name": name, "kind": "integer", "references": meant})
            elif field.references:
                field = field.model_copy(update={"references": None})
            fields.append(field)
        found.append(entity.model_copy(update={"fields": tuple(fields)}))
    return tuple(found)


def _handed(given: JsonValue) -> list[Entity]:
    rows: list[tuple[Any, Any]] = []
    if isinstance(given, dict):
        rows = list(given.items())
    elif isinstance(given, list):
        rows = [(one.get("name"), one.get("fields")) if isinstance(one, dict) else (one, []) for one in given]
    found = []
    for name, fields in rows[:MAX_ENTITIES]:
        known = singular(identifier(str(name)))
        if not known:
            continue
        parts = [_handed_field(one) for one in (fields if isinstance(fields, list) else [])[:MAX_FIELDS]]
        settled = {field.name: field for field in parts if field}
        found.append(
            Entity(name=known, fields=tuple(settled.values()), source=Source(query=f"requirements: {name}"[:500]))
        )
    return found


def _handed_field(one: Any) -> Field | None:
    """A field from its name, from "age: integer", or from {"name", "type"}."""
    if isinstance(one, dict):
        words, word = str(one.get("name")), str(one.get("type") or one.get("kind") or "")
    else:
        words, _, word = str(one).partition(":")
    name = identifier(words)
    if not name or name == "id":
        return None
    required = not (isinstance(one, dict) and one.get("required") is False)
    return Field(name=name, kind=kind_of_word(word) or kind_of_name(name), required=required)
