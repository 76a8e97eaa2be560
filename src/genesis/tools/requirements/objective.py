"""Finds the requirement statements that an objective makes, clause by clause, and not what it orders of us."""

from __future__ import annotations

import re

from genesis.tools.documents.blocks import Block
from genesis.tools.documents.sentences import sentences
from genesis.tools.requirements.statements import CAN, STORY, Kind, Statement, bare, demand

_BUILDS = re.compile(
    r"(?i)^(?:please |kindly |can you |could you |i want you to |we (?:want|need) (?:you )?to |i need |we need |"
    r"i want |we want )*(?:build|create|make|implement|develop|design|write|add|"
    r"scaffold|set up|code|program|provide|offer|include|support)\b"
)
_ASKS_US = re.compile(
    r"(?i)\b(?:requirements?|specifications?|spec|acceptance criteria|user stories|backlog|work items?|plan|"
    r"estimate|roadmap)\b"
)
_TASK_VERB = re.compile(
    r"(?i)^(?:please |then |and )*(?:write|extract|list|collect|number|draft|prepare|turn|derive|gather|find|"
    r"make|create|plan|break|split|review|check|read|analy[sz]e|sharpen|capture|document)\b"
)


def statements_of_objective(text: str) -> list[Statement]:
    """The statements that the objective itself makes; what it orders of us ("write a specification") is none."""
    found: list[Statement] = []
    for number, line in enumerate(text.split("\n"), 1):
        bullet = re.match(r"^\s*(?:[-*•]|\d{1,3}[.)])\s+", line)
        block = Block(
            kind="item" if bullet else "paragraph", text=line[bullet.end() :] if bullet else line, line=number
        )
        for one in sentences(block):
            if _ASKS_US.search(one.text) and _TASK_VERB.match(one.text):
                rest = re.split(r"(?::\s+|\bfor (?=an? )|\bfrom this:?\s+)", one.text, maxsplit=1)
                if len(rest) < 2 or len(rest[1].split()) < 3:
                    continue
                one = one.model_copy(update={"text": rest[1]})
            for piece in _clauses(bare(one.text)):
                kind = "story" if STORY.match(piece) else _objective_kind(piece, bullet is not None)
                if kind and len(piece) >= 8:
                    found.append(Statement(text=piece, kind=kind, file=None, line=one.line))
    intros = [one for one in found if _INTRO.match(one.text)]
    return [one for one in found if one not in intros] or intros


def _objective_kind(text: str, bullet: bool) -> Kind | None:
    if text.endswith("?"):
        return None
    feature = bullet or CAN.search(text) or _BUILDS.match(text) or re.match(r"(?i)^an? ", text)
    return demand(text) or ("feature" if feature else None)


_INTRO = re.compile(
    r"(?i)^(?:we|i) (?:need|want|would like) an?\b|^(?:please )?(?:build|create|make|develop|design|"
    r"implement) (?:me |us )?an?\b(?!.*\b(?:must|should|can|with|where|that)\b)"
)
"""Says which thing is wanted; it counts as a requirement when nothing says what the thing must do."""
_VERB = (
    r"(?:log|sign|search|find|filter|sort|browse|view|see|read|list|show|create|add|edit|change|update|delete|"
    r"remove|borrow|return|"
    r"reserve|book|order|buy|sell|pay|rent|cancel|confirm|approve|reject|assign|upload|download|import|export|"
    r"send|receive|share|"
    r"print|rate|review|comment|invite|register|reset|manage|track|record|enter|scan|save|store|archive|publish|"
    r"submit|get|set|"
    r"choose|select|check|start|stop|schedule|generate|calculate|display|notify|remind|report|request|comment|"
    r"follow|join|leave)"
)
_ABLE = re.compile(
    r"(?is)^(.{2,80}?\b(?:shall|must|should|may|can|(?:is|are) able to|ha(?:s|ve) to|"
    r"needs? to)(?: be able to)?)\s+(.+)$"
)
_NEXT = re.compile(rf"(?i),\s*(?:and\s+|or\s+)?(?={_VERB}\b)|\s+and\s+(?={_VERB}\b)")


def _clauses(text: str) -> list[str]:
    """A sentence in the parts that are accepted, or not, alone: between semicolons, and action by action.

    >>> _clauses("An app: members can log in, book a court and pay; staff must see bookings")
    ['An app', 'members can log in', 'members can book a court', 'members can pay', 'staff must see bookings']
    """
    if STORY.match(text):
        return [text]
    found: list[str] = []
    for piece in re.split(r";\s+|(?<=\w):\s+(?=.*\b(?:can|must|should|shall|may)\b)", text):
        able = _ABLE.match(piece.strip())
        actions = _NEXT.split(able[2]) if able else []
        if able and len(actions) > 1:
            found += [f"{able[1]} {action.strip(' ,.')}" for action in actions if action.strip(" ,.")]
        elif piece.strip():
            found.append(piece.strip())
    return found
