"""The bars of the redactor, on credentials made from the providers' documents, apart from its rules."""

from __future__ import annotations

from random import Random

import pytest

from tests.security.redact.secrets import KINDS
from tests.security.redact.secrets.contexts import CONTEXTS, place, suits
from tests.security.redact.secrets.measure import Redact, recall, table, untouched, untouched_lines

SEED = 20261123
ROUNDS = 2
RECALL = 0.97
RECALL_OF_A_KIND = 0.90
NEAR_MISSES_TOUCHED = 0.05
LINES = 20_000
LINES_TOUCHED = 0.0005


@pytest.fixture(scope="module")
def redact() -> Redact:
    from genesis.security.redact.redactor import Redactor

    return Redactor(tag_key=b"recall").redact


def test_credentials_of_every_kind_are_taken_out_of_every_place(redact: Redact) -> None:
    kinds, contexts = recall(redact, SEED, ROUNDS)
    weak = [name for name in kinds.seen if kinds.share(name) < RECALL_OF_A_KIND]
    assert kinds.share() >= RECALL and not weak, table("kinds", kinds, 60) + "\n" + table("places", contexts)


def test_what_only_looks_like_a_credential_stays(redact: Redact) -> None:
    kinds, sorts = untouched(redact, SEED)
    assert 1 - kinds.share() <= NEAR_MISSES_TOUCHED, table("near-misses", sorts) + "\n" + table("kinds", kinds)


def test_benign_lines_stay(redact: Redact) -> None:
    lines = untouched_lines(redact, SEED, LINES)
    assert 1 - lines.share() <= LINES_TOUCHED, table("benign lines", lines, 40)


def test_what_was_taken_out_is_not_taken_out_again(redact: Redact) -> None:
    """Log lines pass more than one sink."""
    for kind in KINDS:
        rng = Random(f"{SEED} twice {kind.name}")
        sample = kind.sample(rng)
        for context in [context for context in CONTEXTS if suits(context, kind, sample)][::9]:
            once = redact(place(context, sample, rng).text)
            assert redact(once) == once, (kind.name, context.name)
