"""kill -9 anywhere: real processes, real files. Nothing recorded is lost or recorded twice, no effect is doubled.

Few kills by default; `CHAOS_SCALE=1` gives the full count (at least 50, at least 10 of each kind), other numbers a
part of it.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.story import Story

SCALE = os.environ.get("CHAOS_SCALE")
COUNT = 2 if SCALE is None else max(1, round(13 * float(SCALE)))
"""Of each kind."""

KINDS: dict[str, Callable[[random.Random], list[Any]]] = {
    "random": lambda chance: ["time", 1, 700],
    "effect": lambda chance: ["execute.effect_done", chance.randint(1, 2), 0],
    "commit": lambda chance: ["durable.committing", chance.randint(5, 60), 4],
    "recovery": lambda chance: chance.choice(
        [["execute.fenced", 1, 0], ["execute.taken_over", 1, 0], ["durable.committing", chance.randint(1, 8), 3],
         ["durable.recorded", 1, 0]]
    ),
}  # fmt: skip
"""Kind to where: the point, at which passing of it, and up to how many ms later."""


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", KINDS)
def test_killed_anywhere_it_ends_right(
    tmp_path: Path, kind: str, record_property: Callable[[str, object], None]
) -> None:
    chance = random.Random(f"{kind} {os.environ.get('CHAOS_SEED', '1')}")
    kills = stories = 0
    while kills < COUNT:
        stories += 1
        assert stories <= 3 * COUNT, f"only {kills} of {COUNT} kills came about"
        story = Story(tmp_path / f"{kind}{stories}", [chance.randrange(10**6) for _ in range(2)])
        if kind == "recovery":  # there must be something to recover
            story.live(["durable.recorded", chance.randint(4, 20), 0])
        alive = True
        for _ in range(min(4, COUNT - kills)):
            alive = story.live(KINDS[kind](chance))
            kills += alive
            if not alive:
                break
        if alive:
            assert not story.live(), "a life without a kill was killed"
        assert not story.violations, "\n".join(story.violations)
    print(f"{kind}: {kills} kills in {stories} stories")


@pytest.mark.timeout(1800)
def test_a_zombie_changes_nothing(tmp_path: Path) -> None:
    """A process is stopped, another takes its runs over and ends them, the first goes on: it may record nothing."""
    chance = random.Random(2)
    came = tried = 0
    while came < max(1, COUNT // 2):
        tried += 1
        assert tried <= 3 * COUNT, "no zombie came about"
        story = Story(tmp_path / str(tried), [chance.randrange(10**6)], mutate="takeover")
        came += story.pause(chance.uniform(0, 0.3))
        assert not story.violations, "\n".join(story.violations)


@pytest.mark.timeout(600)
class TestTheSuiteCanTell:
    """Each safety net taken away in turn, in the workers: the same checks go red."""

    def test_without_deduplication(self, tmp_path: Path) -> None:
        story = Story(tmp_path, [11], mutate="dedup")
        assert story.live(["execute.effect_done", 1, 0])
        story.live()
        assert any("done 2 times under one key" in one for one in story.violations)

    @pytest.mark.timeout(400)
    def test_without_the_state_done_volatile(self, tmp_path: Path) -> None:
        seen = False
        for life_s in (8, 40, 80):  # on a loaded machine a short life may end before a task was begun twice
            story = Story(tmp_path / str(life_s), [11, 12, 13], mutate="volatile", life_s=life_s)
            story.live()
            seen = any("in one life" in one for one in story.violations)
            if seen:
                break
        assert seen

    def test_without_fencing(self, tmp_path: Path) -> None:
        twice = False
        for number in range(6):  # a zombie that has not begun a task yet, or has ended all, has nothing to record twice
            # A life that waits in vain is ended early, but on a loaded machine an heir needs more to begin at all.
            story = Story(tmp_path / str(number), [20 + number], mutate="fence", life_s=8 if number < 3 else 40)
            story.pause(0.05 * (number + 1))
            twice = any("is recorded 2 times" in one for one in story.violations)
            if twice:
                break
        assert twice

    def test_with_all_of_them_it_is_green(self, tmp_path: Path) -> None:
        story = Story(tmp_path, [11, 12, 13])
        story.live(["execute.effect_done", 1, 0])
        story.live()
        assert not story.violations, "\n".join(story.violations)
