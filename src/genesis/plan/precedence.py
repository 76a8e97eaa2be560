"""Does one piece of work come before another? Read from the words between and around the two, from who does them, from
what the rules of order.py say, and from the encoder's states; trained beside the rest (training/order.py)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal
from zlib import crc32

import numpy as np

from genesis.plan.encoder import Matrix
from genesis.plan.sense import Sense, Trained, softmax

BUCKETS = 1 << 15
Relation = Literal["none", "forward", "backward"]
DEMANDED: dict[Relation, float] = {"none": 0.25, "forward": 0.15, "backward": 0.25}
"""By what the rules say, the chance of "forward" from which on the first piece comes before the second: to wait in vain
costs less than to work on what is not there yet. Chosen on requests that the layer was not trained with."""
TURNED: dict[Relation, float] = {"none": 0.4, "forward": 0.5, "backward": 0.2}
"""The same for "backward"."""
FIRM = 0.97
"""The chance that either needs against a firm rule: a release comes after what it releases unless the text is plain."""
UNRELATED = 0.9
"""The chance that either needs where the text says that things have nothing to do with each other."""
STATES = 0.3
"""How much the encoder's states count beside the words, in training and here."""
_WORD = re.compile(r"\w+|[^\w\s]|\n")
_AROUND = 60


_ASIDE = re.compile(
    r"\b(?:separate(?:ly)?|independent(?:ly)? of|unrelated|unconnected|nothing to do with|apart from (?:that|this))\b",
    re.IGNORECASE,
)
_EARLIER = re.compile(
    r"\b(?:before (?:that|this|you (?:do|touch|start|begin|change)\b)|beforehand"
    r"|(?:prior to|ahead of) (?:that|this|it))\b",
    re.IGNORECASE,
)
_LEADING = re.compile(r"(?:\S+\s+){0,3}")


def leads(text: str, previous_end: int, start: int) -> Literal["aside", "earlier"] | None:
    """What the words that lead from one piece of work to the next (`start`) say plainly: that the next is another
    matter, or that it comes before. In all 55 places of the training requests where they say so, it is so."""
    opening = _LEADING.match(text, start)
    lead = text[min(previous_end, start) : opening.end() if opening else start]
    return "aside" if _ASIDE.search(lead) else "earlier" if _EARLIER.search(lead) else None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a piece of work is asked for (start, end), and of whom."""

    agent: str
    start: int
    end: int


def cues(text: str, first: Place, second: Place, rule: Relation) -> list[int]:
    """Buckets of what is said around two places, the first of which comes first in the text."""

    def words(start: int, end: int) -> list[str]:
        return _WORD.findall(text[max(0, start) : max(0, end)].lower())

    between = words(min(first.end, second.start), second.start)
    spoken = words(first.start, first.end)
    rows = (
        ("between", between[:40]),
        ("second", words(second.start, second.end)[:6]),
        ("inside", words(second.start, second.end)[6:30]),
        ("first", spoken[:4]),
        ("before", words(first.start - _AROUND, first.start)[-6:]),
        ("behind", words(second.end, second.end + _AROUND)[:6]),
        ("close", spoken[-3:]),
        ("last", between[-4:]),
    )
    said = [f"{row} {word}" for row, some in rows for word in some]
    said += [f"{row} {a} {b}" for row, some in rows for a, b in pairwise(some)]
    said += [f"A {first.agent}", f"B {second.agent}", f"AB {first.agent} {second.agent}", f"rule {rule}"]
    said.append(f"length {min(len(between) // 5, 6)}")
    return sorted({crc32(one.encode()) % BUCKETS for one in said})


def states(sense: Sense, first: Place, second: Place) -> Matrix | None:
    """The encoder's view of the two places; None where it saw neither (past its windows)."""
    one, other = sense.rows(first.start, first.end), sense.rows(second.start, second.end)
    if not one or not other:
        return None
    seen = sense.states
    both = (seen[one].mean(axis=0), seen[other].mean(axis=0), seen[other[0]], seen[one[0]])
    return np.float32(STATES) * np.concatenate(both)


def relation(
    trained: Trained, text: str, first: Place, second: Place, rule: Relation, sense: Sense | None, least: float = 0.0
) -> tuple[Relation, float]:
    """How two pieces stand to each other, and the chance of it. `least`: the chance that an order other than the
    rule's needs at least."""
    seen = states(sense, first, second) if sense is not None else None
    which = "alone_order" if seen is None else "join_order"
    odds = trained.layers[f"{which}_w"][cues(text, first, second, rule)].sum(axis=0) + trained.layers[f"{which}_b"]
    if seen is not None:
        odds = odds + seen @ trained.layers["join_order_s"]
    none, forward, backward = softmax(odds).tolist()
    if backward > forward and backward >= max(TURNED[rule], least if rule != "backward" else 0.0):
        return "backward", backward
    if forward >= max(DEMANDED[rule], least if rule != "forward" else 0.0):
        return "forward", forward
    if least > 0 and rule != "none" and none < least:
        return rule, forward if rule == "forward" else backward
    return "none", none
