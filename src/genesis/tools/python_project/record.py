"""What the recorder wrote, read as untrusted data: the code under test could write there too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from genesis.frozen import Frozen

MAX_BYTES = 200_000_000
MAX_EVENTS = 1_000_000


class Raised(Frozen):
    """An exception as the recorder describes it. `frames`, of the workspace: file, line, function, innermost last."""

    link: Literal["raised", "cause", "context", "group"]
    type: str
    module: str
    bases: tuple[str, ...] = ()
    message: str = ""
    frames: tuple[tuple[str, int, str], ...] = ()
    last: tuple[tuple[str, str], ...] = ()
    errno: int | str | None = None
    filename: int | str | None = None
    own_file: str | None = None
    name: int | str | None = None
    path: int | str | None = None
    lineno: int | str | None = None
    argname: int | str | None = None

    def is_a(self, *names: str) -> bool:
        """Whether it is one of these builtin exceptions or derived of them."""
        return self.type in names or any(base in names for base in self.bases)


class Skip(Frozen):
    """Where a test was skipped, and why."""

    file: str | None = None
    line: int | None = None
    reason: str = ""


class Event(Frozen):
    """One line of the recorder. Which fields are set depends on `event`."""

    event: Literal["start", "collected", "begin", "phase", "collect", "out_of_time", "end", "exit", "crash"]
    pytest: str | None = None
    python: str | None = None
    count: int = 0
    test: str = ""
    node: str = ""
    file: str | None = None
    line: int = Field(default=1, ge=1)
    when: str = ""
    outcome: str = ""
    seconds: float = 0.0
    xfail: bool = False
    skipped: Skip | None = None
    raised: tuple[Raised, ...] | None = None
    text: str | None = None
    exit: int | None = None
    code: int | None = None


def read(path: Path) -> Iterator[Event]:
    """The events in order. A line that is none (cut off by a kill, or forged) is passed over."""
    if not path.is_file() or path.is_symlink():
        return
    left = MAX_BYTES
    with path.open("rb") as file:
        for _ in range(MAX_EVENTS):
            line = file.readline(1_000_000)
            left -= len(line)
            if not line or left < 0:
                return
            try:
                found: Any = json.loads(line)
                yield Event.model_validate(found)
            except (ValueError, ValidationError, RecursionError):
                continue
