"""Drafts a message to a lead, or a template for a segment. It sends nothing: there is no tool here that could."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field

from genesis.frozen import Frozen
from genesis.tools.tool import ToolContext, tool

_NAME = re.compile(r"[^\W\d_]+(?:[ '\u2019.-]+[^\W\d_]+){0,4}\.?")
_FIELD = re.compile(r"[\w][\w &'\u2019.,+()/-]{1,79}")
_BAIT = re.compile(r"https?:|www\.|@|\b(?:ignore|disregard|instruction|prompt|system|password)\b", re.IGNORECASE)


class DraftOutreachInput(Frozen):
    """What is known of the lead: anything may be empty, and then it is not said. `facts`: sentences about the offer,
    used word for word. `offer`: the objective's own words for what is offered."""

    segment: Literal["A", "B", "C"]
    first: str = ""
    company: str = ""
    interest: str = ""
    offer: Annotated[str, Field(max_length=200)] = ""
    facts: Annotated[tuple[str, ...], Field(max_length=10)] = ()


class DraftOutreachOutput(Frozen):
    """`blanks`: what somebody has to fill in before it may go out."""

    subject: str
    body: str
    blanks: tuple[str, ...]


@tool(trust="file", timeout_s=10)
async def draft_outreach(given: DraftOutreachInput, context: ToolContext) -> DraftOutreachOutput:
    """Drafts a message from the lead's own fields and given facts; claims nothing else, and sends nothing."""
    first = given.first if _NAME.fullmatch(given.first) and len(given.first) <= 40 else ""
    company, interest = tame(given.company), tame(given.interest)
    offer, facts = given.offer, list(given.facts)
    blanks = ["[your name]"]
    if not offer and not facts:
        offer = "[what you offer, in one sentence]"
        blanks.insert(0, offer)
    lines = [f"Hello {first}," if first else "Hello,", ""]
    if interest:
        lines.append(f"Your interest in {interest} is the reason for this message.")
    lines.append(_opening(company, offer))
    if facts:
        lines += ["", *facts[: {"A": 3, "B": 2, "C": 1}[given.segment]]]
    lines += ["", _ask(given.segment, company), "", "Kind regards,", "[your name]"]
    subject = " - ".join(part for part in (interest or given.offer, company) if part) or "A question"
    return DraftOutreachOutput(subject=subject[:120], body="\n".join(lines), blanks=tuple(blanks))


def tame(field: str) -> str:
    """A field that may stand in a message: short, one line, no address or link, no orders; else empty."""
    text = " ".join(field.split())
    return text if _FIELD.fullmatch(text) and not _BAIT.search(text) else ""


def _opening(company: str, offer: str) -> str:
    at = f" at {company}" if company else ""
    if offer:
        return f"I am writing to you{at} about {offer}."
    return f"I am writing to you{at} because the following may be of use to you."


def _ask(segment: str, company: str) -> str:
    if segment == "A":
        return f"Would you have 20 minutes this week or next to see whether it fits{f' {company}' if company else ''}?"
    if segment == "B":
        return "Shall I send you the details?"
    return "If it is of interest, a short reply is enough; if not, say so and you will not hear from us again."
