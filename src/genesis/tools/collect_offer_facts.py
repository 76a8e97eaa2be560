"""What the workspace itself says of the offer, word for word: drafts may claim this and nothing else."""

from __future__ import annotations

import asyncio
import re
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import Field

from genesis.finding import Source
from genesis.frozen import Frozen
from genesis.tools.tabular.words import words, wordset
from genesis.tools.tool import ToolContext, tool

DOCUMENTS = frozenset({".md", ".txt", ".rst"})
TELLING = wordset(
    "offer product about pitch pricing price feature service benefit readme company overview brochure catalog"
)
MAX_FILES = 40
_SENTENCE = re.compile(r"[A-Z0-9][^.!?\n]{24,220}[.!]")
_NOISE = re.compile(
    r"https?://|```|[{}<>|`\\\]\[#=]|\b(?:TODO|FIXME|install|pip|import|copyright|licen[cs]e)\b", re.IGNORECASE
)


class CollectOfferFactsInput(Frozen):
    """`about`: words of the objective; sentences with more of them come first."""

    about: tuple[str, ...] = ()
    most: Annotated[int, Field(ge=1, le=20)] = 4


class OfferFact(Frozen):
    """A sentence of a document of the workspace, and its place."""

    text: str
    source: Source


class CollectOfferFactsOutput(Frozen):
    """Best first."""

    facts: tuple[OfferFact, ...]


@tool(trust="file", timeout_s=30)
async def collect_offer_facts(given: CollectOfferFactsInput, context: ToolContext) -> CollectOfferFactsOutput:
    """Collects sentences about the offer from the workspace's documents, each with its place."""
    return await asyncio.to_thread(_collect, given, context)


def _collect(given: CollectOfferFactsInput, context: ToolContext) -> CollectOfferFactsOutput:
    if context.workspace is None:
        return CollectOfferFactsOutput(facts=())
    asked = {word for text in given.about for word in words(text) if len(word) > 3}
    documents = []
    for file in context.workspace.files:
        path = PurePosixPath(file.name)
        if path.suffix.lower() in DOCUMENTS and not any(part.startswith(".") for part in path.parts):
            telling = bool(set(words(path.stem)) & TELLING)
            documents.append((not telling, len(path.parts), file.name))
    found: list[tuple[tuple[int, int, int], OfferFact]] = []
    for place, (plain, _, name) in enumerate(sorted(documents)[:MAX_FILES]):
        text = context.workspace.read_text(name)
        for number, line in enumerate((text or "").split("\n")[:400], start=1):
            sentence = _SENTENCE.search(line[:2000].strip().lstrip("-*• "))
            if sentence is None or _NOISE.search(sentence.group()):
                continue
            score = len(asked & set(words(sentence.group())))
            if plain and not score:
                continue
            source = Source(file=name, line=number, excerpt=line.strip()[:200])
            found.append(((-score, place, number), OfferFact(text=sentence.group(), source=source)))
    found.sort(key=lambda one: one[0])
    unique = {fact.text: fact for _, fact in found}
    return CollectOfferFactsOutput(facts=tuple(unique.values())[: given.most])
