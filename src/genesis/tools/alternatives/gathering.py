"""Gathers cells (alternative, attribute, text, place) from the ways in which documents describe alternatives."""

from __future__ import annotations

import csv
import itertools
import re
from collections import Counter, defaultdict
from dataclasses import dataclass

from genesis.frozen import Frozen
from genesis.tools.documents.blocks import Block, Document
from genesis.tools.documents.library import Library
from genesis.tools.documents.sentences import sentences

MAX_CELL_CHARS = 300
_HINT = re.compile(
    r"(?i)compet|vendor|alternativ|compar|market|option|rival|provider|supplier|shortlist|candidates?\b|"
    r"wettbewerb|concurren"
)
_NAMES = re.compile(
    r"(?i)^(product|name|vendor|tool|competitors?|company|provider|option|alternative|supplier|service|library|"
    r"framework|"
    r"software|solution|brand|platform|system|plan|package|model|anbieter|produkt|fournisseur|produit|proveedor|"
    r"producto)s?$"
)
_OFFERED = re.compile(r"(?i)^(vendor|competitor|provider|alternative|supplier|anbieter|fournisseur|proveedor)s?$")
_CRITERIA = re.compile(
    r"(?i)^(|features?|criteri(?:on|a)|attributes?|aspects?|dimension|property|capability|requirement|merkmal|"
    r"critère|criterio)$"
)
_PAIR = re.compile(r"^([^\W\d_][^:\n]{1,40}?)\s*(?::|\u2013|\u2014)\s+(\S.*)$", re.DOTALL)


class Cell(Frozen):
    """What a source says about one attribute of one alternative."""

    alternative: str
    attribute: str
    text: str
    file: str
    line: int
    excerpt: str


@dataclass(frozen=True)
class Group:
    """Cells of alternatives described alike. `hinted`: the place's name says that it compares."""

    cells: tuple[Cell, ...]
    hinted: bool


def cells_of_table(file: str, lines: list[str], names: tuple[str, ...]) -> list[Group]:
    """The group of a CSV file whose rows, or whose columns, are alternatives; none when it holds other data."""
    delimiter = max(",;\t", key=lines[0][:5_000].count) if lines else ","
    reader = csv.reader((f"{line}\n" for line in lines[:2_000]), delimiter=delimiter)
    rows = []
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except (StopIteration, csv.Error):
            break
        if any(cell.strip() for cell in cells):
            rows.append((line, tuple(cell.strip() for cell in cells)))
    if not 3 <= len(rows) <= 200:
        return []
    header = rows[0][1]
    found = _matrix(file, header, rows[1:], lines, names, hinted=_HINT.search(file) is not None)
    return [found] if found else []


def _matrix(
    file: str,
    header: tuple[str, ...],
    rows: list[tuple[int, tuple[str, ...]]],
    lines: list[str],
    names: tuple[str, ...],
    *,
    hinted: bool,
) -> Group | None:
    asked = {name.lower() for name in names}
    across = bool(_CRITERIA.match(header[0])) or bool(asked & {cell.lower() for cell in header[1:]})
    if len(header) < 2 or not (across or _NAMES.match(header[0])):
        return None
    cells = []
    for line, row in rows:
        for column, text in enumerate(row[1 : len(header)], 1):
            alternative, attribute = (header[column], row[0]) if across else (row[0], header[column])
            if text and alternative and attribute:
                cells.append(_cell(alternative, attribute, text, file, line, lines))
    alternatives = {cell.alternative for cell in cells}
    hinted = hinted or across or bool(_OFFERED.match(header[0]))
    return Group(tuple(cells), hinted) if len(alternatives) >= 2 else None


def _cell(alternative: str, attribute: str, text: str, file: str, line: int, lines: list[str]) -> Cell:
    return Cell(
        alternative=" ".join(alternative.split())[:100],
        attribute=" ".join(attribute.split()).strip(" :")[:60],
        text=" ".join(text.split())[:MAX_CELL_CHARS],
        file=file,
        line=line,
        excerpt=lines[line - 1].strip()[:200].strip(),
    )


@dataclass
class _Node:
    """A document or a section that may describe an alternative."""

    name: str
    family: tuple[str, ...]  # what its siblings share: folder, or document and parent heading
    file: str
    cells: list[tuple[str, str, int]]


def cells_of_documents(library: Library) -> list[Group]:
    """The groups that the documents hold: tables, documents with the same sections or keys, sections alike."""
    groups = []
    nodes: list[_Node] = []
    for document in library.documents:
        if document.role != "guide":
            continue
        lines = library.lines[document.name]
        groups += _tables(document, lines)
        nodes += _nodes(document)
    families: dict[tuple[str, ...], list[_Node]] = defaultdict(list)
    for node in nodes:
        families[node.family].append(node)
    for family, siblings in families.items():
        shared = Counter(key for node in siblings for key in {name.lower() for name, _, _ in node.cells})
        common = {key for key, count in shared.items() if count >= 2}
        alike = [node for node in siblings if len({name.lower() for name, _, _ in node.cells} & common) >= 2]
        if len(alike) < 2:
            continue
        cells = [
            _cell(node.name, attribute, text, node.file, line, library.lines[node.file])
            for node in alike
            for attribute, text, line in node.cells
            if attribute.lower() in common
        ]
        groups.append(Group(tuple(cells), any(_HINT.search(part) for part in family)))
    return groups


def _tables(document: Document, lines: list[str]) -> list[Group]:
    found = []
    rows = itertools.groupby(document.blocks, key=lambda block: (block.kind == "row", block.header))
    above = document.name
    for (is_row, header), blocks in rows:
        gathered = list(blocks)
        if not is_row or len(header) < 2:
            above = next((block.text for block in reversed(gathered) if block.kind == "heading"), above)
            continue
        hinted = _HINT.search(f"{document.name} {document.title} {above}") is not None
        group = _matrix(
            document.name, header, [(block.line, block.cells) for block in gathered], lines, (), hinted=hinted
        )
        if group:
            found.append(group)
    return found


def _nodes(document: Document) -> list[_Node]:
    """The document itself, and each of its sections, with the attributes that they state."""
    folder = document.name.rpartition("/")[0]
    title = re.sub(r"(?i)^(profile|competitor|vendor)\s*[:\u2013-]\s*", "", document.title)
    root = _Node(title, ("folder", folder), document.name, [])
    nodes = [root]
    open_nodes: list[tuple[int, _Node]] = []
    pending: tuple[int, str] | None = None  # a heading whose first sentence becomes its parent's attribute
    for block in document.blocks:
        if block.kind == "heading" and block.level < 7:
            while open_nodes and open_nodes[-1][0] >= block.level:
                open_nodes.pop()
            text = " ".join(block.text.split())
            if text == document.title and not open_nodes:
                continue
            parent = open_nodes[-1][1] if open_nodes else root
            node = _Node(text, (document.name, parent.name, parent.file, str(block.level)), document.name, [])
            nodes.append(node)
            pending = (block.level, text)
            open_nodes.append((block.level, node))
        elif block.kind in {"paragraph", "item"}:
            _state(block, open_nodes[-1][1] if open_nodes else root)
            if pending and len(open_nodes) >= 1:
                parent = open_nodes[-2][1] if len(open_nodes) > 1 else root
                first = sentences(block)
                if first:
                    parent.cells.append((pending[1], first[0].text, first[0].line))
                pending = None
    return nodes


def _state(block: Block, node: _Node) -> None:
    """Adds "Key: value" to the section that states it; a paragraph may hold one on each of its lines."""
    line = block.line
    for piece in block.text.split("\n") if block.kind == "paragraph" else [block.text]:
        match = _PAIR.match(piece.strip())
        if match and len(match[1].split()) <= 4:
            node.cells.append((match[1].strip(" *"), match[2].strip(), line))
        line += 1
