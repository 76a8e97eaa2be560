"""A finding: a fact with place, evidence, severity and remedy. One type in vetting and in reports."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator

from genesis.frozen import Frozen
from genesis.objective import Trust

Severity = Literal["critical", "high", "medium", "low", "info"]
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info")
EXCERPT_CHARS, NAME_CHARS = 200, 128
_MARK = re.compile(r"\[REDACTED:([a-z0-9_]+):([0-9a-f]+)\]")
"""What stands where a secret was. It may be longer than the secret, and has characters that no name has."""
BLOCKING: frozenset[Severity] = frozenset({"critical", "high"})


class Source(Frozen):
    """Where a statement can be checked: a file and line, a query, a formula, or an address. At least one is set.

    `file` is relative to the workspace, `line` counts from 1, `excerpt` is the text there (one line, at most 200
    characters).
    """

    file: str | None = None
    line: Annotated[int, Field(ge=1)] | None = None
    query: str | None = None
    formula: str | None = None
    url: str | None = None
    excerpt: Annotated[str, Field(max_length=EXCERPT_CHARS)] | None = None

    @field_validator("excerpt", mode="before")
    @classmethod
    def _marked(cls, text: object) -> object:
        """A line that grew when its secrets were taken out is cut; half a mark is none."""
        if not isinstance(text, str) or len(text) <= EXCERPT_CHARS or _MARK.search(text) is None:
            return text
        inside = [mark.start() for mark in _MARK.finditer(text) if mark.start() < EXCERPT_CHARS < mark.end()]
        return text[: min([EXCERPT_CHARS, *inside])]

    def __str__(self) -> str:
        if self.file is not None:
            return f"{self.file}:{self.line}" if self.line else self.file
        return self.query or self.formula or self.url or "no source"


class Fact(Frozen):
    """A sentence that an agent claims, and where to check it."""

    text: str
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]


class Finding(Frozen):
    """A fact that somebody should act on.

    `kind` is a stable word in snake_case ("import_cycle"); `edit` is a plan edit that would mend it (vetting only).
    """

    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    severity: Severity
    message: str
    source: Source | None = None
    remedy: str | None = None
    task: str | None = None
    agent: str | None = None
    edit: str | None = None


class NotDone(Frozen):
    """Something that was not looked at or could not be done, and why: what is missing is named, nothing is invented."""

    what: str
    why: str


class Artifact(Frozen):
    """A file that a task made; its bytes lie under their sha256 in the artifact store. `trust`: the lowest label of
    what it was made from."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]
    media_type: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size: Annotated[int, Field(ge=0)]
    trust: Trust = "tool"

    @field_validator("name", mode="before")
    @classmethod
    def _marked(cls, name: object) -> object:
        """A mark in a name, as a name can have it."""
        if not isinstance(name, str) or _MARK.search(name) is None:
            return name
        plain = _MARK.sub(r"REDACTED-\1-\2", name)
        return plain if len(plain) <= NAME_CHARS else f"{plain[: NAME_CHARS - 20]}{plain[-20:]}"


def by_severity(findings: list[Finding]) -> list[Finding]:
    """Worst first; among equals by file and line, so that a report reads the same twice."""
    return sorted(
        findings,
        key=lambda f: (
            SEVERITIES.index(f.severity),
            (f.source.file or "") if f.source else "",
            (f.source.line or 0) if f.source else 0,
            f.kind,
        ),
    )
