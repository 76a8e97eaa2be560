"""Folds the recorder's events into one outcome for each test."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from genesis.tools.python_project.blame import Blame, blame
from genesis.tools.python_project.project import Project
from genesis.tools.python_project.record import Event, Raised

Status = Literal["passed", "failed", "skipped", "xfailed", "needs", "blocked", "too_long", "unsteady"]
"""`unsteady`: it failed, and passed when its file ran a second time."""


@dataclass(frozen=True)
class Outcome:
    """What came of one test, or (`collected` False) of a file or package that could not be collected at all.

    `test` is pytest's node id, `file` and `line` where the test stands, `cause` the deepest place in the workspace that
    the exception passed. `what` is the missing thing, the refused thing, or the skip's reason.
    """

    test: str
    file: str
    line: int
    status: Status
    seconds: float = 0.0
    what: str = ""
    exception: str = ""
    message: str = ""
    cause: tuple[str, int] | None = None
    collected: bool = True

    @property
    def function(self) -> str:
        """The node id without parameters."""
        return self.test.partition("[")[0]


@dataclass
class Record:
    """A whole run. `crash`: why pytest itself could not work. `complete` is False when it was killed or out of time."""

    outcomes: list[Outcome] = field(default_factory=list)
    pytest: str | None = None
    python: str | None = None
    collected: int = 0
    complete: bool = False
    exit_code: int | None = None
    crash: tuple[Raised, ...] | None = None


def fold(events: Iterable[Event], project: Project, files: Collection[str]) -> Record:
    """The record of a run, tests in the order in which they ran."""
    record = Record()
    running: dict[str, Outcome] = {}
    out_of_time = False
    for event in events:
        match event.event:
            case "start":
                record.pytest, record.python = event.pytest, event.python
            case "collected":
                record.collected = event.count
            case "begin":
                running[event.test] = Outcome(event.test, event.file or "", event.line, "passed")
            case "phase":
                before = running.get(event.test) or Outcome(event.test, event.file or "", event.line, "passed")
                running[event.test] = _phase(before, event, project, files)
                if event.when == "teardown":
                    record.outcomes.append(running.pop(event.test))
            case "collect":
                record.outcomes.extend(_collect(event, project, files))
            case "out_of_time":
                out_of_time = True
            case "crash":
                record.crash = record.crash or event.raised
            case "end" | "exit":
                record.exit_code = event.exit if event.event == "end" else event.code
    record.complete = record.exit_code is not None and not out_of_time
    for left in running.values():  # began and never ended: the run was killed in it
        record.outcomes.append(replace(left, status="too_long", message="the run ended while it was going on"))
    return record


def _phase(before: Outcome, event: Event, project: Project, files: Collection[str]) -> Outcome:
    seconds = before.seconds + max(0.0, event.seconds)
    if event.outcome == "failed" and before.status in ("passed", "skipped", "xfailed"):
        found = blame(event.raised or (), event.text or "", project, files)
        return _explained(replace(before, seconds=seconds), found, event.raised or (), event.text or "")
    if event.outcome == "skipped" and before.status == "passed":
        place = event.skipped
        if event.xfail:
            return replace(before, seconds=seconds, status="xfailed")
        cause = (place.file, place.line) if place and place.file and place.line else None
        return replace(before, seconds=seconds, status="skipped", what=place.reason if place else "", cause=cause)
    return replace(before, seconds=seconds)


def _collect(event: Event, project: Project, files: Collection[str]) -> list[Outcome]:
    file = event.node.partition("::")[0]
    empty = Outcome(event.node, file, 1, "skipped", collected=False)
    if event.outcome == "skipped":
        place = event.skipped
        cause = (place.file, place.line) if place and place.file and place.line else None
        return [replace(empty, what=place.reason if place else "", cause=cause)]
    chain = event.raised or ()
    return [_explained(empty, blame(chain, event.text or "", project, files), chain, event.text or "")]


def _explained(outcome: Outcome, found: Blame, chain: tuple[Raised, ...], text: str) -> Outcome:
    # pytest wraps what goes wrong while collecting; the reader wants what went wrong
    told = next((one for one in chain if not one.module.startswith("_pytest") and one.type != "CollectError"), None)
    told = told or (chain[0] if chain else None)
    cause = next(((file, line) for one in (told, *chain) if one for file, line, _ in reversed(one.frames)), None)
    if told is not None and told.is_a("SyntaxError") and told.own_file and isinstance(told.lineno, int):
        cause = (told.own_file, told.lineno)
    return replace(
        outcome,
        status=found.kind,
        what=found.what,
        exception=told.type if told else "",
        message=_shortened(told.message if told else text),
        cause=cause,
    )


def _shortened(message: str) -> str:
    return next((line.strip()[:300] for line in message.splitlines() if line.strip()), "")
