"""Extracts requirement statements from the objective and the workspace's documents, and judges their wording."""

from __future__ import annotations

import asyncio
from typing import Annotated

from pydantic import Field

from genesis.finding import NotDone
from genesis.frozen import Frozen
from genesis.security.workspace import Workspace
from genesis.tools.documents.library import Library, open_library
from genesis.tools.documents.words import guess_language
from genesis.tools.requirements.acceptance import Criterion, criterion
from genesis.tools.requirements.entities import entities
from genesis.tools.requirements.objective import statements_of_objective
from genesis.tools.requirements.statements import (
    MAX_STATEMENTS,
    Statement,
    is_about_requirements,
    statements_of,
)
from genesis.tools.requirements.wording import Remark, remarks
from genesis.tools.tool import ToolContext, tool


class Quoted(Frozen):
    """A sentence that an earlier task quoted from a document."""

    text: str
    file: str
    line: int


class ExtractRequirementsInput(Frozen):
    """`objective`: what was asked. `quoted`: sentences that earlier tasks handed over.

    `files`: the documents to read; none given: those that hold requirements by name, title or heading.
    """

    objective: Annotated[str, Field(max_length=20_000)]
    quoted: Annotated[tuple[Quoted, ...], Field(max_length=500)] = ()
    files: tuple[str, ...] = ()


class Requirement(Statement):
    """A statement with its number, what stands at its line (empty: not at hand), and its acceptance criterion."""

    id: str
    excerpt: str
    criterion: Criterion


class ExtractRequirementsOutput(Frozen):
    """`remarks` refer to requirements by their place. `entities`: names with attributes as found."""

    requirements: tuple[Requirement, ...]
    remarks: tuple[Remark, ...]
    entities: dict[str, tuple[str, ...]]
    documents: int
    read: tuple[str, ...]
    left_out: tuple[NotDone, ...]


@tool(trust="file", timeout_s=60)
async def extract_requirements(given: ExtractRequirementsInput, context: ToolContext) -> ExtractRequirementsOutput:
    """Finds numbered requirement statements, flags vague and conflicting ones, and derives acceptance criteria."""
    return await asyncio.to_thread(_extract, given, context.workspace)


def _extract(given: ExtractRequirementsInput, workspace: Workspace | None) -> ExtractRequirementsOutput:
    library = open_library(workspace, only=given.files) if workspace else Library((), {}, ())
    hinted = {one.name for one in library.documents if given.files or is_about_requirements(one)}
    found = statements_of_objective(given.objective)
    read = []
    for document in library.documents:
        of_document = statements_of(document, hinted=document.name in hinted)
        if of_document:
            read.append(document.name)
        found += of_document
    for one in given.quoted:
        found += [
            each.model_copy(update={"file": one.file, "line": one.line}) for each in statements_of_objective(one.text)
        ]
    left_out = list(library.left_out)
    if len(found) > MAX_STATEMENTS:
        left_out.append(NotDone(what=f"{len(found) - MAX_STATEMENTS} statements", why=f"over {MAX_STATEMENTS}"))
    statements = found[:MAX_STATEMENTS]
    language = guess_language(" ".join(one.text for one in statements))
    things = entities(statements, [one for one in library.documents if one.name in hinted])
    objective = given.objective.split("\n")
    return ExtractRequirementsOutput(
        requirements=tuple(
            Requirement(
                **one.model_dump(),
                id=f"REQ-{number:03d}",
                excerpt=_excerpt(one, library, objective),
                criterion=criterion(one),
            )
            for number, one in enumerate(statements, 1)
        ),
        remarks=tuple(remarks(statements, language)),
        entities={name: tuple(attributes) for name, attributes in things.items()},
        documents=len(library.documents),
        read=tuple(read),
        left_out=tuple(left_out),
    )


def _excerpt(one: Statement, library: Library, objective: list[str]) -> str:
    if one.file is None:
        return objective[one.line - 1].strip()[:200].strip()
    return library.excerpt(one.file, one.line) if one.file in library.lines else ""
