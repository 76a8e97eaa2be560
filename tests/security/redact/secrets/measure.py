"""What a redactor lets through, and what it touches though it should not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from tests.security.redact.secrets import KINDS
from tests.security.redact.secrets.benign import benign_lines
from tests.security.redact.secrets.contexts import CONTEXTS, Placed, place, suits
from tests.security.redact.secrets.near import near_misses
from tests.security.redact.secrets.sample import Kind

Redact = Callable[[str], str]

MARK = re.compile(r"\[REDACTED:[a-z0-9_]+:[0-9a-f]{8}\]")
WINDOW = 6  # a run of so many characters of a secret that is still there is a leak
TWINS = 6  # others of the kind, to know which part of its format is no secret


@dataclass
class Counts:
    """Of `seen` per name, how many were `hit`, with some texts that show the others."""

    seen: Counter[str] = field(default_factory=Counter)
    hit: Counter[str] = field(default_factory=Counter)
    missed: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str, hit: bool, shown: str) -> None:
        self.seen[name] += 1
        self.hit[name] += hit
        if not hit and len(shots := self.missed.setdefault(name, [])) < 3:
            shots.append(shown)

    def share(self, name: str | None = None) -> float:
        if name is not None:
            return self.hit[name] / self.seen[name]
        return self.hit.total() / self.seen.total()

    def worst(self, count: int) -> list[str]:
        return sorted(self.seen, key=self.share)[:count]


def windows(text: str) -> set[str]:
    return {text[at : at + WINDOW] for at in range(max(1, len(text) - WINDOW + 1))}


def fixed_part(kind: Kind, rng: Random) -> set[str]:
    """The runs that every one of the kind has, and so tell nobody anything: prefixes, PEM headers, JWT headers."""
    return set().union(*(windows(kind.sample(rng).secret) for _ in range(TWINS)))


def remains(output: str, placed: Placed, fixed: set[str]) -> str:
    """The first run of the secret that can still be read in the output, or nothing.

    A mark names the kind, and `linear_api_key` holds six characters of some secrets that begin with `lin_api_k`.
    """
    output = MARK.sub("\n", output)
    runs = (placed.secret[at : at + WINDOW] for at in range(max(1, len(placed.secret) - WINDOW + 1)))
    return next((run for run in runs if run in output and run not in fixed), "")


def recall(redact: Redact, seed: int, rounds: int = 1) -> tuple[Counts, Counts]:
    """By kind and by context: every kind in every context that suits it."""
    kinds, contexts = Counts(), Counts()
    for kind in KINDS:
        rng = Random(f"{seed} {kind.name}")
        fixed = fixed_part(kind, rng)
        for context in CONTEXTS * rounds:
            sample = kind.sample(rng)
            if not suits(context, kind, sample):
                continue
            placed = place(context, sample, rng)
            run = remains(redact(placed.text), placed, fixed)
            kinds.add(kind.name, not run, f"[{context.name}] {placed.text[:300]!r} keeps {run!r}")
            contexts.add(context.name, not run, f"[{kind.name}] {placed.text[:300]!r} keeps {run!r}")
    return kinds, contexts


def untouched(redact: Redact, seed: int) -> tuple[Counts, Counts]:
    """By kind and by what it is: near-misses that come out as they went in."""
    kinds, sorts = Counts(), Counts()
    for kind in KINDS:
        for miss in near_misses(kind, Random(f"{seed} near {kind.name}")):
            output = redact(miss.text)
            kinds.add(kind.name, output == miss.text, f"[{miss.what}] {miss.text[:200]!r} became {output[:200]!r}")
            sorts.add(miss.what, output == miss.text, f"[{miss.kind}] {miss.text[:200]!r} became {output[:200]!r}")
    return kinds, sorts


def untouched_lines(redact: Redact, seed: int, count: int) -> Counts:
    lines = Counts()
    for shape, line in benign_lines(Random(f"{seed} benign"), count):
        output = redact(line)
        lines.add(shape, output == line, f"{line[:200]!r} became {output[:200]!r}")
    return lines


def table(title: str, counts: Counts, worst: int = 25) -> str:
    """The worst names, each with its share and up to three texts."""
    rows = [f"{title}: {counts.hit.total()} of {counts.seen.total()} = {counts.share():.4%}"]
    for name in counts.worst(worst):
        if counts.hit[name] < counts.seen[name]:
            rows.append(f"  {name:32} {counts.hit[name]:4}/{counts.seen[name]:<4} {counts.share(name):7.1%}")
            rows += [f"      {shown}" for shown in counts.missed[name]]
    return "\n".join(rows)
