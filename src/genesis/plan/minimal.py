"""The lowest level: cut into clauses, match words with descriptions. Always valid, claims nothing more."""

from __future__ import annotations

import re
from collections import Counter

from genesis.objective import Objective
from genesis.plan.catalog import Catalog, Entry
from genesis.plan.clauses import split
from genesis.plan.plan import Plan, Task

_WORD = re.compile(r"[^\W\d_]{3,}")
CONFIDENCE = 0.2
"""Of a plan made by shared words alone: a low figure, so that nothing takes it for more than a guess."""


def plan_minimally(objective: Objective, catalog: Catalog) -> Plan:
    """One task per agent whose description shares words with a clause, in the order of the text, one after another.

    No edge is left out, because nothing here knows what may run side by side.
    """
    words = {entry: Counter(_words(f"{entry.name.replace('.', ' ')} {entry.description}")) for entry in catalog.entries}
    found: dict[str, tuple[Entry, str]] = {}
    for clause in split(objective.text):
        asked = set(_words(clause.text))
        entry = max(catalog.entries, key=lambda one: sum(words[one][word] > 0 for word in asked))
        if any(words[entry][word] for word in asked):
            found.setdefault(entry.agent, (entry, clause.text))
    if not found:
        return Plan(
            objective=objective,
            level="minimal",
            confidence=CONFIDENCE,
            question=f"What is to be done, and with what? I can give work to {', '.join(catalog.by_agent)}.",
        )
    tasks: list[Task] = []
    for entry, goal in list(found.values())[: objective.limits.tasks]:
        before = (tasks[-1].id,) if tasks else ()
        tasks.append(
            Task(id=f"t{len(tasks) + 1}", goal=goal[:4000], type=entry.type, agent=entry.agent, depends_on=before)
        )
    return Plan(
        objective=objective,
        level="minimal",
        confidence=CONFIDENCE,
        tasks=tuple(tasks),
        reason="words of the objective occur in the descriptions of these agents",
    )


def _words(text: str) -> list[str]:
    return [word.lower().rstrip("s") for word in _WORD.findall(text)]
