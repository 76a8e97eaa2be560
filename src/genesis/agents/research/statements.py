"""Chooses the statements that bear on an aspect, and sees which documents agree and which do not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from genesis.agents.research.aspects import Aspect
from genesis.finding import Source
from genesis.tools.documents.index import Term
from genesis.tools.documents.relevance import ALIKE, Covering, alike, contradict
from genesis.tools.search_documents import Answer, Cited, FoundPassage

ENOUGH = 0.55
"""Less than an answer needs: a brief gathers what bears on an aspect, and shows how much each statement covers."""
MAX_STATEMENTS = 6
MAX_OF_A_FILE = 3
MIN_CHARS = 25


@dataclass(frozen=True)
class Statement:
    """A sentence of the documents. `agree`: other documents that say the same."""

    sentence: Cited
    passage: FoundPassage
    share: float
    score: float
    agree: tuple[Source, ...] = ()

    @property
    def source(self) -> Source:
        """Where it stands."""
        return source(self.passage, self.sentence)


@dataclass(frozen=True)
class Gathered:
    """What was found about an aspect; nothing in `statements` means that nothing was."""

    aspect: Aspect
    statements: tuple[Statement, ...]
    disagree: tuple[tuple[Statement, Statement], ...]
    unknown: tuple[str, ...]


def source(passage: FoundPassage, sentence: Cited) -> Source:
    """Where a sentence of a passage stands."""
    return Source(file=passage.file, line=sentence.line, excerpt=sentence.excerpt or None)


def gather(aspect: Aspect, terms: tuple[Term, ...], found: Answer) -> Gathered:
    """The best statements about an aspect. `terms` are the aspect's own; `found` was ranked with its subject, too."""
    candidates = sorted(_candidates(terms, found), key=lambda one: (-one.score, one.passage.file, one.sentence.line))
    kept: list[Statement] = []
    disagree: list[tuple[Statement, Statement]] = []
    files: Counter[str] = Counter()
    for one in candidates[:60]:
        same = next((at for at, other in enumerate(kept) if _alike(one, other)), None)
        if same is not None:
            other = kept[same]
            if _contradict(one, other):
                disagree.append((other, one))
            elif one.passage.file != other.passage.file and len(other.agree) < 5:
                kept[same] = _with(other, one)
            continue
        if len(kept) < MAX_STATEMENTS and files[one.passage.file] < MAX_OF_A_FILE:
            files[one.passage.file] += 1
            kept.append(one)
    unknown = tuple(term.word for term in terms if term.passages == 0)
    return Gathered(aspect, tuple(kept), tuple(disagree[:3]), unknown)


def _with(one: Statement, other: Statement) -> Statement:
    return Statement(one.sentence, one.passage, one.share, one.score, (*one.agree, other.source))


def _candidates(terms: tuple[Term, ...], found: Answer) -> list[Statement]:
    top = max((passage.score for passage in found.passages), default=0.0)
    statements = []
    for passage in found.passages:
        heading = " ".join((*passage.path, passage.file.rpartition("/")[2]))
        covering = Covering([one.text for one in passage.sentences], heading, passage.language)
        for at, one in enumerate(passage.sentences):
            if one.kind == "code" or one.text.endswith(("?", ":")) or len(one.text) < MIN_CHARS:
                continue
            share = covering.near(terms, at)
            if share >= ENOUGH:
                score = share * (0.6 + 0.4 * passage.score / top) + 0.25 * covering.own(terms, at)
                statements.append(Statement(one, passage, share, score))
    return statements


def _alike(one: Statement, other: Statement) -> bool:
    return alike(one.sentence.text, other.sentence.text, one.passage.language) >= ALIKE


def _contradict(one: Statement, other: Statement) -> bool:
    guides = one.passage.role == other.passage.role == "guide" and "row" not in {one.sentence.kind, other.sentence.kind}
    return guides and contradict(one.sentence.text, other.sentence.text, one.passage.language)
