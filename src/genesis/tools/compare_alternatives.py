"""Finds alternatives that the documents describe (tables, profiles, sections) and lays them side by side."""

from __future__ import annotations

import asyncio
from typing import Annotated

from pydantic import Field

from genesis.finding import NotDone
from genesis.frozen import Frozen
from genesis.security.workspace import Workspace
from genesis.tools.alternatives.gathering import Cell, cells_of_documents, cells_of_table
from genesis.tools.documents.library import decode, open_library, split_lines
from genesis.tools.tool import ToolContext, tool

MAX_ALTERNATIVES = 30


class CompareAlternativesInput(Frozen):
    """`names`: the alternatives that are asked for. Without them only places count that say they compare."""

    names: Annotated[tuple[str, ...], Field(max_length=30)] = ()


class CompareAlternativesOutput(Frozen):
    """`cells` in the order of alternatives and attributes; two for one place when sources differ.

    `absent`: names that were asked for, and that no table, document or section describes.
    """

    alternatives: tuple[str, ...]
    attributes: tuple[str, ...]
    cells: tuple[Cell, ...]
    absent: tuple[str, ...]
    documents: int
    left_out: tuple[NotDone, ...]


@tool(trust="file", timeout_s=60)
async def compare_alternatives(given: CompareAlternativesInput, context: ToolContext) -> CompareAlternativesOutput:
    """Makes a comparison matrix of the alternatives that tables, CSV files, documents or sections describe.

    Raises `NeedsMissing` without a workspace.
    """
    return await asyncio.to_thread(
        _compare, given, context.workspace_for("comparing alternatives that documents describe")
    )


def _compare(given: CompareAlternativesInput, workspace: Workspace) -> CompareAlternativesOutput:
    library = open_library(workspace)
    wanted = {_key(name): name for name in given.names}
    groups = cells_of_documents(library)
    for file in workspace.files:
        if file.name.lower().endswith((".csv", ".tsv")):
            data = workspace.read_bytes(file.name)
            text = decode(data) if data is not None else None
            if text is not None:
                groups += cells_of_table(file.name, split_lines(text), tuple(given.names))
    chosen = [
        group for group in groups if group.hinted or wanted.keys() & {_key(cell.alternative) for cell in group.cells}
    ]
    cells = [cell for group in chosen for cell in group.cells]
    names: dict[str, str] = {}
    attributes: dict[str, str] = {}
    for cell in cells:
        names.setdefault(_key(cell.alternative), cell.alternative)
        attributes.setdefault(_key(cell.attribute), cell.attribute)
    ordered = list(names)[:MAX_ALTERNATIVES]
    merged: dict[tuple[str, str, str], Cell] = {}
    for cell in cells:
        key = (_key(cell.alternative), _key(cell.attribute), _key(cell.text))
        same = cell.model_copy(update={"alternative": names[key[0]], "attribute": attributes[key[1]]})
        if key[0] in ordered:
            merged.setdefault(key, same)
    places = {name: at for at, name in enumerate(ordered)}
    columns = {name: at for at, name in enumerate(attributes)}
    found = sorted(merged.values(), key=lambda one: (places[_key(one.alternative)], columns[_key(one.attribute)]))
    left_out = list(library.left_out)
    if len(names) > MAX_ALTERNATIVES:
        left_out.append(NotDone(what=f"{len(names) - MAX_ALTERNATIVES} alternatives", why=f"over {MAX_ALTERNATIVES}"))
    return CompareAlternativesOutput(
        alternatives=tuple(names[one] for one in ordered),
        attributes=tuple(attributes.values()),
        cells=tuple(found),
        absent=tuple(name for key, name in wanted.items() if key not in names),
        documents=len(library.documents),
        left_out=tuple(left_out),
    )


def _key(text: str) -> str:
    return " ".join(text.lower().split()).strip(" .:*")
