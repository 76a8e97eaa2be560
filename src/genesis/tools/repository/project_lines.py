"""The files that describe a project, read once each, with the line of every value taken from them."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from genesis.finding import NotDone, Source
from genesis.frozen import Frozen
from genesis.security.workspace import Workspace
from genesis.tools.places.place import place, place_in
from genesis.tools.places.text_lines import lines_of


class Said(Frozen):
    """A value that a file states, and where."""

    value: str
    source: Source


@dataclass
class ProjectLines:
    """A workspace's files by name. What cannot be read is noted in `not_done`."""

    workspace: Workspace
    not_done: list[NotDone] = field(default_factory=list)
    _cache: dict[str, list[str]] = field(default_factory=dict)

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(file.name for file in self.workspace.files)

    def lines(self, name: str) -> list[str]:
        """The lines of a file; none when it is absent or no text."""
        if name not in self._cache:
            known = name in self.names
            self._cache[name] = lines_of(self.workspace.read_text(name) or "") if known else []
        return self._cache[name]

    def toml(self, name: str) -> dict[str, Any]:
        try:
            return tomllib.loads("\n".join(self.lines(name)))
        except (tomllib.TOMLDecodeError, RecursionError):
            self.not_done.append(NotDone(what=name, why="not valid TOML"))
            return {}

    def json(self, name: str) -> dict[str, Any]:
        if name not in self.names:
            return {}
        try:
            content = json.loads("\n".join(self.lines(name)))
        except (ValueError, RecursionError):
            self.not_done.append(NotDone(what=name, why="not valid JSON"))
            return {}
        return content if isinstance(content, dict) else {}

    def said(self, file: str, value: object, key: str) -> Said | None:
        """A value with the line that states it: the first line with both key and value, else with the value."""
        if not isinstance(value, str) or not value:
            return None
        lines = self.lines(file)
        both = [n for n, line in enumerate(lines, 1) if value in line and key in line]
        either = both or [n for n, line in enumerate(lines, 1) if value in line]
        return Said(value=value, source=place_in(file, either[0], lines)) if either else None

    def match(self, file: str, pattern: str) -> Said | None:
        for number, line in enumerate(self.lines(file), 1):
            match = re.search(pattern, line[:300])
            if match:
                return Said(value=match.group(1), source=place(file, number, line))
        return None

    def top(self, name: str) -> Source:
        """The first line that says something."""
        lines = self.lines(name)
        first = next((n for n, line in enumerate(lines, 1) if line.strip()), 1)
        return place_in(name, first, lines)

    def find(self, name: str, *needles: str) -> Source:
        lines = self.lines(name)
        for needle in needles:
            for number, line in enumerate(lines, 1):
                if needle in line:
                    return place(name, number, line)
        return self.top(name)


def table(content: dict[str, Any], *keys: str) -> dict[str, Any]:
    """The table at a path of keys; an empty one when there is none."""
    current: Any = content
    for key in keys:
        current = current.get(key) if isinstance(current, dict) else None
    return current if isinstance(current, dict) else {}
