"""Acceptance criteria, Given/When/Then, from a statement's own parts; what it does not say becomes a question."""

from __future__ import annotations

import re

from genesis.frozen import Frozen
from genesis.tools.requirements.statements import Statement


class Criterion(Frozen):
    """A criterion. `question`: what the statement does not say and somebody must (empty: it says all)."""

    given: str
    when: str
    then: str
    question: str = ""


_STORY = re.compile(
    r"(?is)^\W*as (an? .{2,80}?),? I (?:want|need|would like|wish|can)(?: to)?\s+(.+?)(?:[,;]?\s+(?:so that|"
    r"in order to|so|because)\s+(.+?))?[.!]?$"
)
_TRIGGER_FIRST = re.compile(
    r"(?is)^((?:when|if|whenever|once|after|as soon as|before|while|unless|wenn|falls|sobald|lorsque|quand|si|cuando)\b"
    r"[^,]{3,200}),\s+(?:then\s+)?(.+?)[.!]?$"
)
_TRIGGER_LAST = re.compile(
    r"(?is)^(.+?),?\s+\b((?:when|if|whenever|once|after|as soon as|unless|wenn|falls|sobald|lorsque|quand)\b"
    r".{3,200}?)[.!]?$"
)
_ELAPSED = re.compile(r"(?i)^after (\d+ \w+)$")
_MODAL = re.compile(
    r"(?is)^(.{2,120}?)\s+(?:shall|must|should|may|will|can|ha(?:s|ve) to|needs? to|(?:is|are) able to|muss|"
    r"müssen|soll(?:te|ten|en)?|kann|können|darf|doit|doivent|devra|peut|debe[n]?|deberá[n]?|"
    r"puede[n]?)\s+(.+?)[.!]?$"
)
_PEOPLE = re.compile(
    r"(?i)\b(?:users?|customers?|visitors?|admins?|administrators?|managers?|members?|guests?|employees?|staff|"
    r"students?|teachers?|patients?|clients?|operators?|editors?|authors?|"
    r"people|anyone|everyone|owners?|buyers?|sellers?|drivers?|nurses?|doctors?|librarians?|readers?|agents?|i|"
    r"you|we|nutzer|benutzer|kunden?|utilisateurs?|usuarios?)\b"
)


def criterion(one: Statement) -> Criterion:
    """The criterion of a statement."""
    text = one.text.strip()
    if story := _STORY.match(text):
        then = f"{story[3].strip()}" if story[3] else f"it is done: {story[2].strip()}"
        return Criterion(
            given=_article(story[1].strip()),
            when=f"they want to {story[2].strip().removeprefix('to ')}",
            then=then,
            question="" if story[3] else "The story names no benefit: how does one see that it is reached?",
        )
    trigger = ""
    if first := _TRIGGER_FIRST.match(text):
        trigger, text = first[1].strip(), first[2].strip()
    elif last := _TRIGGER_LAST.match(text):
        trigger, text = last[2].strip(), last[1].strip()
    parts = _MODAL.match(text)
    if parts is None:
        given, then = "the finished product", text.rstrip(".!")
    else:
        given, then = parts[1].strip(), text.rstrip(".!")
    if elapsed := _ELAPSED.match(trigger):
        trigger = f"{elapsed[1]} have passed"
    when = re.sub(r"(?i)^(?:when|whenever|once|as soon as)\s+", "", trigger)
    if when:
        return Criterion(given=_article(given), when=when, then=then)
    if parts is not None and _PEOPLE.search(parts[1]) and not parts[2].lower().startswith("not "):
        action = re.sub(r"(?i)^(?:be )?able to ", "", parts[2].strip())
        return Criterion(given=_article(given), when=f"they try to {action.rstrip('.')}", then="it succeeds")
    return Criterion(
        given=_article(given),
        when="it is in use",
        then=then,
        question="The statement names no trigger: when, and how, is it checked?",
    )


def _article(text: str) -> str:
    return text[:1].lower() + text[1:] if text[:2] not in {"I ", "I'"} and not text[:2].isupper() else text
