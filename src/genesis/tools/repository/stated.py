"""What one place of a project file says, and the lines of values of which only the parsed ones are at hand."""

from __future__ import annotations

import re
from collections.abc import Callable

from genesis.frozen import Frozen
from genesis.tools.places.text_lines import lines_of
from genesis.tools.repository.requirement_files import Requirement


class Stated(Frozen):
    """Something that one place says: `what` is its name there (version, license, readme, script ...)."""

    what: str
    value: str
    file: str
    line: int


class FileSays(Frozen):
    """What one file says. `unclear`: what it computes, so that nobody takes silence for absence."""

    stated: tuple[Stated, ...] = ()
    requires: tuple[Requirement, ...] = ()
    unclear: tuple[str, ...] = ()


class Lines:
    """Finds the line of something written in a file of which only the parsed values are at hand."""

    def __init__(self, text: str) -> None:
        self.lines = lines_of(text)

    def table(self, name: str) -> int:
        """The line of a TOML or INI section's head, or 1."""
        return self._first(lambda line: line.strip() == f"[{name}]", 1)

    def key(self, name: str, after: int = 1) -> int:
        """The line from `after` on that gives a key its value."""
        pattern = re.compile(rf"\s*[\"']?{re.escape(name)}[\"']?\s*[=:]")
        return self._first(lambda line: bool(pattern.match(line)), after)

    def item(self, text: str, after: int = 1) -> int:
        """The line from `after` on (or before, where a list is written apart) that holds an item of a list."""
        quoted = (f'"{text}"', f"'{text}'")
        found = self._first(lambda line: any(one in line for one in quoted) or line.strip() == text, after)
        return found if found != after else self._first(lambda line: any(one in line for one in quoted), 1, found)

    def _first(self, fits: Callable[[str], bool], after: int, otherwise: int | None = None) -> int:
        for number in range(after, len(self.lines) + 1):
            if fits(self.lines[number - 1]):
                return number
        return after if otherwise is None else otherwise
