"""Orders in what was read: agents quote documents and other agents, and what they quote is material, not a command.

Nothing is refused here. The sentence is told as a finding, with its place, so that whoever acts on the report knows
that the material tries to give orders; whose word the result is its label says already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from genesis.finding import Fact, Finding
from genesis.security.guard.guard import Channel, inspect
from genesis.security.redact.redactor import unmarked

KIND = "orders_in_material"
MOST = 20
"""Findings of one result."""
MOST_CHARACTERS = 200_000
"""Characters of one result that are read."""


def orders(facts: Iterable[Fact], channel: Channel) -> list[Finding]:
    """One finding for each place whose words read like an attempt to give orders."""
    found: list[Finding] = []
    places: set[str] = set()
    for fact, text in _read(facts):
        place = str(fact.sources[0])
        if place in places:
            continue
        judged = inspect(text, channel)
        if judged.blocked:
            places.add(place)
            found.append(
                Finding(
                    kind=KIND,
                    severity="medium",  # it stands in nobody's way: nothing that Genesis does obeys it
                    message=f"{place} tries to give orders ({judged.category}; read as {judged.view})",
                    source=fact.sources[0],
                    remedy="Take it as material. Before a model or a person acts on it, look at who wrote it.",
                )
            )
        if len(found) == MOST:
            break
    return found


def _read(facts: Iterable[Fact]) -> Iterator[tuple[Fact, str]]:
    room = MOST_CHARACTERS
    for fact in facts:
        excerpt = fact.sources[0].excerpt or ""
        text = unmarked(fact.text if excerpt in fact.text else f"{fact.text}\n{excerpt}")
        room -= len(text)
        if room < 0:
            return
        if text:
            yield fact, text
