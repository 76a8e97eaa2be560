"""Words and their stems: enough English for search, and a fallback that does no harm to other languages."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_STOP_TEXT = {
    "en": (
        "a about after all also although am among an and any are aren't as at be because been before being both "
        "but by can "
        "can't could couldn't did didn't do does doesn't doing don't done during each either etc even every few "
        "for from further get gets "
        "getting got had has have having he her here hers him his how i i'd i'll i'm i've if in into is isn't it "
        "it's its itself "
        "just kind let let's like may me might more most must my myself no nor not now of off often on once one "
        "only onto or "
        "other our ours out over own per perhaps please quite rather really same she should shouldn't since so some "
        "something somewhere still such than that that's the their theirs them then there these they this those "
        "though through "
        "thus to too toward under until up upon us very via was wasn't way we we're were what what's whatever when "
        "where whether which while who whom whose why will with within without won't would yet you you're your yours"
    ),
    "de": (
        "aber alle allem allen aller alles als also am an auch auf aus bei beim bin bis bist da damit dann das "
        "dass dein deine dem "
        "den denn der des die dies diese diesem diesen dieser dieses doch dort du durch ein eine einem einen "
        "einer eines er es "
        "euch fuer für gibt habe haben hat hatte hier ich ihm ihn ihnen ihr ihre im in ist ja jede jeden jeder "
        "kann kein keine können "
        "man mehr mein meine meinen mich mir mit muss müssen nach nicht noch nun nur ob oder ohne sehr sein "
        "seine sich sie sind "
        "so soll sollte um und uns unser unsere unter viel vom von vor war warum was weil welche welchen welcher "
        "welches wenn wer "
        "werden wie wieviel will wir wird wo woher wohin wurde zu zum zur über"
    ),
    "fr": (
        "a ai au aussi aux avec avoir c ce ceci cela ces cet cette chez ci comme comment d dans de des donc du "
        "elle elles en "
        "est et eux faire fait faut il ils j je l la le les leur leurs lui m ma mais me mes moi mon n ne ni nos "
        "notre nous on "
        "ont où ou par pas peut peux plus pour pourquoi qu quand que quel quelle quelles quels qui quoi s sa "
        "sans se ses si son "
        "sont sur t ta te tes toi ton tous tout toute tu un une vos votre vous y à ça été être combien"
    ),
    "es": (
        "a al algo como cómo con cual cuál cuándo cuando cuánto cuánta de del desde donde dónde e el ella ellos "
        "en entre era es esa ese "
        "eso esta está están este esto estos fue ha hay la las le les lo los me mi mis muy más nada ni no nos o "
        "os para pero "
        "por porque puede puedo qué que quien quién se según ser si sí sin sobre son su sus también te tiene "
        "todo tu tus un una uno unos y ya yo "
        "hacer hace"
    ),
}
STOP_WORDS: dict[str, frozenset[str]] = {name: frozenset(words.split()) for name, words in _STOP_TEXT.items()}
"""Words that say how a sentence is built and not what it is about, by language (ISO 639-1)."""

_WORD = re.compile(r"[^\W_](?:['\u2019]?\w)*(?:[-./+]\w+)*(?:\+\+|#)?")
_PARTS = re.compile(r"[-./+_]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_VOWEL = re.compile(r"[aeiouy]")
MAX_WORD_CHARS = 64


def words(text: str) -> list[str]:
    """The words as they stand, in order; `MAX_CONTENT_LENGTH`, `app.run` and `re-use` are one word each."""
    return [word[:MAX_WORD_CHARS] for word in _WORD.findall(text)]


def parts(word: str) -> list[str]:
    """A compound's parts, or nothing when it is no compound.

    >>> parts("MAX_CONTENT_LENGTH"), parts("getUserName"), parts("mail")
    (['max', 'content', 'length'], ['get', 'user', 'name'], [])
    """
    found = [piece.lower() for chunk in _PARTS.split(word) if chunk for piece in _CAMEL.split(chunk) if len(piece) > 1]
    return found if len(found) > 1 else []


def guess_language(text: str) -> str:
    """`en`, `de`, `fr` or `es`, by which function words occur most; `en` when nothing tells."""
    seen = [word.lower() for word in words(text[:20_000])]
    counts = {name: sum(word in stops for word in seen) for name, stops in STOP_WORDS.items()}
    best = max(counts, key=lambda name: (counts[name], name == "en"))
    return best if counts[best] else "en"


def fold(word: str) -> str:
    """Lower case without accents: people leave them out when they ask."""
    lowered = word.lower().replace("ß", "ss").replace("\u2019", "'")
    if lowered.isascii():
        return lowered
    return "".join(one for one in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(one))


@lru_cache(maxsize=200_000)
def stem(word: str, language: str = "en") -> str:
    """What a word's forms share. Light on purpose: a stem that merges too much finds the wrong passage.

    >>> [stem(word) for word in ("configuring", "configuration", "configured", "queries", "passwords")]
    ['configur', 'configur', 'configur', 'query', 'password']
    >>> stem("Passwörter", "de") == stem("Passwort", "de")
    True
    """
    folded = fold(word)
    if len(folded) < 4 or any(character.isdigit() for character in folded):
        return folded
    return _english(folded) if language == "en" else _other(folded)


def _english(word: str) -> str:
    word = word.removesuffix("'s").removesuffix("'")
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "xes", "ches", "shes", "zes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for suffix in ("ing", "ed"):
        rest = word.removesuffix(suffix)
        if rest != word and len(rest) >= 3 and _VOWEL.search(rest):
            word = rest[:-1] if rest[-1] == rest[-2] and rest[-1] not in "lsz" else rest
            break
    for suffix, least in (("ation", 4), ("ition", 4), ("ment", 3), ("ness", 4), ("able", 4), ("ible", 4), ("ly", 4)):
        if word.endswith(suffix) and len(word) - len(suffix) >= least:
            word = word[: -len(suffix)]
            break
    else:
        if (word.endswith(("tion", "sion")) and len(word) > 6) or (word.endswith("ate") and len(word) > 6):
            word = word[:-3]
    if word.endswith("e") and len(word) > 3:
        word = word[:-1]
    return word


_OTHER_SUFFIXES = (
    *(
        "ungen",
        "heiten",
        "keiten",
        "ciones",
        "amente",
        "ement",
        "ations",
        "ation",
        "ung",
        "heit",
        "keit",
        "cion",
        "mente",
        "ment",
    ),
    *("ern", "est", "en", "er", "es", "em", "ez", "os", "as", "ar", "ir", "e", "n", "s", "t", "a", "o"),
)


def _other(word: str) -> str:
    for suffix in _OTHER_SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 4:
            return word[: -len(suffix)]
    return word
