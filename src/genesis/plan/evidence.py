"""What each clause of an objective says for each agent: matches of the lexicon, and votes of similar examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from genesis.agents.card import Example
from genesis.plan.catalog import Catalog
from genesis.plan.clauses import ARTICLES, Clause, about, apart, continues, follows, forbidden_from, split
from genesis.plan.lexicon import STRENGTH, Lexicon, Match, Matcher, winners
from genesis.plan.memory import Memory, vote
from genesis.plan.text import tokens, word_set

MAKES = frozenset({"code", "page", "api"})
"""Products that are built: what is tested, audited, put out and watched afterwards."""
_QUESTION_WORDS = word_set(
    "what which who how why when where whether is are was were does did wie warum welche wer que cual como "
    "quel quelle comment pourquoi"
)
TOLD = 0.4
"""How much a match counts in a clause that tells of something instead of asking for it."""
BESIDE = 0.45
"""How much a weak match counts beside a sure one of another agent: it is likely its input or its place."""
DETAIL = 0.75
"""How much a match counts in an item behind a colon that already asked for something."""
OFF_TOPIC = 0.6
"""How much a match counts in a clause about films, flights or pets: one is not enough there, two are."""
VOTE = 0.5
"""How much a unanimous vote of near examples counts, as chance."""
NEAR = 0.4
"""Cosine with an example or description from which on a kind that the lexicon has no words for is asked for."""


@dataclass(frozen=True)
class Read:
    """A clause and what it says, by agent.

    `chance`: that its work is asked for here; `types`: the same by kind of task; `full`: if the clause asked instead of
    telling; `sure`: agents with a sure match; `specific`: those meant by words that name something; `spelt`: those
    asked for in two words or more; `forbidden`: those whose work it forbids; `together`: kinds that are asked for as
    one; `another`: it names one more thing of the kind before it; `why`: the words that spoke for an agent.
    """

    clause: Clause
    chance: Mapping[str, float]
    types: Mapping[str, Mapping[str, float]]
    sure: frozenset[str] = frozenset()
    specific: frozenset[str] = frozenset()
    spelt: frozenset[str] = frozenset()
    forbidden: frozenset[str] = frozenset()
    signals: frozenset[str] = frozenset()
    together: tuple[str, ...] = ()
    full: Mapping[str, float] = field(default_factory=dict)
    another: bool = False
    why: Mapping[str, str] = field(default_factory=dict)


class Reader:
    """Reads objectives over one catalog. Built once. `speaks`: the lexicon has words for some of its kinds."""

    def __init__(self, catalog: Catalog, lexicon: Lexicon) -> None:
        self.catalog = catalog
        self.lexicon = lexicon
        self._matcher: Matcher = lexicon.matcher(catalog.by_name)
        self._makers = {entry.name for entry in catalog.entries if MAKES & set(entry.gives)}
        self.speaks = any(entry.name in lexicon.kinds for entry in catalog.entries)
        self._agent = {entry.name: entry.agent for entry in catalog.entries}
        # Of kinds that came later (a user's agents) the lexicon says nothing: their examples and descriptions must do.
        self.wordless = frozenset(name for name in catalog.by_name if self.speaks and name not in lexicon.kinds)
        texts = [example.request for example in catalog.examples]
        self.labels: list[frozenset[str]] = [frozenset(kinds(example)) for example in catalog.examples]
        for entry in catalog.entries:
            if entry.name in self.wordless:
                texts.append(f"{entry.type.replace('_', ' ')}. {entry.description}")
                self.labels.append(frozenset({entry.name}))
        self.memory = Memory(texts)
        self._own_words = self._words_of_the_wordless() if self.wordless else {}

        self._remembered = lru_cache(maxsize=256)(self._read_all)
        self.recall = lru_cache(maxsize=1024)(self._recall)
        self.vocabulary = lexicon.words | {
            word.stem for example in catalog.examples for word in tokens(example.request)
        }

    def read(self, text: str) -> tuple[Read, ...]:
        """Every clause of `text` with what it says. Texts read lately are remembered: vetting reads them again."""
        return self._remembered(text)

    def _read_all(self, text: str) -> tuple[Read, ...]:
        reads: list[Read] = []
        banned = 0  # a sentence in which a prohibition goes on: "you may not add, change or remove"
        makes, sentence = True, 0
        for clause in split(text, self.lexicon.verbs):
            limit = forbidden_from(clause)
            if limit is not None:
                banned = clause.sentence
            elif banned == clause.sentence and continues(clause):
                limit = 0
            else:
                banned = 0
            makes = self._makes(clause, makes if clause.sentence == sentence else None)
            sentence = clause.sentence
            detail = self._details(reads, clause)
            reads.append(self._read(clause, limit, makes, detail))
        return tuple(reads)

    def _recall(self, text: str) -> tuple[dict[str, float], float]:
        """Votes of the examples nearest to `text` by kind of task, and the cosine of the nearest. Remembered too: a
        goal is made of clauses that were looked up before."""
        if self.memory.size == 0:
            return {}, 0.0
        scores = self.memory.similar(text)
        return vote(scores, self.labels), float(scores.max())

    def _words_of_the_wordless(self) -> dict[str, frozenset[str]]:
        """Words by which kinds without words may be told: in two texts about one of them, in no example of ours."""
        about = dict(self.catalog.about)
        known = list(zip(self.memory.texts, self.labels, strict=True))
        ours = {word.stem for text, label in known if not label & self.wordless for word in tokens(text)}
        found: dict[str, frozenset[str]] = {}
        for name in self.wordless:
            texts = [about.get(self._agent[name], ""), *(text for text, label in known if name in label)]
            counted = Counter(stem for text in texts for stem in {w.stem for w in tokens(text) if len(w.word) > 3})
            found[name] = frozenset(stem for stem, count in counted.items() if count > 1 and stem not in ours)
        return found

    def _nearest(self, text: str) -> dict[str, float]:
        """The chance that kinds without words of their own are asked for: what the nearest text about each says."""
        if not self.wordless:
            return {}
        said = {word.stem for word in tokens(text)}
        found = {name: STRENGTH["alone"] for name, own in self._own_words.items() if own & said}
        for score, label in zip(self.memory.similar(text).tolist(), self.labels, strict=True):
            if score >= NEAR:
                for name in label & self.wordless:
                    found[name] = max(found.get(name, 0.0), min(0.9, STRENGTH["alone"] * score / NEAR))
        return found

    def _context(self, heard: Sequence[Match], clause: Clause) -> set[int]:
        """The matches (by id) that only say what another's work is about.

        One clause asks for one agent's work, unless a comma, "and" or "with" stands between two things. Without it:
        behind "for", "of", "on" stands what the work is about; of two nouns side by side the last is the thing (a
        marketing budget is a budget); else the match that says more wins.
        """
        lost: set[int] = set()
        for at, first in enumerate(heard):
            for second in heard[at + 1 :]:
                if second.first <= first.last or self._agents(first) & self._agents(second):
                    continue
                between = clause.words[first.last + 1 : second.first]
                if about((*between, clause.words[second.first]), self.lexicon.verbs):
                    if first.pattern.strength >= STRENGTH["alone"]:
                        lost.add(id(second))
                elif not apart(clause, first.last, second.first):
                    if not between and second.pattern.strength >= STRENGTH["alone"]:
                        lost.add(id(first))
                    else:
                        weaker = min(first, second, key=lambda m: (m.pattern.strength, len(m.won), -m.first))
                        lost.add(id(weaker))
        return lost

    def _by_agent(self, spoken: Iterable[tuple[str, float]]) -> dict[str, dict[str, float]]:
        found: dict[str, dict[str, float]] = {}
        for name, chance in spoken:
            kind = found.setdefault(self._agent[name], {})
            kind[name] = _any((kind.get(name, 0.0), chance))
        return found

    def _agents(self, match: Match) -> set[str]:
        return {self._agent[name] for name in match.pattern.targets}

    def _details(self, reads: Sequence[Read], clause: Clause) -> float:
        """How much the clause counts if it only says more of what the clause before the colon asked for: "a brief on
        heat pumps: noise, running costs". A clause that begins with a verb asks for something of its own, one that
        begins with an article may."""
        head = next((one for one in reversed(reads) if one.clause.colon and one.clause.line == clause.line), None)
        if head is None or not head.sure or clause.item or follows(clause):
            return 1.0
        for at, word in enumerate(clause.words[:3]):
            if word.word in ARTICLES and at <= 1:
                return DETAIL
            if word.stem in self.lexicon.verbs or word.word in _QUESTION_WORDS:
                return 1.0
        return BESIDE

    def _makes(self, clause: Clause, before: bool | None) -> bool:
        """Whether the clause speaks of making or changing something, or just names a thing: then a thing that can be
        built is to be built. In "is the API slow" and "check the page" it is not. A clause that begins without a verb
        goes on as the one `before` it in its sentence."""
        for at, word in enumerate(clause.words[:5]):
            if word.word in ARTICLES and at <= 1:
                break
            if word.word in _QUESTION_WORDS:
                return False
            if word.stem in self.lexicon.constructive:
                return True
            if word.stem in self.lexicon.verbs:
                return False
        return True if before is None else before

    def _read(self, clause: Clause, limit: int | None, makes: bool, detail: float) -> Read:
        matches = self._matcher.find(clause.words)
        won = winners(matches)
        heard = [match for match in won if match.pattern.targets]
        forbidden: set[str] = set()
        if limit is not None:
            forbidden = {
                self._agent[name]
                for match in heard
                if match.first >= limit and match.pattern.strength >= STRENGTH["likely"]
                for name in match.pattern.targets
            }
            heard = [match for match in heard if match.first < limit]
        context = self._context(heard, clause)
        if not makes:
            context |= {
                id(m)
                for m in heard
                if m.pattern.strength <= STRENGTH["alone"] and any(name in self._makers for name in m.pattern.targets)
            }
        signals = frozenset(key for key, matcher in self.lexicon.signals.items() if matcher.find(clause.words))
        off_topic = "topics" in signals
        strong = {
            self._agent[name]
            for m in heard
            if m.pattern.strength >= STRENGTH["sure"]
            and id(m) not in context
            and detail == 1.0
            and not (off_topic and len(m.won) < 2)
            for name in m.pattern.targets
        }
        near = self._nearest(clause.text)
        nearby = frozenset(self._agent[name] for name in near)
        weight = 1.0 if clause.mood == "ask" else TOLD
        votes, nearest = self.recall(clause.text)
        why: dict[str, tuple[float, str]] = {}
        together: tuple[str, ...] = ()
        spoken: list[tuple[str, float]] = []
        for match in heard:
            if len(match.pattern.targets) > 1:
                together = match.pattern.targets
            for name in match.pattern.targets:
                agent = self._agent[name]
                chance = match.pattern.strength * detail * (OFF_TOPIC if off_topic and len(match.won) < 2 else 1.0)
                beside = match.pattern.strength < STRENGTH["sure"] and strong - {agent}
                # `nearby`: the clause is like an example that says whose work it is.
                if id(match) in context or beside or nearby - {agent}:
                    chance *= BESIDE
                spoken.append((name, chance))
                if chance > why.get(agent, (0.0, ""))[0]:
                    why[agent] = (chance, " ".join(one.word for one in clause.words[match.first : match.last + 1]))
        spoken.extend((name, VOTE * share * min(1.0, nearest / 0.5)) for name, share in votes.items() if share > 0.1)
        spoken.extend(near.items())
        types = self._by_agent((name, chance * weight) for name, chance in spoken)
        totals = {agent: _any(kinds.values()) for agent, kinds in types.items()}
        full = totals if weight == 1.0 else {a: _any(k.values()) for a, k in self._by_agent(spoken).items()}
        specific = {
            self._agent[name]
            for match in heard
            if match.pattern.strength >= STRENGTH["alone"]
            and any(clause.words[at].stem not in self.lexicon.generic for at in match.won)
            for name in match.pattern.targets
        }
        return Read(
            clause=clause,
            chance=totals,
            types=types,
            sure=frozenset(strong | nearby) if clause.mood == "ask" else frozenset(),
            specific=frozenset(specific | nearby),
            spelt=nearby.union(
                self._agent[name]
                for m in heard
                if m.pattern.strength >= STRENGTH["sure"] and len(m.won) >= 2 and id(m) not in context
                for name in m.pattern.targets
            ),
            forbidden=frozenset(forbidden),
            signals=signals,
            together=together,
            full=full,
            why={agent: words for agent, (_, words) in why.items()},
        )


def _any(chances: Iterable[float]) -> float:
    """The chance of at least one, as if they were independent."""
    missing = 1.0
    for chance in chances:
        missing *= 1.0 - chance
    return 1.0 - missing


def kinds(example: Example) -> Sequence[str]:
    """The kinds of task that an example's plan names, each once."""
    return list(dict.fromkeys(step.partition("#")[0] for step in example.plan))
