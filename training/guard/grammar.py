"""Rows out of the written grammars (attacks, more_languages, benign). The same seed gives the same rows."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
_SLOT = re.compile(r"\{([a-z]+)\}")
ENGLISH, EACH_LANGUAGE, BENIGN_EACH = 5000, 110, 30
"""Rows drawn from the English attacks, from each other language, and from each innocent template."""


ALONE = ("override", "extract", "secret", "force", "unbound", "exfil", "spoof")
"""Lists whose lines are attacks by themselves."""


def _read(name: str) -> Any:
    return yaml.safe_load((HERE / name).read_text(encoding="utf-8"))


def _filled(template: str, lists: Mapping[str, Sequence[str]], rng: random.Random) -> str:
    made = _SLOT.sub(
        lambda match: rng.choice(lists[match.group(1)]) if match.group(1) in lists else match.group(), template
    )
    return made.replace("\\n", "\n")


def attacks(seed: int) -> list[str]:
    """Attacks in all languages."""
    rng = random.Random(seed)
    english = _read("attacks.yaml")["en"]
    families: Mapping[str, Sequence[str]] = english.pop("families")
    names = sorted(families)
    made = {_filled(rng.choice(families[rng.choice(names)]), english, rng) for _ in range(ENGLISH)}
    for name in ALONE:
        made |= {line.replace("\\n", "\n") for line in english[name]}
    for language, lists in sorted(_read("more_languages.yaml").items()):
        shapes = ("{o} {p}", "{c} {o} {p}", "{x}", "{o} {x}", "{c} {x}", "{r}", "{o} {r}", "{c} {o}", "{r} {p}")
        made |= {_filled(rng.choice(shapes), lists, rng) for _ in range(EACH_LANGUAGE)}
        if language in ("de", "fr", "es", "ru", "zh"):  # languages are mixed within one text as well
            made |= {f"{rng.choice(english['cover'])} {_filled('{o} {p}', lists, rng)}" for _ in range(30)}
            made |= {f"{rng.choice(lists['c'])} {_filled('{override} {payload}', english, rng)}" for _ in range(30)}
    return sorted(made)


def benign() -> list[str]:
    """Innocent texts: those that stand as they are, the beginnings of attacks, and each template filled many times."""
    rng = random.Random(7)
    given = _read("benign.yaml")
    made = {line.replace("\\n", "\n") for line in given["texts"]}
    made |= {_filled(template, given["lists"], rng) for template in given["templates"] for _ in range(BENIGN_EACH)}
    # The beginnings of attacks are innocent, alone and together: else they would be learned as signs of an attack.
    others = _read("more_languages.yaml").values()
    beginnings = [_read("attacks.yaml")["en"]["cover"], *(lists["c"] for lists in others)]
    texts = sorted(made)
    for lines in beginnings:
        made |= set(lines)
        for _ in range(12 * len(lines)):
            some = rng.sample(lines, rng.randint(1, min(3, len(lines))))
            made.add(" ".join([*some, *rng.sample(texts, rng.randint(0, 1))]))
    # Several innocent things in one text: a mail, a log with a note, a list of questions.
    made |= {" ".join(rng.sample(texts, rng.randint(2, 5))) for _ in range(800)}
    return sorted(made)
