"""Finds the questions that somebody wants answered: in the objective itself, or in a file that it names."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field

from genesis.frozen import Frozen
from genesis.security.workspace import Workspace
from genesis.tools.documents.library import decode, is_document
from genesis.tools.documents.questions import MAX_QUESTIONS, Question, questions
from genesis.tools.tool import ToolContext, tool


class FindQuestionsInput(Frozen):
    """`goal` is looked at first, then `objective`."""

    goal: Annotated[str, Field(max_length=20_000)]
    objective: Annotated[str, Field(max_length=20_000)]


class Asked(Question):
    """A question, and the file of the workspace that asks it (None: the objective does)."""

    file: str | None = None


class FindQuestionsOutput(Frozen):
    """`only`: files that the answer is to be taken from, if the objective names any; `asking`: files that ask."""

    questions: tuple[Asked, ...]
    only: tuple[str, ...]
    asking: tuple[str, ...]


_ASKING_FILE = re.compile(
    r"(?:questions?|e-?mails?|letters?|messages?|requests?|enquir(?:y|ies)|inquir(?:y|ies))\s+(?:that\s+are\s+|"
    r"stored\s+)?(?:in|from|of)?\s*$|"
    r"(?:answer|reply\s+to|respond\s+to|handle)\s+(?:the\s+|this\s+)?(?:\w+\s+){0,2}$",
    re.IGNORECASE,
)
_SOURCE_FILE = re.compile(
    r"(?:from|in|per|see|read|using|search|according\s+to|based\s+on|look\s+(?:in|at|into)|with)\s+(?:the\s+|"
    r"our\s+)?(?:\w+\s+)?$",
    re.IGNORECASE,
)


@tool(trust="file", timeout_s=30)
async def find_questions(given: FindQuestionsInput, context: ToolContext) -> FindQuestionsOutput:
    """Finds the questions in an objective, or in the files of the workspace that it names as asking them."""
    asking, only = _named_files(f"{given.goal}\n{given.objective}", context.workspace)
    found: list[Asked] = []
    for name in asking:
        data = context.workspace.read_bytes(name) if context.workspace else None
        text = decode(data) if data is not None else None
        found.extend(Asked(**one.model_dump(), file=name) for one in questions((text or "")[:200_000]))
    if not found:
        asked = questions(given.goal) or questions(given.objective)
        found = [Asked(**one.model_dump()) for one in asked]
    return FindQuestionsOutput(questions=tuple(found[:MAX_QUESTIONS]), only=only, asking=asking)


def _named_files(text: str, workspace: Workspace | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if workspace is None:
        return (), ()
    asking, only = [], []
    for file in workspace.files:
        short = file.name.rpartition("/")[2]
        if not is_document(file.name) or (file.name not in text and short not in text) or "." not in short:
            continue
        at = text.find(file.name) if file.name in text else text.find(short)
        before = text[max(0, at - 60) : at].rstrip("`'\"“„ ") + " "
        if _ASKING_FILE.search(before):
            asking.append(file.name)
        elif _SOURCE_FILE.search(before):
            only.append(file.name)
    return tuple(asking), tuple(only)
