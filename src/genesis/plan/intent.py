"""What is said when an objective is not planned: what must be asked first, or what is refused, and why."""

from __future__ import annotations

from collections.abc import Sequence

from genesis.plan.evidence import ENOUGH, Reader, Reading
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
PLAIN = 0.95
DOUBTED = 0.1
"""Chance of an agent, and least chance of a plan, from which on a request is planned though another answer is likelier:
"Deploy version 2 to production." is short, not unclear."""
HARM = 0.15
"""Chance of a refusal from which on a phrase of harm in the text decides it."""


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


def names_something(whole: Reading, reader: Reader) -> bool:
    """Whether a word of the text names a thing: "hello" and "make it better" name none."""
    return bool(content([word for one in whole.reads for word in one.clause.words], reader))


def refusal(whole: Reading) -> Refusal | None:
    """Harm, whatever else is asked; or work that none of the agents does."""
    chance = whole.answers["refusal"]
    harmful = next((one for one in whole.reads if "harm" in one.signals), None)
    if harmful is not None and chance >= HARM:
        return Refusal(
            category="security",
            message=f"“{harmful.clause.text}” would harm somebody or take what is theirs; none of the agents does "
            "that. If it is meant otherwise, say what is to be protected, tested or changed, and that it is yours.",
        )
    other = max(whole.answers["plan"], whole.answers["question"])
    if _clear(whole):
        return None
    return nobody(whole.text) if chance > other else None


def _clear(whole: Reading) -> bool:
    """Whether somebody's work is asked for so plainly that a doubt about the rest does not count."""
    return whole.answers["plan"] >= DOUBTED and max(whole.asked.values(), default=0.0) >= PLAIN


def nobody(text: str) -> Refusal:
    """Nothing in the fleet does this."""
    return Refusal(
        category="routing",
        message=f"none of the agents does this: “{text[:200]}”. `genesis agents` lists what each can do; reword the "
        "objective if it is one of these, or add an agent.",
    )


def question(whole: Reading, reader: Reader) -> str | None:
    """What must be asked before planning, or None."""
    words = [word for one in whole.reads for word in one.clause.words]
    if not words:
        return "What can I do for you? Say in a sentence what is to be done, and with what."
    if whole.answers["question"] <= whole.answers["plan"] or _clear(whole):
        return None
    named = content(words, reader)
    if not named and len(words) <= 4:
        return "What can I do for you? Say in a sentence what is to be done, and with what."
    unknown = next((one for one in whole.reads if "unknown" in one.signals), None)
    if unknown is not None:
        return f"“{unknown.clause.text}” refers to something that I do not know. What is it, by name or file?"
    asked = [agent for agent, chance in whole.asked.items() if chance >= ENOUGH]
    hint = f" It reads like work for {', '.join(sorted(asked))}." if asked else ""
    return (
        "What exactly is to be worked on, and what should be different afterwards? "
        f"Name the thing (a file, a page, a service, a data set) and the aim.{hint}"
    )
