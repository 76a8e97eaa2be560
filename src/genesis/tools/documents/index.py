"""BM25 over passages, with a passage's headings as a second field.

k1 and b are the usual ones (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009); a word in a heading
counts as `HEADING_WEIGHT` occurrences in the text (their BM25F, with the heading's length not normalised).
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from genesis.frozen import Frozen
from genesis.tools.documents.blocks import Document
from genesis.tools.documents.passages import Passage, passages
from genesis.tools.documents.words import asking_words, parts, stem, stop_words, synonyms, words

K1 = 1.2
B = 0.75
HEADING_WEIGHT = 3.0
BACKGROUND = 20
"""Passages without the word, as if they were there: among three passages a word that all have is not worthless."""
SYNONYM_WEIGHT = 0.7
AIMED = 0.35
"""What a passage gains whose own heading holds nothing but the query's words: "Installation" for "how to install"."""
PRIOR = {"guide": 1.0, "changelog": 0.55, "licence": 0.5}
"""Changelogs mention everything and explain little."""
_ABOUT = {
    "changelog": re.compile(r"(?i)\b(?:changelog|changed|changes|deprecated|removed|introduced|since|released)\b"),
    "licence": re.compile(r"(?i)\b(?:licen[cs]ed?|authors?|copyright|contributors?|redistribut\w+)\b"),
}
"""Questions that such a document does answer."""

_ACTION = re.compile(
    r"(?i)\bhow (?:(?:do|does|can|could|should|would|must) (?:i|we|you|one|they|(?:a|an|the|my|our) \w+) |to |i |"
    r"we )(\w+)"
)
_PHRASAL = re.compile(r"(?i)\b([a-z]{2,12}) (in|out|up|off|back|down|over)\b")
_MEASURE = re.compile(
    r"(?i)\b(?:how (?:long|many|much|often|far|soon|late|big|old)|wie (?:lange|viele?|oft|hoch)|combien de|"
    r"cu[aá]nt[oa]s?)\b"
)
ACTION_WEIGHT = 0.6
"""Of the verb in "how do I VERB …": documents often use another one, while a missing noun means another subject."""


class Term(Frozen):
    """A word of a query. `forms`: the stems that stand for it, with their weight; `passages`: how many have it itself.

    `weight` is its inverse document frequency, ln(1 + (N + BACKGROUND - n + 0.5) / (n + 0.5)).
    """

    word: str
    forms: dict[str, float]
    passages: int
    weight: float


@dataclass(frozen=True)
class Hit:
    """A passage that was found. `coverage`: the share, by weight, of the query's terms that it has (0 to 1)."""

    passage: int
    score: float
    coverage: float


def stems(text: str, language: str) -> list[str]:
    """The stems of a text, function words left out; a compound gives itself and its parts."""
    stops = stop_words(language)
    found = []
    for word in words(text):
        pieces = parts(word)
        if pieces:
            found.append(word.lower())
            found.extend(stem(piece, language) for piece in pieces if piece not in stops)
        elif word.lower() not in stops:
            found.append(stem(word, language))
    return found


class Index:
    """The passages of some documents, ready to be searched."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self.passages: list[Passage] = [one for document in documents for one in passages(document)]
        self.languages = sorted({one.document.language for one in self.passages}) or ["en"]
        self._body: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._head: dict[str, set[int]] = defaultdict(set)
        self._lengths: list[int] = []
        self._about: list[frozenset[str]] = []
        for number, passage in enumerate(self.passages):
            language = passage.document.language
            counts = Counter(one for block in passage.blocks for one in stems(block.text, language))
            for one, count in counts.items():
                self._body[one].append((number, count))
            name = passage.document.name.rpartition("/")[2].rpartition(".")[0]
            for one in stems(" ".join((*passage.path, name.replace("_", " "))), language):
                self._head[one].add(number)
            self._about.append(frozenset(stems(passage.path[-1], language)))
            self._lengths.append(sum(counts.values()))
        self._mean = sum(self._lengths) / len(self._lengths) if self._lengths else 1.0

    def terms(self, query: str) -> list[Term]:
        """What a query asks for, without the words that only wrap it."""
        kept: dict[str, Term] = {}
        query = _PHRASAL.sub(self._joined, _MEASURE.sub(" ", query) if len(words(query)) > 2 else query)
        spoken = [
            word for word in words(query) if not any(word.lower() in stop_words(one) for one in ("en", *self.languages))
        ]
        action = _ACTION.search(query)
        asked = [word for word in spoken if word.lower() not in asking_words()] or spoken
        for word in asked:
            for piece in self._pieces(word):
                forms = {stem(piece, language): 1.0 for language in self.languages}
                if piece == word and parts(word):
                    forms = {word.lower(): 1.0}
                for other in synonyms().get(stem(piece), ()) if "en" in self.languages else ():
                    forms.setdefault(other, SYNONYM_WEIGHT)
                having = {number for form, weight in forms.items() if weight == 1.0 for number in self._having(form)}
                count, total = len(having), len(self.passages)
                weight = math.log(1 + (total + BACKGROUND - count + 0.5) / (count + 0.5))
                if action and word == action[1] and len(asked) > 1:
                    weight *= ACTION_WEIGHT
                kept.setdefault(min(forms), Term(word=piece, forms=forms, passages=count, weight=weight))
        return list(kept.values())

    def _joined(self, phrasal: re.Match[str]) -> str:
        """ "log out" as "logout", if the documents have the word."""
        joined = f"{phrasal[1]}{phrasal[2]}"
        return joined if joined.lower() in self._body or stem(joined) in self._body else phrasal[0]

    def _pieces(self, word: str) -> list[str]:
        """A compound that the documents have as it stands is one term, else its parts are."""
        pieces = parts(word)
        if not pieces or word.lower() in self._body:
            return [word]
        stops = [stop_words(one) for one in ("en", *self.languages)]
        return [piece for piece in pieces if not any(piece in one for one in stops)] or [word]

    def _having(self, form: str) -> set[int]:
        return {number for number, _ in self._body.get(form, ())} | self._head.get(form, set())

    def search(self, query: str, limit: int) -> tuple[list[Term], list[Hit]]:
        """The best passages, best first; equals in the order of the documents."""
        terms = self.terms(query)
        total = sum(term.weight for term in terms)
        scores: dict[int, float] = defaultdict(float)
        covered: dict[int, float] = defaultdict(float)
        for term in terms:
            best: dict[int, float] = {}
            frequency: dict[int, float] = defaultdict(float)
            for form, weight in term.forms.items():
                for number, count in self._body.get(form, ()):
                    frequency[number] += weight * count / (1 - B + B * self._lengths[number] / self._mean)
                    best[number] = max(best.get(number, 0.0), weight)
                for number in self._head.get(form, ()):
                    frequency[number] += weight * HEADING_WEIGHT
                    best[number] = max(best.get(number, 0.0), weight)
            for number, value in frequency.items():
                scores[number] += term.weight * value * (K1 + 1) / (value + K1)
                covered[number] += term.weight * best[number]
        lifted = {role for role, pattern in _ABOUT.items() if pattern.search(query)}
        priors = {role: 1.0 if role in lifted else prior for role, prior in PRIOR.items()}
        forms = {form for term in terms for form in term.forms}
        hits = []
        for number, score in scores.items():
            coverage = covered[number] / total if total else 0.0
            prior = priors[self.passages[number].document.role]
            about = self._about[number]
            aimed = sum(one in forms for one in about) / len(about) if about else 0.0
            hits.append(Hit(number, score * (0.4 + 0.6 * coverage) * (1 + AIMED * aimed) * prior, coverage))
        hits.sort(key=lambda hit: (-hit.score, hit.passage))
        return terms, hits[:limit]


def has(term: Term, found: frozenset[str] | set[str]) -> float:
    """How well a text's stems have a term: 1, a synonym's weight, or 0."""
    return max((weight for form, weight in term.forms.items() if form in found), default=0.0)
