"""Turns requirements into pieces of work: sized by a shown rule, ordered by what waits for what."""

from __future__ import annotations

import heapq
import re
from collections import defaultdict
from dataclasses import dataclass

from genesis.tools.documents.words import stem, words
from genesis.tools.extract_requirements import Requirement
from genesis.tools.requirements.wording import Remark

SIZE_RULE = (
    "1 point, +1 for each further action, +2 for money, mail, files, search, reports or another system, +1 for "
    "access or "
    "personal data, +1 over 25 words; S up to 2, M up to 4, L above."
)


@dataclass(frozen=True)
class Item:
    """A piece of work. `after`: the pieces that must be done before; `why`: how its size came about."""

    id: str
    title: str
    requirement: str
    size: str
    why: str
    after: tuple[str, ...]


_ORDER = {"must": 0, "story": 1, "feature": 2, "should": 3, "may": 4}
_ACTION = re.compile(
    r"(?i)\b(?:create|add|edit|delete|remove|list|view|manage|track|store|record|search|filter|update|book|place|"
    r"cancel|"
    r"register|browse|upload|download|import|export|assign|approve|send|pay|notify|print|share|reset|log ?in|"
    r"sign ?in)\b"
)
_OUTSIDE = re.compile(
    r"(?i)\b(?:pay\w*|invoice\w*|e-?mail\w*|sms|notif\w+|upload\w*|import\w*|export\w*|pdf|search\w*|report\w*|"
    r"integrat\w+|"
    r"sync\w*|calendar|map|third[- ]party|api|webhook\w*)\b"
)
_GUARDED = re.compile(
    r"(?i)\b(?:log ?in|logged|sign ?in|password\w*|role\w*|permission\w*|admin\w*|encrypt\w*|gdpr|personal data|"
    r"audit\w*)\b"
)
_MAKES = re.compile(r"(?i)\b(?:create|add|register|record|enter|store|import|upload|has|have|contains?)\b")
_ENTERS = re.compile(r"(?i)\b(?:log ?in|sign ?in|sign up|register|authenticat\w+|password)\b")
_NEEDS_ENTRY = re.compile(
    r"(?i)\b(?:logged[- ]in|signed[- ]in|admin\w*|only (?:\w+ ){1,3}(?:can|may)|own|their profile|my)\b"
)


def plan_work(
    requirements: tuple[Requirement, ...], remarks: tuple[Remark, ...], things: tuple[str, ...]
) -> list[Item]:
    """The pieces of work, in an order in which each comes after what it waits for. Repetitions are left out.

    A requirement waits for the one that first makes the thing it acts on, and one for people who are known waits for
    the one by which they log in.
    """
    repeated = {one.at for one in remarks if one.fault == "duplicate"}
    kept = [one for at, one in enumerate(requirements) if at not in repeated]
    bags = [{stem(word) for word in words(one.text)} for one in kept]
    after: dict[int, set[int]] = defaultdict(set)
    for thing in things:
        last = stem(thing.split()[-1])
        having = [at for at, bag in enumerate(bags) if last in bag]
        maker = next((at for at in having if _MAKES.search(kept[at].text)), None)
        if maker is not None:
            for at in having:
                if at != maker and not _MAKES.search(kept[at].text):
                    after[at].add(maker)
    entry = next((at for at, one in enumerate(kept) if _ENTERS.search(one.text)), None)
    if entry is not None:
        for at, one in enumerate(kept):
            if (
                at != entry
                and _NEEDS_ENTRY.search(one.text)
                and not _ENTERS.search(one.text)
                and entry not in after[at]
            ):
                after[at].add(entry)
        after.pop(entry, None)  # nobody is known before they can log in, so logging in waits for nothing
    return _ordered(kept, after)


def _ordered(kept: list[Requirement], after: dict[int, set[int]]) -> list[Item]:
    """Kahn's algorithm with a heap; what would wait in a circle is freed in its order of importance."""
    waiting = {at: set(after.get(at, ())) for at in range(len(kept))}
    followers: dict[int, list[int]] = defaultdict(list)
    for at, others in waiting.items():
        for other in others:
            followers[other].append(at)
    ready = [(_ORDER[kept[at].kind], at) for at, others in waiting.items() if not others]
    heapq.heapify(ready)
    order: list[int] = []
    done: set[int] = set()
    while len(order) < len(kept):
        if not ready:
            stuck = min((at for at in waiting if at not in done), key=lambda at: (_ORDER[kept[at].kind], at))
            after[stuck] = after.get(stuck, set()) & done
            ready = [(_ORDER[kept[stuck].kind], stuck)]
        at = heapq.heappop(ready)[1]
        if at in done:
            continue
        done.add(at)
        order.append(at)
        for follower in followers[at]:
            waiting[follower].discard(at)
            if not waiting[follower] and follower not in done:
                heapq.heappush(ready, (_ORDER[kept[follower].kind], follower))
    names = {at: f"W{number:02d}" for number, at in enumerate(order, 1)}
    items = []
    for at in order:
        size, why = _size(kept[at])
        before = tuple(sorted(names[other] for other in after.get(at, ())))
        items.append(Item(names[at], kept[at].text[:160], kept[at].id, size, why, before))
    return items


def _size(one: Requirement) -> tuple[str, str]:
    actions = max(0, len({match.group().lower() for match in _ACTION.finditer(one.text)}) - 1)
    outside = sorted({match.group().lower() for match in _OUTSIDE.finditer(one.text)})[:3]
    guarded = sorted({match.group().lower() for match in _GUARDED.finditer(one.text)})[:3]
    long = len(one.text.split()) > 25
    points = 1 + actions + 2 * bool(outside) + bool(guarded) + long
    why = ["1"]
    why += [f"{actions} further actions"] if actions else []
    why += [f"2 for {', '.join(outside)}"] if outside else []
    why += [f"1 for {', '.join(guarded)}"] if guarded else []
    why += ["1 for length"] if long else []
    return ("S" if points <= 2 else "M" if points <= 4 else "L"), f"{' + '.join(why)} = {points}"
