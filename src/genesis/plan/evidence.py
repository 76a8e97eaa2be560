"""What an objective says: which agents' work it asks for, in which of its clauses, and whether it can be planned at all.

Three sources, the best that is there: the trained encoder (sense.py) with the linear layer over word groups beside it;
the linear layer alone where the encoder's weights are not installed; and, for agents that neither was trained with,
the agents' own examples.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from genesis.agents.card import Example
from genesis.plan import sense
from genesis.plan.catalog import Catalog, Entry
from genesis.plan.clauses import Clause, split
from genesis.plan.lexicon import Lexicon
from genesis.plan.memory import Memory, vote
from genesis.plan.sense import ANSWERS, Answer, Sense, Trained

MAKES = frozenset({"code", "page", "api"})
"""Products that are built: what is tested, audited, put out and watched afterwards."""
ENOUGH = 0.5
"""Chance from which on an agent is asked for."""
VOTE = 0.35
"""Cosine to an agent's own example from which on it is as likely asked for as not (agents unknown to the training)."""


@dataclass(frozen=True)
class Read:
    """A clause and what it says: `chance` by agent that its work is asked for here, `signals` of the lexicon, and `why`:
    the words that spoke for an agent."""

    clause: Clause
    chance: Mapping[str, float]
    signals: frozenset[str] = frozenset()
    why: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """A text as read. `asked`: chance by agent over the whole text; `answers`: chance of plan, question and refusal."""

    text: str
    reads: tuple[Read, ...]
    asked: Mapping[str, float]
    answers: Mapping[Answer, float]
    sense: Sense | None = None


class Reader:
    """Reads objectives over one catalog. Built once, safe to share between threads."""

    def __init__(self, catalog: Catalog, lexicon: Lexicon, trained: Trained) -> None:
        self.catalog = catalog
        self.lexicon = lexicon
        self.trained = trained
        self.known = [agent for agent in trained.agents if agent in catalog.by_agent]
        self.speaks = bool(self.known)
        self.memory = Memory([example.request for example in catalog.examples])
        self.labels: list[frozenset[str]] = [frozenset(kinds(example)) for example in catalog.examples]
        self._others = [agent for agent in catalog.by_agent if agent not in trained.agents]
        self.read = lru_cache(maxsize=256)(self._read)

    def _read(self, text: str) -> Reading:
        """The reading of a text. Texts read lately are remembered: vetting reads them again."""
        clauses = split(text, self.lexicon.verbs)
        whole = self.trained.read(text, [(one.words[0].start, one.words[-1].end) for one in clauses])
        reads = []
        asked = {agent: whole.asked[agent] for agent in self.known}
        answers = dict(whole.answers)
        for clause, chances in zip(clauses, whole.parts, strict=True):
            chance = {agent: chances[agent] for agent in self.known}
            for agent, share in self._by_examples(clause.text).items():
                chance[agent] = share
                asked[agent] = max(asked.get(agent, 0.0), share)
            reads.append(
                Read(
                    clause=clause,
                    chance=chance,
                    signals=frozenset(
                        key for key, matcher in self.lexicon.signals.items() if matcher.found(clause.words)
                    ),
                    why=self._why(clause, chance, whole.sense, text),
                )
            )
        if any(asked[agent] >= ENOUGH for agent in self._others):
            # The training knows nothing of these agents: to it, their work is nobody's.
            answers = {"plan": 1.0, "question": 0.0, "refusal": 0.0}
        return Reading(text, tuple(reads), asked, {one: answers[one] for one in ANSWERS}, whole.sense)

    def _why(self, clause: Clause, chance: Mapping[str, float], seen: Sense | None, text: str) -> dict[str, str]:
        start, end = clause.words[0].start, clause.words[-1].end
        said = {}
        for agent, share in chance.items():
            if share >= ENOUGH:
                place = seen.stretch(agent, start, end) if seen is not None else None
                said[agent] = text[place[0] : place[1]].strip() if place is not None else clause.text
        return said

    def _by_examples(self, text: str) -> dict[str, float]:
        """For agents that were not there in training: how near the text is to one of their examples, as a chance."""
        if not self._others:
            return {}
        scores = self.memory.similar(text)
        found = dict.fromkeys(self._others, 0.0)
        for score, labels in zip(scores.tolist(), self.labels, strict=True):
            for name in labels:
                agent = self.catalog.by_name[name].agent
                if agent in found:
                    found[agent] = max(found[agent], score)
        return {agent: 1.0 / (1.0 + float(np.exp(-12.0 * (score - VOTE)))) for agent, score in found.items()}

    def chances(self, goal: str, objective: str) -> Mapping[str, float]:
        """The chance of each agent that a task's goal asks for it.

        A goal in the objective's own words is looked up in the objective's reading; other words are read by the linear
        layer, for one pass of the encoder per task would cost more than the rest of vetting.
        """
        whole = self.read(objective)
        found: dict[str, float] = {}
        for part in goal.split("; "):
            at = objective.find(part)
            if at < 0:
                linear = self.trained.linear(goal)
                return {agent: linear[agent] for agent in self.known} | self._by_examples(goal)
            for one in whole.reads:
                if one.clause.words[0].start < at + len(part) and one.clause.words[-1].end > at:
                    for agent, chance in one.chance.items():
                        found[agent] = max(found.get(agent, 0.0), chance)
        return found

    def entry(self, agent: str, goal: str, whole: Reading, places: Sequence[tuple[int, int]]) -> Entry:
        """The kind of task of that agent that the goal's words mean: by the trained layer, else by its examples."""
        entries = self.catalog.by_agent[agent]
        if len(entries) == 1:
            return entries[0]
        scored: Mapping[str, float] = {}
        if whole.sense is not None:
            scored = self.trained.types(agent, whole.sense, places)
        if not scored:
            mine = {entry.name for entry in entries}
            votes = vote(self.memory.similar(goal), [labels & mine for labels in self.labels])
            scored = {name.partition(".")[2]: share for name, share in votes.items()}
        return max(entries, key=lambda entry: scored.get(entry.type, 0.0))


def kinds(example: Example) -> Sequence[str]:
    """The kinds of task that an example's plan names, each once."""
    return list(dict.fromkeys(step.partition("#")[0] for step in example.plan))


def surest(reads: Iterable[Read], agent: str) -> float:
    """The highest chance of an agent in any of these clauses."""
    return max((one.chance.get(agent, 0.0) for one in reads), default=0.0)


def reader_of(catalog: Catalog) -> Reader:
    """The index over a catalog, with what is installed."""
    from genesis.plan.lexicon import load

    return Reader(catalog, load(), sense.load())
