"""A goal taken apart into the questions that it asks."""

from __future__ import annotations

import re

from genesis.agents.analytics import cues
from genesis.agents.analytics.vocabulary import tokens


def clauses(goal: str) -> list[str]:
    """The separate questions of a goal. "Revenue by region and top 5 customers" is two, "by region and month" one."""
    pieces: list[str] = []
    for sentence in re.split(r"[;\n]+|(?<=[.?!])\s+|(?:^|\s)[-*•]\s+|(?:^|\s)[0-9]{1,2}[.)]\s", goal[:4000]):
        for piece in re.split(r",\s*(?:and\s+)?|\s+(?:and|then|plus|also|&)\s+", sentence or ""):
            if not tokens(piece):
                continue
            if pieces and re.fullmatch(r"(?:the )?(?:top|bottom|best|worst) \w+\W*", piece.strip(), re.IGNORECASE):
                pieces[-1] = f"{pieces[-1]} {piece}"
            elif pieces and sentence != piece and not _opens(piece) and not sentence.startswith(piece):
                pieces[-1] = f"{pieces[-1]} and {piece}"
            else:
                pieces.append(piece.strip())
    return pieces[:12]


def _opens(piece: str) -> bool:
    """Whether a piece behind an "and" is a question of its own."""
    said = [token.word for token in tokens(piece)]
    opening = cues.RANKED | cues.TREND | cues.ODD | cues.SPREAD | cues.QUALITY | cues.RELATE | cues.RATES
    opening |= {*cues.AGGREGATES, "how", "which", "what", "count"}
    return bool(opening & set(said)) or said[0] in ("by", "per") or (len(said) > 2 and bool(cues.BY & set(said[1:])))
