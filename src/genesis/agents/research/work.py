"""Writes a brief with citations from the workspace's documents, or compares the alternatives that they describe.

Gives `brief`: {"aspects": [{"aspect", "found", "statements": [{"text", "file", "line", "agree"}]}], "disagreements": n}
or {"alternatives": [...], "attributes": [...], "cells": [{"alternative", "attribute", "text", "file", "line"}],
"gaps": [{"alternative", "attribute"}]}. With no documents {"outline": [questions]}: questions, no findings.
"""

from __future__ import annotations

from genesis.agents.research.aspects import Aspect, aspects
from genesis.agents.research.brief import brief_page, outline, outline_page
from genesis.agents.research.comparison import compare, names_in
from genesis.agents.research.statements import Gathered, gather
from genesis.agents.result import Assignment, Result
from genesis.agents.toolbox import Toolbox
from genesis.finding import Fact, Finding, NotDone
from genesis.frozen import JsonValue
from genesis.tools.search_documents import SearchDocumentsInput, SearchDocumentsOutput, search_documents

NO_PAGES = NotDone(what="pages on the web", why="only the workspace's documents are searched; no page is fetched")


async def work(task: Assignment, tools: Toolbox) -> Result:
    """Looks for what the documents say about each aspect of the goal."""
    if task.type == "competitive_analysis" and tools.workspace is not None:
        compared = await compare(task, tools)
        if compared is not None:
            return compared
    wanted = aspects(task.goal)
    if task.type == "competitive_analysis":
        wanted = tuple(Aspect(name) for name in names_in(f"{task.goal}\n{task.objective}")) or wanted
    if tools.workspace is None:
        return _no_documents(task, tools, wanted, "no workspace was given")
    queries = [text for one in wanted for text in (one.query, one.text[:2000])]
    found = await tools.call(search_documents, SearchDocumentsInput(queries=tuple(queries), limit=12))
    if found.searched == 0:
        return _no_documents(task, tools, wanted, "the workspace holds no Markdown, reST, text or HTML")
    gathered = [gather(one, found.answers[2 * at + 1].terms, found.answers[2 * at]) for at, one in enumerate(wanted)]
    return _brief(task, tools, gathered, found)


def _brief(task: Assignment, tools: Toolbox, gathered: list[Gathered], found: SearchDocumentsOutput) -> Result:
    covered = [one for one in gathered if one.statements]
    statements = [statement for one in gathered for statement in one.statements]
    files = {statement.passage.file for statement in statements}
    facts = [Fact(text=one.sentence.text, sources=(one.source, *one.agree)) for one in statements]
    findings = [
        Finding(
            kind="sources_disagree",
            severity="medium",
            message=f"“{one.sentence.text}” ({one.source}), but “{other.sentence.text}” ({other.source})",
            source=one.source,
            remedy="Find out which one holds before building on either.",
        )
        for each in gathered
        for one, other in each.disagree
    ]
    not_done = [
        NotDone(what=f"nothing was found about: {one.aspect.text}", why=_why(one, found))
        for one in gathered
        if not one.statements
    ]
    if task.type == "competitive_analysis":
        not_done.append(
            NotDone(
                what="a comparison matrix",
                why="no table, and no two documents or sections with the same headings or keys, describe alternatives",
            )
        )
    outputs: list[JsonValue] = [_output(one) for one in gathered]
    agreeing = sum(bool(one.agree) for one in statements)
    return Result(
        summary=_summary(gathered, covered, len(statements), len(files), agreeing, len(findings), found),
        facts=tuple(dict.fromkeys(facts)),
        findings=tuple(findings),
        not_done=(*not_done, *found.left_out, NO_PAGES),
        next_steps=tuple(f"Find a source on: {one.aspect.text}" for one in gathered if not one.statements)[:5],
        artifacts=(tools.artifact("brief.md", "text/markdown", brief_page(task.goal, gathered, found)),),
        outputs={"brief": {"aspects": outputs, "disagreements": len(findings)}},
    )


def _summary(
    gathered: list[Gathered],
    covered: list[Gathered],
    statements: int,
    files: int,
    agreeing: int,
    disagreeing: int,
    found: SearchDocumentsOutput,
) -> str:
    if not covered:
        subjects = "; ".join(one.aspect.text for one in gathered)
        return f"Nothing was found about {subjects} in {found.documents} documents ({found.searched} passages)."
    best = max((one for each in covered for one in each.statements), key=lambda one: one.score)
    text = " ".join(best.sentence.text.split())
    return (
        f"{len(covered)} of {len(gathered)} aspects are covered by {statements} statements from {files} of "
        f"{found.documents} "
        f"documents, {agreeing} of them in more than one, {disagreeing} contradicted; the one that covers most: "
        f"“{text[:220]}” ({best.source})."
    )


def _why(one: Gathered, found: SearchDocumentsOutput) -> str:
    said = f"no sentence of {found.documents} documents covers enough of it"
    return said + (f"; none has the word {', '.join(repr(word) for word in one.unknown[:5])}" if one.unknown else "")


def _output(one: Gathered) -> JsonValue:
    statements: list[JsonValue] = [
        {
            "text": each.sentence.text,
            "file": each.passage.file,
            "line": each.sentence.line,
            "agree": len(each.agree),
        }
        for each in one.statements
    ]
    return {"aspect": one.aspect.text, "found": bool(one.statements), "statements": statements}


def _no_documents(task: Assignment, tools: Toolbox, wanted: tuple[Aspect, ...], why: str) -> Result:
    asked = outline(wanted)
    questions: list[JsonValue] = list(asked)
    return Result(
        summary=f"Nothing was found out: {why}; what came of it is an outline of {len(asked)} questions, no findings.",
        level="minimal",
        not_done=(
            NotDone(what=f"research on: {task.goal[:200]}", why=f"{why}; give a folder with documents on the subject"),
            NO_PAGES,
        ),
        next_steps=("Gather documents that answer the outline's questions and run it over their folder.",),
        artifacts=(tools.artifact("outline.md", "text/markdown", outline_page(task.goal, asked)),),
        outputs={"brief": {"outline": questions, "aspects": []}},
    )
