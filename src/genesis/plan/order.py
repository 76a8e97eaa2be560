"""Which task comes after which: only where data or precedence demand it, or the text says so; the rest runs side by
side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from genesis.plan.clauses import follows, takes_up
from genesis.plan.evidence import MAKES, Read, Reader, Reading
from genesis.plan.pieces import Piece
from genesis.plan.precedence import FIRM, UNRELATED, Place, Relation, leads, relation
from genesis.plan.text import plain

PRECEDENCE: tuple[tuple[frozenset[str], frozenset[str]], ...] = (
    (frozenset({"requirements"}), frozenset({"design", "code", "page", "api"})),
    (frozenset({"code", "page", "api"}), frozenset({"test_report", "security_report"})),
    (frozenset({"code", "page", "api", "test_report", "security_report"}), frozenset({"deployment"})),
    (frozenset({"deployment"}), frozenset({"monitoring_report"})),
)
"""What gives the left comes before what gives the right, wherever they stand in the text: build before test, test
before release, release before watching, a specification before what it specifies."""


def edges(pieces: Sequence[Piece], whole: Reading, reader: Reader) -> list[set[int]]:
    """For each piece the pieces directly before it, with nothing that follows from the rest (transitive reduction).

    What cannot begin without another's product comes after it. Between the others the trained layer decides, with the
    rules as one of its reasons; where it was not trained (agents of users, two pieces of one agent) the rules do.
    """
    ruled = closure(by_rules(pieces, whole.reads))
    unrelated = any("unrelated" in one.signals for one in whole.reads)
    wanted: list[tuple[float, int, int]] = []
    for b, later in enumerate(pieces):
        for a, earlier in enumerate(pieces):
            if a != b and _needed(earlier, later):
                wanted.append((2.0, a, b))
    told = sorted(range(len(pieces)), key=lambda at: _place(pieces[at], whole).start)
    for a, b in combinations(told, 2):
        first, second = pieces[a], pieces[b]
        rule: Relation = "forward" if a in ruled[b] else "backward" if b in ruled[a] else "none"
        found, chance = rule, 1.0
        if first.entry.agent != second.entry.agent and {first.entry.agent, second.entry.agent} <= set(reader.known):
            firm = rule != "none" and any("deployment" in one.entry.gives for one in (first, second))
            least = UNRELATED if unrelated else FIRM if firm else 0.0
            places = _place(first, whole), _place(second, whole)
            found, chance = relation(reader.trained, whole.text, *places, rule, whole.sense, least)
            previous = told[told.index(b) - 1]
            lead = leads(whole.text, _place(pieces[previous], whole).end, places[1].start)
            if lead == "aside" and not firm:
                found = "none"
            elif lead == "earlier" and previous == a:
                found, chance = "backward", 1.0
        if found != "none":
            wanted.append((chance, a, b) if found == "forward" else (chance, b, a))
    before: list[set[int]] = [set() for _ in pieces]
    for _, a, b in sorted(wanted, key=lambda one: -one[0]):  # the surest first: what would close a circle is left out
        if a not in before[b] and not _reaches(before, b, a):
            before[b].add(a)
    return _reduced(before)


def _place(piece: Piece, whole: Reading) -> Place:
    clause = whole.reads[piece.at].clause
    start, end = clause.words[0].start, clause.words[-1].end
    seen = whole.sense.stretch(piece.entry.agent, start, end) if whole.sense is not None else None
    return Place(piece.entry.agent, *(seen or (start, end)))


def closure(before: Sequence[set[int]]) -> list[set[int]]:
    """For each piece all pieces before it, directly or not."""
    found: list[set[int]] = []
    for direct in before:
        seen, waiting = set(direct), list(direct)
        while waiting:
            more = before[waiting.pop()] - seen
            seen |= more
            waiting.extend(more)
        found.append(seen)
    return found


def by_rules(pieces: Sequence[Piece], reads: Sequence[Read]) -> list[set[int]]:
    """What products, and words such as "then", say about the order: for each piece those before it."""
    before: list[set[int]] = [set() for _ in pieces]
    unrelated = any("unrelated" in one.signals for one in reads)
    steps = _sequenced(reads)
    for b, later in enumerate(pieces):
        for a, earlier in enumerate(pieces):
            if a == b or _reaches(before, b, a):
                continue
            if not unrelated and (_precedes(earlier, later) or _fed(earlier, later)):
                before[b].add(a)
    for b, later in enumerate(pieces):
        for a, earlier in enumerate(pieces):
            if a == b or a in before[b] or _reaches(before, b, a):
                continue
            if steps.get(later.at, 0) > steps.get(earlier.at, 0) and earlier.at < later.at:
                before[b].add(a)
    return before


def _precedes(earlier: Piece, later: Piece) -> bool:
    first, last = set(earlier.entry.gives), set(later.entry.gives)
    for left, right in PRECEDENCE:
        if left & first and right & last:
            return earlier.builds or not (MAKES & first)
    return False


def _needed(earlier: Piece, later: Piece) -> bool:
    """The later cannot begin without what the earlier gives."""
    needed = {word for need in later.entry.needs for word in need.split("|")}
    return bool(set(earlier.entry.gives) & needed) and "workspace" not in needed


def _fed(earlier: Piece, later: Piece) -> bool:
    """The later takes what the earlier gives, and stands after it in the text."""
    gives = set(earlier.entry.gives)
    wanted = {word for need in later.entry.needs for word in need.split("|")} | set(later.entry.uses)
    if _needed(earlier, later):
        return True
    return bool(gives & wanted) and earlier.at < later.at and (earlier.builds or not MAKES & gives)


def _sequenced(reads: Sequence[Read]) -> Mapping[int, int]:
    """Each clause's step: it grows where the text says "then", "after that", "with the result", or counts."""
    steps: dict[int, int] = {}
    step = 0
    for number, read in enumerate(reads):
        low = f" {plain(read.clause.text)} "
        if number and (follows(read.clause) or takes_up(read.clause)):
            step += 1
        steps[number] = step
        if low.startswith((" first ", " zuerst ", " primero ", " d'abord ")) or " first " in low[-8:]:
            step += 1
    return steps


def _reaches(before: Sequence[set[int]], start: int, goal: int) -> bool:
    """Whether `start` is before `goal`, directly or not."""
    waiting, seen = [goal], {goal}
    while waiting:
        for one in before[waiting.pop()]:
            if one == start:
                return True
            if one not in seen:
                seen.add(one)
                waiting.append(one)
    return False


def _reduced(before: Sequence[set[int]]) -> list[set[int]]:
    return [
        {a for a in direct if not any(_reaches(before, a, other) for other in direct if other != a)}
        for direct in before
    ]
