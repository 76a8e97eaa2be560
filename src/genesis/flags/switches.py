"""Switches: on or off, at once, for every process of a home. Own path beside the flags: a switch never ramps.

The state is one small file, replaced whole. Every question costs one `stat`: that is what makes a switch that another
process (or an operator with an editor) turned effective for the very next request, without a poller.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from pydantic import Field, ValidationError

from genesis.errors import NotFound, StorageFailed, SwitchedOff
from genesis.frozen import Frozen

NAMES = ("emergency_shutdown",)
RETRY_AFTER_S = 30.0


class Switch(Frozen):
    """How a switch stands. `by`: who turned it; `at`: seconds since the epoch."""

    on: bool = False
    by: Annotated[str, Field(max_length=200)] = ""
    reason: Annotated[str, Field(max_length=1000)] = ""
    at: float | None = None


class _File(Frozen):
    generation: Annotated[int, Field(ge=0)] = 0
    switches: dict[str, Switch] = Field(default_factory=dict)


class Switches:
    """The switches of one home. No file: all off. A file that cannot be read counts as all on: unknown holds."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._seen: tuple[int, int, int] | None = None
        self._state = _File()
        self._broken = ""

    @property
    def generation(self) -> int:
        """How often a switch has been turned in this home."""
        return self._read().generation

    def all(self) -> Mapping[str, Switch]:
        """Every switch by name."""
        state = self._read()
        if self._broken:
            return MappingProxyType({name: Switch(on=True, by="genesis", reason=self._broken) for name in NAMES})
        return MappingProxyType({name: state.switches.get(name, Switch()) for name in NAMES})

    def check(self) -> None:
        """Passes when new work may start. Raises `SwitchedOff`, naming who turned the switch and why."""
        switch = self.all()["emergency_shutdown"]
        if switch.on:
            why = f": {switch.reason}" if switch.reason else ""
            raise SwitchedOff(
                f"emergency_shutdown is on (turned by {switch.by or 'somebody unnamed'}{why}); "
                "nothing new is started. Reading and cancelling go on",
                retry_after=RETRY_AFTER_S,
            )

    def turn(self, name: str, *, on: bool, by: str, reason: str, at: float) -> Switch:
        """Turns a switch, durably, for every process. Raises `NotFound`, `StorageFailed`."""
        if name not in NAMES:
            raise NotFound(f"switch {name!r}: not here; there are {', '.join(NAMES)}")
        state = self._read()
        switch = Switch(on=on, by=by, reason=reason, at=at)
        new = _File(generation=state.generation + 1, switches={**state.switches, name: switch})
        try:
            with tempfile.NamedTemporaryFile(dir=self.file.parent, prefix=".switches-", delete=False) as aside:
                aside.write(new.model_dump_json(indent=2).encode())
                aside.flush()
                os.fsync(aside.fileno())
            Path(aside.name).replace(self.file)
        except OSError as error:
            raise StorageFailed(f"{self.file}: cannot be written ({error.strerror}); nothing was turned") from error
        self._seen = None
        return switch

    def _read(self) -> _File:
        try:
            facts = self.file.stat()
        except FileNotFoundError:
            self._seen, self._state, self._broken = None, _File(), ""
            return self._state
        except OSError as error:
            self._seen, self._broken = None, f"{self.file} cannot be read ({error.strerror})"
            return self._state
        seen = (facts.st_mtime_ns, facts.st_ino, facts.st_size)
        if seen != self._seen:
            try:
                self._state, self._broken = _File.model_validate_json(self.file.read_bytes()), ""
            except (OSError, ValidationError) as error:
                self._broken = f"{self.file} cannot be understood ({type(error).__name__}); mend or remove it"
            self._seen = seen
        return self._state
