"""Gathers what the workspace itself says about its product; what marketing may claim, and nothing else."""

from __future__ import annotations

import asyncio
from typing import Annotated

from pydantic import Field

from genesis.finding import NotDone
from genesis.frozen import Frozen
from genesis.security.workspace import Workspace
from genesis.tools.documents.library import Library, decode, open_library
from genesis.tools.product.facts import ProductFact, facts_of_library, facts_of_objective, limited
from genesis.tools.product.metadata import FILES, facts_of_metadata
from genesis.tools.tool import ToolContext, tool


class GatherProductFactsInput(Frozen):
    """`objective`: it may say for whom, for how much and from when."""

    objective: Annotated[str, Field(max_length=20_000)]


class GatherProductFactsOutput(Frozen):
    """The facts: package files first, then front pages, then the other documents; the objective's last."""

    facts: tuple[ProductFact, ...]
    documents: int
    left_out: tuple[NotDone, ...]


@tool(trust="file", timeout_s=60)
async def gather_product_facts(given: GatherProductFactsInput, context: ToolContext) -> GatherProductFactsOutput:
    """Gathers facts about a product from package files, README, documents and changelog, each with its place."""
    return await asyncio.to_thread(_gather, given, context.workspace)


def _gather(given: GatherProductFactsInput, workspace: Workspace | None) -> GatherProductFactsOutput:
    library = open_library(workspace) if workspace else Library((), {}, ())
    found: list[ProductFact] = []
    names = {file.name for file in workspace.files} if workspace else set()
    for name in FILES:
        if workspace is not None and name in names:
            data = workspace.read_bytes(name)
            found += facts_of_metadata(name, (decode(data) or "").replace("\r\n", "\n")) if data is not None else []
    called = next((one.text for one in found if one.role == "name"), "")
    found += facts_of_library(library, called)
    found += facts_of_objective(given.objective)
    return GatherProductFactsOutput(
        facts=tuple(limited(found)), documents=len(library.documents), left_out=library.left_out
    )
