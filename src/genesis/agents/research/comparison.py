"""The comparison of alternatives as a result: matrix, gaps, and cells on which sources differ."""

from __future__ import annotations

import re

from genesis.agents.result import Assignment, Result
from genesis.agents.toolbox import Toolbox
from genesis.finding import Fact, Finding, NotDone, Source
from genesis.frozen import JsonValue
from genesis.tools.alternatives.gathering import Cell
from genesis.tools.compare_alternatives import CompareAlternativesInput, CompareAlternativesOutput, compare_alternatives
from genesis.tools.tabular.export import to_csv

_LIST = re.compile(
    r"\b(?:[Cc]ompar\w+|[Vv]ersus|[Vv]s\.?|[Bb]etween|[Aa]gainst|[Aa]lternatives to|"
    r"[Cc]ompetitors?(?: like| such as)?|with|to|of)\s+"
    r"((?:(?:,\s*|\s+(?:and|or|vs\.?|versus|with|to|against)\s+|\s*/\s*)?[A-Z][\w.+-]*(?:\s+[A-Z0-9][\w.+-]*){0,2})+)"
)
_JOIN = re.compile(r",\s*(?:and |or )?|\s+(?:and|or|vs\.?|versus|with|to|against)\s+|\s*/\s*")
_NO_NAME = re.compile(
    r"(?i)(?:the|a|our|their|we|i|it|this|that|these|those|what|which|how|use|from|in|based|give|list|write|show)"
)


def names_in(text: str) -> tuple[str, ...]:
    """The alternatives that a text names: capitalised words after compare, between, versus and the like.

    >>> names_in("Compare Alpha Desk, Borealis and Cumulo on price")
    ('Alpha Desk', 'Borealis', 'Cumulo')
    """
    found: dict[str, None] = {}
    for match in _LIST.finditer(text[:20_000]):
        for name in _JOIN.split(match[1]):
            bare = name.strip(" .")
            if len(bare) > 1 and not _NO_NAME.fullmatch(bare):
                found.setdefault(bare)
    return tuple(found)[:30]


async def compare(task: Assignment, tools: Toolbox) -> Result | None:
    """The comparison, or None when the documents describe no two alternatives alike."""
    names = names_in(f"{task.goal}\n{task.objective}")
    done = await tools.call(compare_alternatives, CompareAlternativesInput(names=names))
    if len(done.alternatives) < 2:
        return None
    at = {(cell.alternative, cell.attribute): cell for cell in reversed(done.cells)}
    gaps = [(one, other) for one in done.alternatives for other in done.attributes if (one, other) not in at]
    differing = _differing(done.cells)
    total = len(done.alternatives) * len(done.attributes)
    others = " and others" if len(done.alternatives) > 8 else ""
    summary = (
        f"{', '.join(done.alternatives[:8])}{others} compared on {len(done.attributes)} attributes "
        f"({', '.join(done.attributes[:6])}): the documents fill {total - len(gaps)} of {total} cells, leave "
        f"{len(gaps)} open, and differ on {len(differing)}."
    )
    not_done = [
        NotDone(what=f"{name}: no comparison", why="no table, document or section describes it") for name in done.absent
    ]
    not_done += [
        NotDone(what=f"{one}: {', '.join(other for name, other in gaps if name == one)}", why="no document states it")
        for one in done.alternatives
        if any(name == one for name, _ in gaps)
    ]
    cells: list[JsonValue] = [
        {
            "alternative": one.alternative,
            "attribute": one.attribute,
            "text": one.text,
            "file": one.file,
            "line": one.line,
        }
        for one in done.cells[:500]
    ]
    open_cells: list[JsonValue] = [{"alternative": one, "attribute": other} for one, other in gaps[:200]]
    return Result(
        summary=summary,
        facts=tuple(
            Fact(text=f"{one.alternative}, {one.attribute}: {one.text}", sources=(_source(one),))
            for one in done.cells[:200]
        ),
        findings=tuple(
            Finding(
                kind="sources_disagree",
                severity="medium",
                message=f"{one.alternative}, {one.attribute}: {_said(one)}, but {_said(other)}",
                source=_source(one),
                remedy="Find out which one holds; the matrix shows both.",
            )
            for one, other in differing
        ),
        not_done=(*not_done, *done.left_out, NotDone(what="pages on the web", why="only the workspace is read")),
        next_steps=tuple(f"Find out for {one}: {other}" for one, other in gaps[:5]),
        artifacts=(
            tools.artifact("comparison.md", "text/markdown", _page(done, summary)),
            tools.artifact("comparison.csv", "text/csv", _table(done)),
        ),
        outputs={
            "brief": {
                "alternatives": list(done.alternatives),
                "attributes": list(done.attributes),
                "cells": cells,
                "gaps": open_cells,
            }
        },
    )


def _source(cell: Cell) -> Source:
    return Source(file=cell.file, line=cell.line, excerpt=cell.excerpt or None)


def _said(cell: Cell) -> str:
    return f"“{cell.text}” ({cell.file}:{cell.line})"


def _differing(cells: tuple[Cell, ...]) -> list[tuple[Cell, Cell]]:
    """Pairs for one place from different files; two statements of one document add to each other."""
    first: dict[tuple[str, str], Cell] = {}
    found = []
    for cell in cells:
        other = first.setdefault((cell.alternative, cell.attribute), cell)
        if other.file != cell.file and other.text.lower() != cell.text.lower():
            found.append((other, cell))
    return found


def _filled(done: CompareAlternativesOutput, alternative: str, attribute: str) -> list[Cell]:
    return [cell for cell in done.cells if cell.alternative == alternative and cell.attribute == attribute]


def _page(done: CompareAlternativesOutput, summary: str) -> str:
    out = ["# Comparison", "", summary, ""]
    out += [
        "| | " + " | ".join(_escape(one) for one in done.alternatives) + " |",
        "|---" * (len(done.alternatives) + 1) + "|",
    ]
    for attribute in done.attributes:
        row = []
        for alternative in done.alternatives:
            found = _filled(done, alternative, attribute)
            row.append("<br>".join(f"{_escape(one.text)} ({one.file}:{one.line})" for one in found) or "*not stated*")
        out.append(f"| **{_escape(attribute)}** | " + " | ".join(row) + " |")
    return "\n".join(out) + "\n"


def _escape(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _table(done: CompareAlternativesOutput) -> str:
    rows = [
        [attribute, *("; ".join(one.text for one in _filled(done, name, attribute)) for name in done.alternatives)]
        for attribute in done.attributes
    ]
    return to_csv(("attribute", *done.alternatives), rows)
