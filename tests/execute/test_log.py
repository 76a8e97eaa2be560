"""The log's JSON: what goes in comes out, also what is too large for a batch."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from genesis.agents.result import Result
from genesis.agents.toolbox import ArtifactStore
from genesis.errors import StorageFailed
from genesis.execute.log import MAX_ENTRY_BYTES, Command, Ended, Entry, Planned, Stopped, dump, load
from genesis.execute.run import Failure
from genesis.finding import Artifact, Fact, Finding, NotDone, Source
from genesis.objective import Limits, Objective
from genesis.plan.plan import Edit, Plan, Task
from genesis.route.routed import Choice
from tests.execute.conftest import prepared, tasks

FAILURE = Failure(code="NETWORK_FAILED", category="network", message="gone")
RESULT = Result(
    summary="all of it",
    level="minimal",
    facts=(Fact(text="so", sources=(Source(file="a.py", line=3, excerpt="x = 1"),)),),
    findings=(Finding(kind="bad", severity="low", message="m"),),
    not_done=(NotDone(what="a", why="b"),),
    next_steps=("go on",),
    artifacts=(Artifact(name="a.txt", media_type="text/plain", sha256="0" * 64, size=3),),
    outputs={"brief": {"deep": [1, 2.5, None, True, "ü\n"]}},
    cost_usd=None,
)
EDIT = Edit(reason="r", add=(Task(id="n", goal="g", type="pure"),), drop=("x",), replace=(Task(id="y", goal="g"),))
PLAN = Plan(
    objective=Objective(text="t", limits=Limits(tasks=7), deadline_s=3), level="llm", confidence=0.5,
    tasks=tasks(("a", "x"), ("b", "y", "a", None), ("c", "z", "", "pure", "b")),
)  # fmt: skip
ENTRIES: list[Entry] = [
    Planned(1.5, prepared(PLAN), effects=("c",)),
    Planned(1.5, None, FAILURE, rejected=True),
    Ended(2.25, "a", 1, "hand", result=RESULT, seconds=0.125),
    Ended(2.25, "a", 2, "hand", error=FAILURE, draw=0.7, retry_after=3.0),
    Ended(2.25, "a", 3, "hand", result=RESULT, edit=EDIT, effects=("n",),
          choices=(Choice(task="n", agent="hand", type="pure", reason="r", score=1.0, terms={"a": 1.0}),)),
    Ended(2.25, "a", 3, "hand", result=RESULT, edit=EDIT, refused=FAILURE),
    Command(3.0, 4, "approve", {"tasks": ["a"], "yes": True, "who": "me"}),
    Stopped(4.0, FAILURE),
]  # fmt: skip


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: type(entry).__name__)
def test_every_entry_survives_the_log(tmp_path: Path, entry: Entry) -> None:
    store = ArtifactStore(tmp_path)
    assert load({"v": 1, "entries": [orjson.loads(dump(entry, store))]}, store) == [entry]


def test_a_large_entry_lies_in_the_store(tmp_path: Path) -> None:
    store = ArtifactStore(tmp_path)
    entry = Ended(1.0, "a", 1, "hand", result=Result(summary="s", outputs={"brief": "x" * MAX_ENTRY_BYTES}))
    line = dump(entry, store)
    assert len(line) < 1000
    assert load({"v": 1, "entries": [orjson.loads(line)]}, store) == [entry]


def test_a_log_of_a_later_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed, match="version 2"):
        load({"v": 2, "entries": []}, ArtifactStore(tmp_path))
