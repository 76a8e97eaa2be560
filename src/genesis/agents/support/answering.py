"""Makes an answer of the passages that a question found: their own sentences, in their own order, nothing added."""

from __future__ import annotations

import re
from dataclasses import dataclass

from genesis.tools.documents.index import Term
from genesis.tools.documents.questions import Kind
from genesis.tools.documents.relevance import THRESHOLD, Covering, contradict
from genesis.tools.search_documents import Answer, Cited, FoundPassage

MAX_STEPS = 15
MAX_CODE = 2
MORE: dict[Kind, int] = {"how_to": 4, "trouble": 4, "cause": 3, "topic": 2, "definition": 2}
"""How many sentences may follow the one that answers; one for the other kinds."""

OPENING: dict[Kind, float] = {"how_to": 0.25, "definition": 0.1, "topic": 0.1}
"""What the first sentence below a heading gains that says all of the question; the next ones gain less."""

_HOW = re.compile(
    r"(?i)^(?:(?:first|then|next|finally|now|to \w+|in order to|if you|for this|simply|"
    r"just)\b[^.]{0,80},\s*)?(?:use|set|call|run|add|create|click|open|go to|"
    r"select|choose|enter|install|configure|define|pass|write|make|put|send|press|type|enable|disable|change|"
    r"start|import|register|return|"
    r"you can|you need|you have to|you should|you may|you must)\b|\bcan be \w+ed\b|\bby \w+ing\b|\byou can\b"
)
_FIGURE = re.compile(
    r"(?i)\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|daily|weekly|monthly|yearly|annually|"
    r"none|unlimited|never|always|"
    r"immediately|free|default)\b"
)
_POLAR = re.compile(
    r"(?i)\b(?:not|no|never|only|can|cannot|may|must|yes|possible|supports?|supported|allow(?:s|ed)?|available|"
    r"unless|except)\b"
)
_CAUSE = re.compile(
    r"(?i)\b(?:because|caused? by|causes?|due to|happens? (?:when|if)|occurs? (?:when|if)|raised (?:when|if)|"
    r"means? that|this means|reason|since|result of|when you|if you)\b"
)
_CURE = re.compile(
    r"(?i)\b(?:to (?:fix|solve|resolve|avoid|correct|repair|prevent)|fix(?:ed)?|solution|solve|resolved?|"
    r"workaround|make sure|ensure|try|instead|"
    r"check (?:that|if|whether|the|your)|upgrade|reinstall|restart|clear|increase|you (?:should|need|must|can)|"
    r"remove|set|run|wait|contact|use)\b"
)
_PLACE = re.compile(r"(?i)[\w~]/[\w.]|https?:|\b(?:in|at|under|on|inside) (?:the|your|a)\b|\.\w{2,4}\b|>")
_BACKWARD = re.compile(
    r"(?i)^(?:it|this|that|these|those|they|then|so|thus|therefore|otherwise|for example|afterwards|also|"
    r"in this case|instead|but|however)\b"
)
_IS = re.compile(r"(?i)\b(?:is|are|means|refers to|stands for|describes|provides|represents|ist|sind|est|es|son)\b")


@dataclass(frozen=True)
class Quote:
    """Sentences of one passage that answer together. `share`: how much of the question they cover, 0 to 1."""

    passage: FoundPassage
    sentences: tuple[Cited, ...]
    best: Cited
    share: float
    score: float


@dataclass(frozen=True)
class Reply:
    """What the documents say to a question: the best quote, others that bear on it, and those that contradict it.

    `quote` is None when nothing reaches the threshold; then `nearest` is what came closest, and `unknown` the words of
    the question that no document has.
    """

    question: str
    kind: Kind
    quote: Quote | None
    others: tuple[Quote, ...]
    conflicts: tuple[tuple[Quote, Quote], ...]
    nearest: Quote | None
    unknown: tuple[str, ...]


def reply(question: str, kind: Kind, found: Answer) -> Reply:
    """Chooses the sentences that answer `question` from what the search found."""
    top = max((passage.score for passage in found.passages), default=0.0)
    quotes = [quote for passage in found.passages if (quote := _quote(kind, found.terms, passage, top)) is not None]
    quotes.sort(key=lambda one: -one.score)
    unknown = tuple(term.word for term in found.terms if term.passages == 0)
    sure = [one for one in quotes if one.share >= THRESHOLD]
    if not sure:
        return Reply(question, kind, None, (), (), quotes[0] if quotes else None, unknown)
    first = sure[0]
    others = [one for one in sure[1:] if one.score >= 0.7 * first.score and not _same(one, first)]
    conflicts = tuple((first, one) for one in sure[1:] if _disagree(first, one))
    return Reply(question, kind, first, tuple(others[:3]), conflicts[:2], None, unknown)


def _disagree(one: Quote, other: Quote) -> bool:
    """Changelogs tell what was once so, and the rows of a table are about different things."""
    guides = one.passage.role == other.passage.role == "guide" and "row" not in {one.best.kind, other.best.kind}
    return guides and contradict(one.best.text, other.best.text, one.passage.language)


def _same(one: Quote, other: Quote) -> bool:
    return " ".join(one.best.text.lower().split()) == " ".join(other.best.text.lower().split())


def _quote(kind: Kind, terms: tuple[Term, ...], passage: FoundPassage, top: float) -> Quote | None:
    if not passage.sentences or not terms:
        return None
    heading = " ".join((*passage.path, passage.file.rpartition("/")[2]))
    covering = Covering([one.text for one in passage.sentences], heading, passage.language)
    rank = 0.6 + 0.4 * (passage.score / top if top else 0.0)
    texts = [at for at, one in enumerate(passage.sentences) if one.kind != "code"]
    begins = passage.sentences[0].line > passage.line  # not the later part of a long section
    headed = covering.headed(terms) if begins and kind in OPENING else 0.0
    scores = {}
    for at in texts or range(len(passage.sentences)):
        opening = OPENING.get(kind, 0.0) * headed**4 / (1 + at / 2)
        scores[at] = covering.near(terms, at) * (1 + _suits(kind, passage, at) + opening) * rank
    best = max(scores, key=lambda at: (scores[at], -at))
    first, last = _around(kind, passage.sentences, best)
    share = covering.quoted(terms, best, first, last)
    return Quote(passage, passage.sentences[first : last + 1], passage.sentences[best], share, scores[best])


def _suits(kind: Kind, passage: FoundPassage, at: int) -> float:
    """How much a sentence looks like the kind of answer that is wanted."""
    one = passage.sentences[at]
    text = one.text
    if text.endswith("?"):
        return -0.4
    bonus = 0.0
    following = passage.sentences[at + 1].kind if at + 1 < len(passage.sentences) else "end"
    if kind == "how_to":
        steps = any(other.kind == "code" or other.number for other in passage.sentences)
        bonus += 0.2 * bool(_HOW.search(text)) + 0.1 * (following == "code") + 0.1 * (one.number > 0) + 0.2 * steps
    elif kind == "quantity":
        bonus += 0.35 * bool(_FIGURE.search(text))
    elif kind == "definition":
        bonus += 0.2 * (at == 0) + 0.15 * bool(_IS.search(text[:120]))
    elif kind == "yes_no":
        bonus += 0.2 * bool(_POLAR.search(text))
    elif kind in {"trouble", "cause"}:
        bonus += 0.15 * bool(_CAUSE.search(text)) + 0.15 * bool(_CURE.search(text))
    elif kind == "place":
        bonus += 0.15 * bool(_PLACE.search(text))
    bonus -= 0.2 * (len(text) > 320)  # whatever is long enough mentions everything
    return bonus - 0.1 * bool(_BACKWARD.match(text)) - 0.15 * (len(text) < 25 and one.kind == "paragraph")


def _around(kind: Kind, all_of: tuple[Cited, ...], at: int) -> tuple[int, int]:
    """The first and last place of what belongs to a sentence.

    That is what it refers back to, the steps it is one of, the code that it announces.
    """
    best = all_of[at]
    if best.kind == "row":
        return at, at
    first = last = at
    if best.kind == "item" and not best.number:
        while first > 0 and all_of[first - 1].block == best.block:
            first -= 1
        while last + 1 < len(all_of) and all_of[last + 1].block == best.block:
            last += 1
        return first, last
    if best.kind == "item":
        first, last = _steps(all_of, at)
        if first > 0 and all_of[first - 1].text.endswith(":"):
            first -= 1
        return first, last
    while first > max(0, at - 2) and _BACKWARD.match(all_of[first].text) and all_of[first - 1].kind == "paragraph":
        first -= 1
    more, codes = MORE.get(kind, 1), 0
    while last + 1 < len(all_of) and last - at < more + codes:
        announced, following = all_of[last].text.endswith(":"), all_of[last + 1]
        if following.kind == "code":
            if codes == MAX_CODE or not (kind == "how_to" or announced):
                break
            codes += 1
        elif following.kind == "item":
            if announced or (following.number and kind in {"how_to", "trouble"}):
                last = _steps(all_of, last + 1)[1]
            break
        elif following.kind == "row" and not announced:
            break
        last += 1
    return first, last


def _steps(all_of: tuple[Cited, ...], at: int) -> tuple[int, int]:
    """From the first to the last step of the list that holds place `at`, the code between the steps included."""
    first = last = at
    while first > 0 and all_of[first - 1].kind in {"item", "code"} and at - first < MAX_STEPS:
        first -= 1
    while last + 1 < len(all_of) and all_of[last + 1].kind in {"item", "code"} and last - at < MAX_STEPS:
        last += 1
    return first, last


_CAUSE_COLUMN = re.compile(r"(?i)cause|reason|why|meaning|ursache|grund")
_CURE_COLUMN = re.compile(
    r"(?i)fix|solution|cure|remedy|action|resol|what to do|answer|lösung|abhilfe|solución|solution"
)


def cause_and_cure(quote: Quote) -> tuple[tuple[Cited, ...], tuple[Cited, ...]]:
    """The sentences of the passage, from the best on, that name a cause, and those that say what to do.

    A table's row gives the cells below such headings. Numbered steps are the cure.
    """
    if quote.best.kind == "row":
        named = list(zip(quote.best.header, quote.best.cells, strict=False))
        return (
            tuple(
                quote.best.model_copy(update={"text": cell})
                for name, cell in named
                if cell and _CAUSE_COLUMN.search(name)
            ),
            tuple(
                quote.best.model_copy(update={"text": cell})
                for name, cell in named
                if cell and _CURE_COLUMN.search(name)
            ),
        )
    sentences = quote.passage.sentences
    begin = next(at for at, one in enumerate(sentences) if one == quote.best)
    causes, cures = [], []
    for one in sentences[begin : begin + 10]:
        if one.kind == "code":
            continue
        if one.number or _CURE.search(one.text):
            cures.append(one)
        elif _CAUSE.search(one.text):
            causes.append(one)
    return tuple(causes[:4]), tuple(cures[:8])
