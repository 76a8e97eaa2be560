"""Quotes lines of a workspace as sources of statements: cut to length, and with no secret in them."""

from __future__ import annotations

from dataclasses import dataclass, field

from genesis.finding import Source
from genesis.security.workspace import Workspace
from genesis.tools.places.text_lines import lines_of
from genesis.tools.secrets.search import mask

MAX_EXCERPT = 200
MAX_LINE = 4_000


@dataclass(frozen=True)
class Quotes:
    """Quotes lines of one workspace; a file is read once."""

    workspace: Workspace
    lines: dict[str, list[str]] = field(default_factory=dict)

    def __call__(self, file: str, line: int | None) -> Source:
        """The source `file:line` with its text, or without when the line is not there or not text."""
        if line is None:
            return Source(file=file)
        # Masked before it is cut: half a secret would no longer be known for one.
        excerpt = mask(self.line(file, line)[:MAX_LINE], file).strip()[:MAX_EXCERPT]
        return Source(file=file, line=line, excerpt=excerpt or None)

    def line(self, file: str, line: int) -> str:
        """A line as it is, secrets and all: to be looked at, never to be shown. Empty when it is not there."""
        if file not in self.lines:
            self.lines[file] = lines_of(self.workspace.read_text(file) or "")
        return "".join(self.lines[file][line - 1 : line])
