"""What an objective says: whose work it asks for, in which of its clauses, and whether it can be planned at all.

Two sources: what was trained (sense.py), and, for agents that came later (a user's), their examples and descriptions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from genesis.agents.card import Example
from genesis.plan import sense
from genesis.plan.catalog import Catalog, Entry
from genesis.plan.clauses import Clause, split
from genesis.plan.lexicon import Lexicon
from genesis.plan.memory import Memory, vote
from genesis.plan.sense import ANSWERS, Answer, Sense, Trained
from genesis.plan.text import tokens
from genesis.security.redact.redactor import unmarked

MAKES = frozenset({"code", "page", "api"})
"""Products that are built: what is tested, audited, put out and watched afterwards."""
ENOUGH = 0.5
"""Chance from which on an agent is asked for."""
NEAR = 0.4
"""Cosine with an example or description from which on an agent that came after the training is asked for."""
NAMED = 0.7
"""Chance of such an agent where one of its own words is said, or an example is that near."""
BESIDE = 0.45
"""How much a trained agent's chance counts in a clause that is one of theirs: it was trained before they were there."""


@dataclass(frozen=True)
class Read:
    """A clause and what it says: `chance` by agent that its work is asked for here, `signals` of the lexicon, and
    `why`: the words that spoke for an agent."""

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
        texts = [example.request for example in catalog.examples]
        self.labels: list[frozenset[str]] = [frozenset(kinds(example)) for example in catalog.examples]
        self._later = frozenset(agent for agent in catalog.by_agent if self.known and agent not in trained.agents)
        for entry in catalog.entries:
            if entry.agent in self._later:
                texts.append(f"{entry.type.replace('_', ' ')}. {entry.description}")
                self.labels.append(frozenset({entry.name}))
        self.memory = Memory(texts)
        self._owners = [frozenset(catalog.by_name[name].agent for name in label) for label in self.labels]
        self._own_words = self._words_of_the_later(texts)
        self.read = lru_cache(maxsize=256)(self._read)

    def _read(self, text: str) -> Reading:
        """The reading of a text. Texts read lately are remembered: vetting reads them again."""
        text = unmarked(text)  # what a secret was replaced with says nothing about the work
        clauses = split(text, self.lexicon.verbs)
        whole = self.trained.read(text, [(one.words[0].start, one.words[-1].end) for one in clauses])
        reads = []
        told: list[tuple[Mapping[str, float], Mapping[str, float]]] = []
        asked = {agent: whole.asked[agent] for agent in self.known}
        answers = dict(whole.answers)
        for clause, chances in zip(clauses, whole.parts, strict=True):
            chance = {agent: chances[agent] for agent in self.known}
            later = self._by_examples(clause.text)
            if any(share >= ENOUGH for share in later.values()):
                chance = {agent: share * BESIDE for agent, share in chance.items()}
            told.append((chance, later))
            chance |= later
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
        if any(share >= ENOUGH for _, later in told for share in later.values()):
            # The training knows nothing of these agents: to it, their work is another's or nobody's.
            asked = {agent: max(one[0][agent] for one in told) for agent in asked}
            asked |= {agent: max(one[1].get(agent, 0.0) for one in told) for agent in self._later}
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

    def _words_of_the_later(self, texts: Sequence[str]) -> dict[str, frozenset[str]]:
        """Words by which agents that came later may be told: in two texts about one of them, in no example of ours."""
        if not self._later:
            return {}
        about = dict(self.catalog.about)
        known = list(zip(texts, self._owners, strict=True))
        ours = {word.stem for text, owners in known if not owners & self._later for word in tokens(text)}
        found = {}
        for agent in self._later:
            mine = [about.get(agent, ""), *(text for text, owners in known if agent in owners)]
            counted = Counter(stem for text in mine for stem in {w.stem for w in tokens(text) if len(w.word) > 3})
            found[agent] = frozenset(stem for stem, count in counted.items() if count > 1 and stem not in ours)
        return found

    def _by_examples(self, text: str) -> dict[str, float]:
        """The chance of each agent that came later: by the nearest text about it, or by a word of its own."""
        if not self._later:
            return {}
        said = {word.stem for word in tokens(text)}
        found = {agent: NAMED if self._own_words[agent] & said else 0.0 for agent in self._later}
        for score, owners in zip(self.memory.similar(text).tolist(), self._owners, strict=True):
            for agent in owners & self._later if score >= NEAR else ():
                found[agent] = max(found[agent], min(0.9, NAMED * score / NEAR))
        return found

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

    def votes(self, text: str) -> dict[str, float]:
        """The share of the nearest examples' weight that each agent has."""
        return vote(self.memory.similar(text), self._owners)

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
