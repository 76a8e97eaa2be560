"""Whether an objective can be planned at all: what must be asked first, what is refused, and why."""

from __future__ import annotations

from collections.abc import Sequence

from genesis.plan.evidence import Read, Reader
from genesis.plan.plan import Refusal
from genesis.plan.text import KINDS, SKIPPED, Token, word_set

_FUNCTION_WORDS = word_set(
    "i you he she it we they me us him them and or but if then than as at by for from in into of on onto off "
    "out over to up with about is are was were be been being am do does did done has have had can could may "
    "might must shall should will would not no yes there here what which who whom whose when where why how "
    "because since while also only too so such more most much many few little other another same one two three "
    "four five six seven eight nine ten first second third last next hi hello hey thanks thank dear kind "
    "regards best let let's lets i'd i'm i've we'd we're it's isn't don't doesn't didn't can't won't that's "
    "you're y o de en con para por que se me te lo su es una ist sind und oder mit von fur zu im in am auf aus "
    "dem es sie er wir ich du mir uns ce il elle nous vous je pour avec dans sur et ou est sont qui que quoi "
    "puedes puede puedo podrias podria favor kannst konnen konntest konnten bitte pouvez peux pourriez svp "
    "mean know want need like make get give tell show go see look try good morning afternoon evening night "
    "hola hallo bonjour buenos buenas dias tardes guten tag moin salut servus ciao greetings cheers welcome "
    "somebody someone anybody anyone nobody everybody everyone way guys folks team mr mrs ms"
)

_ABSOLUTE = word_set("any anything nothing never no whatsoever kein keine nichts ningun nada aucun rien")
_PLACES = word_set("to on in for into at yet now before until outside beyond")


def content(words: Sequence[Token], reader: Reader) -> list[Token]:
    """The words that name something: no function words, no bare verbs of the lexicon, nothing generic."""
    lexicon = reader.lexicon
    return [
        one
        for one in words
        if one.word not in _FUNCTION_WORDS
        and one.word not in SKIPPED
        and one.stem not in lexicon.generic
        and one.stem not in lexicon.verbs
        and (one.stem in KINDS or (len(one.word) > 2 and not one.word[0].isdigit()))
    ]


def refusal(reads: Sequence[Read], reader: Reader, asked: frozenset[str]) -> Refusal | None:
    """Harm, whatever else is asked; or work that none does, when nothing else is asked beside it."""
    harmful = next((one for one in reads if "harm" in one.signals), None)
    if harmful is not None:
        return Refusal(
            category="security",
            message=f"“{harmful.clause.text}” would harm somebody or take what is theirs; none of the agents does "
            "that. If it is meant otherwise, say what is to be protected, tested or changed, and that it is yours.",
        )
    outside = [one for one in reads if "outside" in one.signals]
    if outside:
        elsewhere = {
            agent
            for one in reads
            for agent in (one.sure if "outside" not in one.signals or _grounded(one, reader) else one.spelt)
        }
        if not elsewhere & asked:
            return nobody(outside[0].clause.text)
    return None


def _grounded(read: Read, reader: Reader) -> bool:
    """Whether the clause points to a file or a document: what is asked about flights is then asked of the travel
    policy."""
    return any(word.stem in KINDS or word.stem in reader.lexicon.documents for word in read.clause.words)


def nobody(text: str) -> Refusal:
    """Nothing in the fleet does this."""
    return Refusal(
        category="routing",
        message=f"none of the agents does this: “{text[:200]}”. `genesis agents` lists what each can do; reword the "
        "objective if it is one of these, or add an agent.",
    )


def question(reads: Sequence[Read], reader: Reader, asked: frozenset[str]) -> str | None:
    """What must be asked before planning, or None."""
    words = [word for one in reads for word in one.clause.words]
    named = content(words, reader)
    if not words or (
        not asked and not named and len(words) <= 4 and not any(w.stem in reader.lexicon.verbs for w in words)
    ):
        return "What can I do for you? Say in a sentence what is to be done, and with what."
    known = [
        w for w in words if w.word in _FUNCTION_WORDS or w.stem in reader.lexicon.verbs or w.stem in reader.vocabulary
    ]
    if not known and not asked:
        return "I do not understand this text. Say in a sentence what is to be done, and with what."
    banned = next(
        (one for one in reads if one.forbidden & asked and _ABSOLUTE & {w.word for w in one.clause.words}), None
    )
    if banned is not None and not any(word.word in _PLACES for word in banned.clause.words):
        return (
            f"“{banned.clause.text}” rules out what else is asked ({', '.join(sorted(banned.forbidden & asked))}). "
            "Which of the two holds?"
        )
    unknown = next((one for one in reads if "unknown" in one.signals), None)
    if unknown is not None:
        elsewhere = {agent for one in reads if "unknown" not in one.signals for agent in one.sure}
        if not elsewhere or len(named) < 2:
            return f"“{unknown.clause.text}” refers to something that I do not know. What is it, by name or file?"
    if len(named) < 2 and not asked and not any({"topics", "outside"} & one.signals for one in reads):
        return (
            "What exactly is to be worked on, and what should be different afterwards? "
            "Name the thing (a file, a page, a service, a data set) and the aim."
        )
    if not named:
        specific = {agent for one in reads for agent in one.specific}
        if not specific & asked:
            return (
                "What exactly is to be worked on, and what should be different afterwards? "
                "Name the thing (a file, a page, a service, a data set) and the aim."
            )
    return None
