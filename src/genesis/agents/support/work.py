"""Answers questions from the workspace's documents, or triages its tickets.

Gives `answer`: {"questions": [{"question", "answered", "text", "share", "sources": [{"file", "line"}]}]} or
{"tickets": [{"id", "category", "priority", "points", "duplicate_of"}], "by_priority": {...}, "by_category": {...}}.
"""

from __future__ import annotations

import re

from genesis.agents.result import Assignment, Result
from genesis.agents.support.answering import Quote, Reply, cause_and_cure, reply
from genesis.agents.support.letter import answer_page
from genesis.agents.support.triage import triage
from genesis.agents.toolbox import Toolbox
from genesis.errors import NeedsMissing
from genesis.finding import Fact, Finding, NotDone, Source
from genesis.frozen import JsonValue
from genesis.tools.find_questions import Asked, FindQuestionsInput, find_questions
from genesis.tools.search_documents import Cited, SearchDocumentsInput, SearchDocumentsOutput, search_documents

_TRIAGE = re.compile(r"(?i)\b(triag\w*|prioriti[sz]\w*|categori[sz]\w*|sort (?:the|our|my|these|all) \w+)\b")
_TICKETS = re.compile(r"(?i)\b(tickets?|inbox|complaints?|backlog|cases)\b")
_REFERS_BACK = re.compile(r"(?i)\b(it|its|they|them|their|this|that|these|those)\b")


async def work(task: Assignment, tools: Toolbox) -> Result:
    """Looks at what is asked: a question to be answered, a problem to be solved, or tickets to be triaged."""
    if tools.workspace is None:
        raise NeedsMissing("support needs the documents or tickets to answer from: give a workspace")
    asked = await tools.call(find_questions, FindQuestionsInput(goal=task.goal, objective=task.objective))
    if _TRIAGE.search(task.goal) or (_TICKETS.search(task.goal) and not asked.questions):
        return await triage(task, tools)
    questions = list(asked.questions)
    if not questions:
        questions = [Asked(text=task.goal.strip()[:500], kind="topic")]
    if task.type == "troubleshooting":
        questions = [one.model_copy(update={"kind": "trouble"}) if one.kind != "how_to" else one for one in questions]
    found = await tools.call(
        search_documents,
        SearchDocumentsInput(queries=tuple(_queries(questions)), only=asked.only, without=asked.asking),
    )
    if found.searched == 0:
        where = f" in {', '.join(asked.only)}" if asked.only else ""
        raise NeedsMissing(
            f"support needs documents to answer from, and there are none{where}: add Markdown, reST, text or HTML"
        )
    replies = [reply(one.text, one.kind, answer) for one, answer in zip(questions, found.answers, strict=True)]
    return _result(tools, replies, found)


def _queries(questions: list[Asked]) -> list[str]:
    """Each question; one that says "it" with the question before, which says what it is."""
    queries = []
    for at, one in enumerate(questions):
        refers = at > 0 and _REFERS_BACK.search(one.text) is not None
        queries.append(f"{one.text} {questions[at - 1].text}"[:2000] if refers else one.text)
    return queries


def _result(tools: Toolbox, replies: list[Reply], found: SearchDocumentsOutput) -> Result:
    facts: list[Fact] = []
    findings: list[Finding] = []
    not_done: list[NotDone] = []
    for one in replies:
        if one.quote is None:
            not_done.append(NotDone(what=f"the documents do not say: {one.question}", why=why_not(one, found)))
            continue
        facts.extend(fact(one.quote, sentence) for sentence in chosen(one))
        for mine, theirs in one.conflicts:
            findings.append(
                Finding(
                    kind="documents_disagree",
                    severity="medium",
                    message=f"“{mine.best.text}” ({source(mine, mine.best)}), but “{theirs.best.text}” "
                    f"({source(theirs, theirs.best)})",
                    source=source(mine, mine.best),
                    remedy="Find out which one holds and correct the other; the answer quotes both.",
                )
            )
    not_done.extend(found.left_out)
    page = answer_page(replies, found)
    output: list[JsonValue] = [_output(one) for one in replies]
    return Result(
        summary=summary(replies, found),
        facts=tuple(dict.fromkeys(facts)),
        findings=tuple(findings),
        not_done=tuple(not_done),
        next_steps=_next_steps(replies),
        artifacts=(tools.artifact("answer.md", "text/markdown", page),),
        outputs={"answer": {"questions": output}},
    )


def chosen(one: Reply) -> tuple[Cited, ...]:
    """The sentences of a reply in the order of the document; for a problem also its documented causes and cures."""
    if one.quote is None:
        return ()
    if one.kind != "trouble":
        return one.quote.sentences
    causes, cures = cause_and_cure(one.quote)
    return tuple(sorted(dict.fromkeys((*one.quote.sentences, *causes, *cures)), key=lambda sentence: sentence.line))


def source(quote: Quote, sentence: Cited) -> Source:
    """Where a sentence stands."""
    return Source(file=quote.passage.file, line=sentence.line, excerpt=sentence.excerpt or None)


def fact(quote: Quote, sentence: Cited) -> Fact:
    """A sentence as the documents have it."""
    return Fact(text=sentence.text, sources=(source(quote, sentence),))


def why_not(one: Reply, found: SearchDocumentsOutput) -> str:
    """Why a question has no answer, in figures."""
    said = f"searched {found.documents} documents ({found.searched} passages)"
    if one.unknown:
        said += f"; none has the word {', '.join(repr(word) for word in one.unknown[:5])}"
    if one.nearest is not None:
        where = source(one.nearest, one.nearest.best)
        said += f"; the nearest, {where}, covers {one.nearest.share:.0%} of the question's words"
    return said


def summary(replies: list[Reply], found: SearchDocumentsOutput) -> str:
    """One sentence that answers."""
    answered = [one for one in replies if one.quote is not None]
    if len(replies) == 1:
        one = replies[0]
        if one.quote is None:
            return f"The documents do not say: “{one.question}” ({why_not(one, found)})."
        return f"“{one.question}”: {_short(one.quote.best.text)} ({source(one.quote, one.quote.best)})"
    return f"{len(answered)} of {len(replies)} questions are answered from {found.documents} documents; " + (
        "; ".join(
            f"“{one.question}”: {_short(one.quote.best.text, 120)} ({source(one.quote, one.quote.best)})"
            for one in answered[:3]
            if one.quote
        )
        or "none of their passages covers any"
    )


def _short(text: str, limit: int = 280) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1].rsplit(" ", 1)[0] + "…"


def _output(one: Reply) -> JsonValue:
    sentences = chosen(one)
    quote = one.quote or one.nearest
    sources: list[JsonValue] = [{"file": one.quote.passage.file, "line": each.line} for each in sentences if one.quote]
    return {
        "question": one.question,
        "answered": one.quote is not None,
        "text": "\n".join(each.text for each in sentences),
        "share": round(quote.share, 3) if quote else 0.0,
        "sources": sources,
    }


def _next_steps(replies: list[Reply]) -> tuple[str, ...]:
    open_ones = [one for one in replies if one.quote is None]
    return tuple(f"Ask somebody who knows, and write the answer down: {one.question}" for one in open_ones[:5])
