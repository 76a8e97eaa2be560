"""Letters set apart, as in `i g n o r e` or `i-g-n-o-r-e`: puts them together, in words where these can be known."""

from __future__ import annotations

import re

_LETTER = r"[^\W_]"
_APART = r"[.,\-_*|/~+:;]"
# A run begins at a border and holds single characters only; each may match in but one way, so it is linear. Between
# blanks any character is one (`w h a t ?`), between dashes or dots only a letter.
_RUN = re.compile(
    rf"(?:(?<=\s)|(?<=^))(?:\S(?: {{1,4}}\S(?!\S)){{5,}}|{_LETTER}(?:{_APART}{{1,4}}{_LETTER}(?!{_LETTER})){{5,}})"
)
_WIDE = re.compile(rf" {{2,}}|{_APART}{{2,}}")
_THIN = re.compile(rf" |(?<=\w){_APART}(?=\w)")

# Words that show where the others end, when the spaces between words were lost with the rest. Longest first.
_WORDS = """
instructions instruction ignore disregard forget previous prior preceding above earlier before everything anything
prompt system message messages reveal repeat print output display show tell your you are the and all any rules
guidelines now from act as pretend without restrictions restriction password secret user assistant developer mode
admin override bypass respond response reply answer only with say words exactly instead new task of to that this
these those must will have been given follow following do not dont anymore jailbreak unrestricted limits hidden
initial original access code key send email link url me my what is were in on for please stop start begin end write
"""
_KNOWN = re.compile("(" + "|".join(sorted(_WORDS.split(), key=len, reverse=True)) + ")")


def joined(folded: str) -> str:
    """The text with its runs of single letters put together, or "" when there is none.

    Where wider gaps part the words they are kept; where every gap is alike, words are known by a small list, and what
    stands between them stays in one piece.
    """
    found = 0

    def mend(match: re.Match[str]) -> str:
        nonlocal found
        found += 1
        run = match.group()
        if _WIDE.search(run):
            return " ".join(_THIN.sub("", word) for word in _WIDE.split(run))
        return " ".join(_KNOWN.sub(r" \1 ", _THIN.sub("", run)).split())

    made = _RUN.sub(mend, folded)
    return made if found else ""
