"""Documents cut into passages: what stands under one heading, in pieces that can be read alone."""

from __future__ import annotations

from dataclasses import dataclass

from genesis.tools.documents.blocks import Block, Document

TARGET_CHARS = 1_400
MAX_PASSAGE_CHARS = 4_000


@dataclass(frozen=True)
class Passage:
    """Consecutive blocks under one heading path; `path` begins with the document's title."""

    document: Document
    path: tuple[str, ...]
    line: int
    blocks: tuple[Block, ...]


def passages(document: Document) -> list[Passage]:
    """The document's passages in order. A heading with nothing below it is none."""
    found: list[Passage] = []
    headings: list[Block] = []
    gathered: list[Block] = []

    def close() -> None:
        if gathered:
            path = tuple(" ".join(heading.text.split())[:200] for heading in headings)
            if not path or path[0] != document.title:
                path = (document.title, *path)
            line = headings[-1].line if headings and not (found and found[-1].path == path) else gathered[0].line
            found.append(Passage(document, path, line, tuple(gathered)))
            gathered.clear()

    size = 0
    for block in document.blocks:
        if block.kind in {"heading", "end"}:
            close()
            size = 0
            while headings and headings[-1].level >= block.level:
                headings.pop()
            if block.kind == "heading":
                headings.append(block)
            continue
        if gathered and _may_cut(gathered[-1], block, size):
            close()
            size = 0
        gathered.append(block)
        size += len(block.text)
    close()
    return found


def _may_cut(last: Block, block: Block, size: int) -> bool:
    if size + len(block.text) > MAX_PASSAGE_CHARS:
        return True
    if size < TARGET_CHARS:
        return False
    belongs = last.text.rstrip().endswith(":") or block.kind == "code" or block.kind == last.kind in {"item", "row"}
    return not belongs
