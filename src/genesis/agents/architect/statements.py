"""The sentences that ask for something, of objective, goal and requirements, with where each stands."""

from __future__ import annotations

import re
from dataclasses import dataclass

from genesis.agents.result import Assignment
from genesis.finding import Source
from genesis.frozen import JsonValue

MAX_STATEMENTS = 500


@dataclass(frozen=True)
class Statement:
    """A sentence that asks for something, and where it stands: "objective", "goal" or a requirement's id.

    `implied`: nobody said it; `text` is the rule by which it follows.
    """

    where: str
    text: str
    implied: bool = False

    @property
    def source(self) -> Source:
        if self.implied:
            return Source(formula=f"implied: {self.text}")
        return Source(query=self.where, excerpt=self.text[:200])

    def around(self, word: re.Pattern[str]) -> Statement:
        """The same statement, cut to what stands around the word when it is long."""
        found = word.search(self.text)
        if found is None or len(self.text) <= 120:
            return self
        start, end = max(0, found.start() - 50), min(len(self.text), found.end() + 50)
        cut = self.text[start:end].split(" ")
        kept = " ".join(cut[1 if start else 0 : -1 if end < len(self.text) else None])
        return Statement(self.where, f"{'… ' * bool(start)}{kept}{' …' * (end < len(self.text))}")


def statements_of(task: Assignment) -> list[Statement]:
    """The sentences of objective, goal and requirements, each once."""
    found: dict[str, Statement] = {}
    for where, text in (("objective", task.objective), ("goal", task.goal)):
        for sentence in re.split(r"(?<=[.!?;])\s+|\n+", text):
            if sentence.strip():
                found.setdefault(sentence.strip(), Statement(where, sentence.strip()))
    stack: list[JsonValue] = [task.inputs.get("requirements")]
    while stack and len(found) < MAX_STATEMENTS:
        value = stack.pop()
        if isinstance(value, list):
            stack.extend(reversed(value))
        elif isinstance(value, str) and value.strip():
            found.setdefault(value.strip(), Statement("requirements", value.strip()))
        elif isinstance(value, dict):
            said = value.get("text") or value.get("statement")
            if isinstance(said, str) and said.strip():
                found.setdefault(said.strip(), Statement(f"requirement {value.get('id', '')}".strip(), said.strip()))
            else:
                # Only what holds statements: single words beside them are names of files and the like.
                stack.extend(inner for inner in reversed(value.values()) if isinstance(inner, list | dict))
    return list(found.values())
