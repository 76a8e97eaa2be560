"""Searches the workspace's documents; what support and research stand on."""

from __future__ import annotations

import asyncio
from typing import Annotated

from pydantic import Field

from genesis.finding import NotDone
from genesis.frozen import Frozen
from genesis.security.workspace import Workspace
from genesis.tools.documents.index import Hit, Index, Term
from genesis.tools.documents.library import Library, open_library
from genesis.tools.documents.sentences import Sentence, sentences
from genesis.tools.tool import ToolContext, tool

Query = Annotated[str, Field(min_length=1, max_length=2_000)]


class SearchDocumentsInput(Frozen):
    """`only`: the names of the files to look in (none given: all documents); `without`: those not to look in."""

    queries: Annotated[tuple[Query, ...], Field(min_length=1, max_length=50)]
    limit: Annotated[int, Field(ge=1, le=50)] = 8
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


class Cited(Sentence):
    """A sentence and what really stands on its line."""

    excerpt: str


class FoundPassage(Frozen):
    """A passage. `path`: the document's title and the headings above it; `coverage`: the share of the query's terms."""

    file: str
    path: tuple[str, ...]
    line: int
    language: str
    role: str
    score: float
    coverage: float
    sentences: tuple[Cited, ...]


class Answer(Frozen):
    """What one query found: its terms with how many passages have each, and the best passages, best first."""

    query: str
    terms: tuple[Term, ...]
    passages: tuple[FoundPassage, ...]


class SearchDocumentsOutput(Frozen):
    """`answers` in the order of the queries; `documents` and `searched` count what was searched."""

    answers: tuple[Answer, ...]
    documents: int
    searched: int
    left_out: tuple[NotDone, ...]


@tool(trust="file", timeout_s=90)
async def search_documents(given: SearchDocumentsInput, context: ToolContext) -> SearchDocumentsOutput:
    """Finds the passages of the workspace's documents (Markdown, reST, text, HTML) that queries ask for.

    Raises `NeedsMissing` without a workspace.
    """
    return await asyncio.to_thread(_search, given, context.workspace_for("searching documents"))


def _search(given: SearchDocumentsInput, workspace: Workspace) -> SearchDocumentsOutput:
    library = open_library(workspace, only=given.only, without=given.without)
    index = Index(library.documents)
    answers = []
    for query in given.queries:
        terms, hits = index.search(query, given.limit)
        answers.append(
            Answer(query=query, terms=tuple(terms), passages=tuple(_found(index, library, hit) for hit in hits))
        )
    return SearchDocumentsOutput(
        answers=tuple(answers),
        documents=len(library.documents),
        searched=len(index.passages),
        left_out=library.left_out,
    )


def _found(index: Index, library: Library, hit: Hit) -> FoundPassage:
    passage = index.passages[hit.passage]
    document = passage.document
    return FoundPassage(
        file=document.name,
        path=passage.path,
        line=passage.line,
        language=document.language,
        role=document.role,
        score=round(hit.score, 6),
        coverage=round(hit.coverage, 6),
        sentences=tuple(
            Cited(**one.model_dump(), excerpt=library.excerpt(document.name, one.line))
            for block in passage.blocks
            for one in sentences(block)
        ),
    )
