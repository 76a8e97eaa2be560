"""Sentences, each with the line on which it begins."""

from __future__ import annotations

import re

from genesis.frozen import Frozen
from genesis.tools.documents.blocks import Block, Kind

_END = re.compile(r"[.!?…][\"'”\u2019»)\]*_`]{0,3}\s+")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:e\.g|i\.e|etc|vs|cf|approx|incl|excl|no|nr|fig|sec|art|dr|mr|mrs|ms|prof|st|inc|ltd|co|corp|jr|sr|"
    r"z\.\s?b|d\.\s?h|u\.\s?a|bzw|ca|usw|ggf|inkl|str|tel|abs|p\.\s?ej|ej|sra?|av|env|[A-Z])\.$",
    re.IGNORECASE,
)
MAX_SENTENCE_CHARS = 1_200


class Sentence(Frozen):
    """A sentence, item, table row or code block; `line` is where it begins, the rest is its block's.

    `block` tells the sentences of one block from those of the next: it is the line on which the block begins.
    """

    text: str
    line: int
    kind: Kind
    block: int
    number: int = 0
    level: int = 0
    cells: tuple[str, ...] = ()
    header: tuple[str, ...] = ()


def sentences(block: Block) -> list[Sentence]:
    """The sentences of a block; rows and code stay whole."""
    if block.kind in {"code", "row"}:
        text = block.text if block.kind == "code" else " ".join(block.text.split())
        return [
            Sentence(
                text=text, line=block.line, kind=block.kind, block=block.line, cells=block.cells, header=block.header
            )
        ]
    found = []
    for start, end in _spans(block.text):
        raw = block.text[start:end]
        lead = len(raw) - len(raw.lstrip())
        text = " ".join(raw.split())
        if text:
            line = block.line + block.text.count("\n", 0, start + lead)
            found.append(
                Sentence(
                    text=text[:MAX_SENTENCE_CHARS],
                    line=line,
                    kind=block.kind,
                    block=block.line,
                    number=block.number,
                    level=block.level,
                )
            )
    return found


def _spans(text: str) -> list[tuple[int, int]]:
    spans, start = [], 0
    for match in _END.finditer(text):
        end = match.end()
        following = text[end : end + 1]
        if following.islower() and text[match.start()] != "…" and following:
            continue  # "version 2. of", "e.g. this": no sentence begins with a small letter
        if text[match.start()] == "." and _ABBREVIATION.search(
            text[max(start, match.start() - 12) : match.start() + 1]
        ):
            continue
        spans.append((start, end))
        start = end
    if start < len(text):
        spans.append((start, len(text)))
    return spans
