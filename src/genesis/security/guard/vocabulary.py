"""Words, to tell where one ends when nothing shows it: `ignoreallrules`.

The likeliest way to cut a run of letters into words that the guard was trained with, each as likely as it is frequent.
A letter that belongs to no word costs more than the rarest word.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import ahocorasick

from genesis.security.guard.folding import Codes, codes_of, text_of

LONGEST = 18
_UNKNOWN = -12.0
_SENSE = -3.3
"""Log odds a letter that words must reach: what is cut out of a key or of base64 is no text, and looks like nothing
that the guard was trained with."""
# Letters of scripts that part their words with spaces. What has no such spaces is matched without any.
_LETTERS = re.compile(r"[^\W\d_\u0e00-\uabff\ud7a4-\U0010ffff]+")
_MARKS = ".,;:!?"


def cuttable(word: str) -> bool:
    """Whether the word is one that can be told from its neighbours: letters alone, of a script with spaces."""
    return len(word) <= LONGEST and _LETTERS.fullmatch(word) is not None


class Vocabulary:
    """Words and how often each was met. Immutable; safe to share between threads."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self.counts = dict(counts)
        total = sum(self.counts.values())
        self._words = ahocorasick.Automaton()
        for word, count in self.counts.items():
            self._words.add_word(word, (len(word), math.log(count / total)))
        if self.counts:
            self._words.make_automaton()

    def apart(self, codes: Codes, least: int) -> Codes:
        """Folded text, its runs of so many letters and more cut into words. Takes a microsecond a letter that it cuts:
        not for long texts."""
        if not self.counts:
            return codes

        def mend(match: re.Match[str]) -> str:
            letters, at = match.group(), match.start()
            if len(letters) < least:
                return letters
            gap = " " if at > 0 and match.string[at - 1] in _MARKS else ""
            return gap + (letters if letters in self.counts else self._cut(letters))

        return codes_of(_LETTERS.sub(mend, text_of(codes)))

    def _cut(self, letters: str) -> str:
        ends: list[list[tuple[int, float]]] = [[] for _ in letters]
        for end, word in self._words.iter(letters):
            ends[end].append(word)
        best, back = [0.0], [0]
        for at, words in enumerate(ends):
            most, length = best[at] + _UNKNOWN, 0
            for size, odds in words:
                here = best[at + 1 - size] + odds
                if here > most:
                    most, length = here, size
            best.append(most)
            back.append(length)
        if best[-1] < _SENSE * len(letters):
            return letters
        cuts: list[str] = []
        at = end = len(letters)
        while at:
            if back[at]:
                cuts += [letters[at:end], letters[at - back[at] : at]]
                at = end = at - back[at]
            else:
                at -= 1  # letters that belong to no word stay together
        cuts.append(letters[:end])
        return " ".join(filter(None, reversed(cuts)))
