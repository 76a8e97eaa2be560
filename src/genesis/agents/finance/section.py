"""A part of the model: its lines, what follows from them, and what was missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from genesis.finding import Fact, Finding, NotDone, Severity, Source
from genesis.tools.money.figure import Line, shown


@dataclass
class Section:
    """`heads`: the lines that answer, for the summary. `tables`: (title, columns, rows)."""

    title: str
    lines: list[Line] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    missing: list[NotDone] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    tables: list[tuple[str, tuple[str, ...], list[tuple[str, ...]]]] = field(default_factory=list)

    def add(self, lines: Sequence[Line], inputs: Sequence[Source], heads: Sequence[str] = ()) -> None:
        """Takes computed lines in: each is a fact whose sources are its formula and the inputs' places. `heads`: the
        beginnings of the names of lines that belong into the summary."""
        for line in lines:
            value = "none" if line.value is None else shown(line.value, line.unit)
            formula = Source(formula=f"{line.formula} = {line.filled} = {value}"[:2000])
            self.facts.append(Fact(text=f"{line}.", sources=(formula, *inputs)))
            self.lines.append(line)
            if any(line.name.startswith(head) for head in heads):
                self.heads.append(str(line))

    def act(self, kind: str, severity: Severity, line: Line, message: str, remedy: str) -> None:
        """A finding that a line gives rise to."""
        source = Source(formula=f"{line.formula} = {line.filled}"[:2000])
        self.findings.append(Finding(kind=kind, severity=severity, message=message, source=source, remedy=remedy))

    def lacks(self, what: str, why: str) -> None:
        """Something that could not be computed."""
        note = NotDone(what=what, why=why)
        if note not in self.missing:
            self.missing.append(note)

    def line(self, start: str) -> Line | None:
        """The first line whose name begins so and that has a value."""
        return next((one for one in self.lines if one.name.startswith(start) and one.value is not None), None)
