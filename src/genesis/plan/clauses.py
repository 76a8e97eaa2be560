"""Cuts an objective into clauses, the smallest pieces that may ask for one piece of work, and says of each how it
speaks: does it ask, tell, forbid; does it come after another."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from typing import Literal

from genesis.plan.text import Token, plain, tokens, word_set

Mood = Literal["ask", "tell"]

_LINE = re.compile(r"[^\n]+")
_BULLET = re.compile(r"^\s*(?:[-*•]\s+|\(?(?:\d{1,2}|[a-h])[.)]\s+)")
_ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|prof|st|vs|e\.g|i\.e|etc|no|nr|approx|incl|z\.b|bzw|ca|inc|ltd|sr|sra|co))\.$"
)
_SENTENCE_END = re.compile(r"[.!?…]+[\"')\]]*(?=\s)|[;](?=\s)|\s[-\u2013\u2014]{1,2}\s|:(?=\s)|[!?](?=\S)")
_FILLER = word_set(
    "please kindly then also and or but so now first firstly second secondly third finally lastly next "
    "afterwards hi hello hey dear all team everyone folks plus ok okay well just maybe perhaps once again "
    "bitte dann und danach zuerst auch noch por favor y luego despues primero tambien puis ensuite et d'abord "
    "aussi only additionally furthermore moreover besides meanwhile let's lets go ahead thanks thank quickly "
    "simply actually basically eventually afterward later thereafter still too hallo hola bonjour salut moin "
    "guten tag morning good afternoon evening there"
)
_ASKS = re.compile(
    r"^(?:(?:can|could|would|will|may|might|shall) (?:you|we|i|someone|somebody|anyone|anybody|it|the|there)\b"
    r"|(?:what|which|who|whom|whose|where|when|why|how|is|are|was|were|do|does|did|has|have|should|am)\b"
    r"|(?:konnt|konnten|kannst|konnen|wie|was|welche[rsn]?|warum|wo|wer|wann|gibt|ist|sind)\b"
    r"|(?:puede[sn]?|podria[sn]?|que|cual|cuales|como|donde|por que|cuanto|quien|hay)\b"
    r"|(?:pouvez|peux|pourriez|pourrais|quel|quelle|quels|quelles|comment|combien|pourquoi|est-ce)\b)"
)
_WANTS = re.compile(
    r"\b(?:i|we|they|you|he|she|team|customers?) "
    r"(?:really |also |just |still |would |now |then |all |both |only |further )*"
    r"(?:need|needs|want|wants|like to|love to|like|require|wish|expect)\b"
    r"|\bi'd (?:like|love|want|need)|\bwe'd (?:like|love|need)|\b(?:looking|searching) for"
    r"|\bin need of|\bseeking\b|\bplease\b"
    r"|\b(?:need|needs|should|must|has|have|is|are|ought) (?:to|be|get|also|then|now)\b"
    r"|\bhelp (?:me|us)|\b(?:can|could) you|\bgive me|\btell me|\bshow me|\blet me know|\bit would be|\bmake sure"
    r"|\b(?:ich|wir) (?:brauche|brauchen|mochte|mochten|will|wollen|hatte|hatten)"
    r"|\b(?:necesito|necesitamos|quiero|queremos|quisiera|me gustaria)\b"
    r"|\b(?:j'ai besoin|nous avons besoin|je veux|je voudrais|nous voulons|il faut|il nous faut)\b"
)
_SUBJECT = re.compile(
    r"^(?:we|i|it|they|he|she|you|there|this|that|these|those|our|my|their|the|his|her|a|an|some|nobody|everyone|"
    r"somebody|people|customers|users|[a-z]+ says|wir|ich|unser|unsere|nuestr[oa]s?|la|el|los|las|notre|nos|le|les)\b"
)
_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|am|been|isn't|aren't|wasn't|doesn't|don't|didn't|can't|cannot|won't|does|do|did|"
    r"says|said|asks|asked|told|wrote|broke|fails|failed|keeps|kept|goes|went|got|gets|comes|came|sells|sold|runs|ran|"
    r"uses|used|moved|move|open|opens|started|starts|stopped|changed|made|left|lost|want|wants|think|thinks|thought|"
    r"complain|complains|complained|wonder|know|knows|believe|plan to|will|ist|sind|war|hat|haben|wird|esta|estan|va|"
    r"tiene|tenemos|est|sont|a ete|avons|ont|sent|bought|launched|launch|noticed|received|rolled|released|shipped|"
    r"merged|switched|grew|dropped|drops|drop|signed|hired|expects?|just)\b|\w+ed\b"
)
_ITEM = re.compile(
    r"^(?:an?|one|two|three|ein|eine|un|una|une) (?!.*\b(?:is|are|was|were|has|have|had|ist|hat|es|est)\b)"
)
_LEAD = re.compile(
    r"^(?:(?:and|but|so|only|then|but only) )?(?P<word>then|after that|afterwards|afterward|finally|next|"
    r"lastly|subsequently|only then|after this|thereafter|in the end|"
    r"at the end|based on (?:that|this|it|those|these|the)|with (?:that|this|these|those|it|the result)|"
    r"from (?:that|this|those|these|it)\b|using (?:that|this|those|these|it|the result)|"
    r"use (?:that|this|those|these|the result)|from there|"
    r"after \w+ing|once|as soon as|when (?:you|we|that|this|it|they|done|finished)|dann|danach|anschliessend|"
    r"zuletzt|luego|despues|y luego|y despues|entonces|finalmente|con (?:eso|esto)|puis|ensuite|apres|enfin)\b"
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of an objective. `words` with places in the objective; `sentence` and `item` count sentences and list
    items (0: no list). `mood`: does it ask for something or tell about it."""

    text: str
    words: tuple[Token, ...]
    sentence: int
    item: int = 0
    mood: Mood = "ask"


def split(text: str, verbs: Container[str] = frozenset()) -> tuple[Clause, ...]:
    """The clauses of a text, in order; never empty for text with a word. `verbs`: stems of verbs that, after "and" or
    a comma, begin a clause of their own."""
    found: list[Clause] = []
    sentence = 0
    item = 0
    for line in _LINE.finditer(text):
        bullet = _BULLET.match(line.group())
        item = item + 1 if bullet else 0 if not line.group().startswith((" ", "\t")) else item
        start = line.start() + (bullet.end() if bullet else 0)
        for at, end in _sentences(text, start, line.end()):
            sentence += 1
            head = text[:end].rstrip().endswith(":") or text[end : end + 1] == ":"
            inside = tokens_between(text, at, end)
            spoken = any(word.stem in verbs for word in inside)
            for one in _parts(inside, verbs, text):
                body = text[one[0].start : one[-1].end]
                mood = _mood(body, one, verbs, text[end : end + 1])
                if found and found[-1].sentence == sentence and found[-1].mood == "ask" and not _OWN.match(plain(body)):
                    mood = "ask"  # an item of a list goes on asking
                if head and not spoken:
                    mood = "tell"  # the topic of what follows
                found.append(
                    Clause(
                        text=body,
                        words=tuple(one),
                        sentence=sentence,
                        item=item,
                        mood=mood,
                    )
                )
    return tuple(found)


def tokens_between(text: str, start: int, end: int) -> list[Token]:
    """The words of a part of `text`, with places in the whole."""
    return [Token(t.word, t.stem, t.start + start, t.end + start) for t in tokens(text[start:end])]


def _sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    cuts = []
    at = start
    for match in _SENTENCE_END.finditer(text, start, end):
        before = plain(text[at : match.end()])
        if match.group().startswith(".") and _ABBREVIATION.search(before):
            continue
        cuts.append((at, match.start()))
        at = match.end()
    cuts.append((at, end))
    return [(a, b) for a, b in cuts if any(c.isalnum() for c in text[a:b])]


def _parts(words: list[Token], verbs: Container[str], text: str) -> list[list[Token]]:
    """Cuts a sentence before a conjunction or comma that is followed by a verb, before "then", and before a
    subordinate "because"."""
    if not words:
        return []
    parts: list[list[Token]] = [[words[0]]]
    for at in range(1, len(words)):
        word = words[at]
        gap = text[words[at - 1].end : word.start]
        previous = words[at - 1]
        comma = "," in gap or "(" in gap or ")" in gap
        cut = False
        if word.word in _THEN or word.word in _BECAUSE:
            cut = previous.word not in {"and", "und", "y", "et", "only", "but"} or comma
        elif _turns(words, at):
            cut = True
        elif word.word in {"and", "plus", "but", "und", "y", "et", "or"} or comma:
            following = at
            while following < len(words) and words[following].word in _FILLER:
                following += 1
            if following < len(words):
                nxt = words[following]
                begins = nxt.stem in verbs or nxt.word in {
                    "i",
                    "we",
                    "what",
                    "which",
                    "who",
                    "how",
                    "where",
                    "whether",
                    "if",
                    "tell",
                    "can",
                    "could",
                    "after",
                    "once",
                    "when",
                    "before",
                    "no",
                    "don't",
                    "do",
                    "because",
                    "since",
                    "so",
                    "only",
                    "while",
                    "with",
                    "from",
                    "one",
                    "without",
                    "as",
                    "not",
                    "based",
                }
                cut = begins and (word.word in {"and", "plus", "but", "und", "y", "et", "or"} or comma)
            if comma and word.word in _STARTS:
                cut = True
            if word.word in _AND and at + 1 < len(words) and words[at + 1].word in _STARTS:
                cut = True
            if word.word == "plus" or (comma and word.word in {"and", "but", "also", "plus"}):
                cut = True
            if previous.word in {"and", "but", "plus", "und", "y", "et", "or"} and not comma:
                cut = False
        if cut:
            parts.append([])
        parts[-1].append(word)
    return parts


_OWN = re.compile(
    r"^(?:and |but |so )?(?:i|we|it|they|he|she|you|there|this|that|because|since|as|who|which|while|when|before|until|"
    r"unless|although|though|even|nobody|everybody|people|weil|porque|parce)\b"
)
"""What begins so speaks for itself, whatever the clause before it does."""
_THEN = word_set("then afterwards afterward finally danach anschliessend luego despues ensuite puis")
_BECAUSE = word_set("because weil porque")
_TURNS = word_set("if once before after when until unless while wenn sobald bevor nachdem cuando si antes quand")
_BEFORE_TURN = word_set(
    "and only even as what tell know see check whether ask is not or look confirm at than und the right soon "
    "just verify find out wonder sure where"
)
_AND = word_set("and und y et")
_STARTS = word_set("a an the our one two three my ein eine einen die das der un una el la une le les unsere")
"""A noun phrase that begins with one of these after a comma or "and" is an item of its own."""


def _turns(words: list[Token], at: int) -> bool:
    """Whether a clause begins at "and then" or at "if", "once", "before"."""
    word, previous = words[at].word, words[at - 1].word
    if word in _AND and at + 1 < len(words) and words[at + 1].word in _THEN:
        return True
    return word in _TURNS and previous not in _BEFORE_TURN


def _mood(body: str, words: list[Token], verbs: Container[str], closing: str) -> Mood:
    start = 0
    while start < len(words) and words[start].word in _FILLER:
        start += 1
    if start == len(words):
        return "tell"
    low = plain(body)[words[start].start - words[0].start :]
    if closing == "?" or _ASKS.match(low) or _WANTS.search(low):
        return "ask"
    low = re.sub(r"^before (?:that|this),? ", "", low)
    if low.startswith(
        (
            "because",
            "since ",
            "as we",
            "weil",
            "porque",
            "when ",
            "while ",
            "who ",
            "which ",
            "before ",
            "until ",
            "unless ",
            "bevor ",
            "antes ",
        )
    ):
        return "tell"
    if (
        words[start].stem in verbs
        or low.split(" ", 1)[0] in verbs
        or low.startswith(("if ", "once ", "as soon as ", "provided ", "wenn ", "sobald "))
    ):
        return "ask"
    if _ITEM.match(low):
        return "ask"
    if _SUBJECT.match(low) and _FINITE.search(low):
        return "tell"
    if re.match(r"^\w+ \w*(?: \w+)?\b(?:is|are|was|has|have|went|keeps|says|asks)\b", low):
        return "tell"
    return "ask"


def follows(clause: Clause) -> bool:
    """Whether the clause's own words say that it comes after what stands before it."""
    return _LEAD.match(plain(clause.text)) is not None


_TAKES_UP = re.compile(
    r"\b(?:with|from|using|use|into|for|of|about|on|turn|put|take|to|test|deploy|publish|watch|implement|code|build|"
    r"release|document|announce|answer|cover)\s+(?:that|this|these|those|it|them|both|the (?:result|results|finding|"
    r"findings|figure|figures|outcome|answer|winner|best|top|worst|three|two|same|new one|list|numbers))\b"
    r"(?! (?:repo|repository|project|code|codebase|package|page|site|service|app|branch|folder|file|workspace|week|"
    r"month|year|time|morning|afternoon|quarter|season|way))"
    r"|\b(?:fits|matches|suits|decide on one|pick one|choose one|accordingly|as an answer|damit|daraus|con eso|"
    r"con ello)\b"
    r"|\bthe (?:best|worst|top|winning|cheapest|strongest|weakest) (?:one|ones|two|three|five|ten)\b"
)


def takes_up(clause: Clause) -> bool:
    """Whether the clause works with what an earlier one brings: "with that figure", "for the best one"."""
    return _TAKES_UP.search(plain(clause.text)) is not None


ARTICLES = word_set("a an the our its their my one two three four ein eine der die das un una el la une le les unsere")


def is_item(clause: Clause) -> bool:
    """Whether the clause is a noun phrase that goes on with a list: "and one to cancel", "a progress bar"."""
    words = [word.word for word in clause.words if word.word not in {"and", "or", "plus", "also", "und", "y", "et"}]
    return bool(words) and words[0] in ARTICLES and words[0] not in {"our", "my", "the", "its", "their"}
