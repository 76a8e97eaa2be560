"""A result in the making: the parts of an agent's work add to it, and `done` freezes it."""

from __future__ import annotations

from dataclasses import dataclass, field

from genesis.agents.result import Result
from genesis.finding import Artifact, Fact, Finding, NotDone, Source, by_severity
from genesis.frozen import JsonValue


def many(count: int, one: str, more: str = "") -> str:
    """A count with its noun.

    >>> many(1, "page"), many(2, "page"), many(0, "entity", "entities")
    ('1 page', '2 pages', '0 entities')
    """
    return f"{count:,} {one if count == 1 else more or f'{one}s'}"


@dataclass
class Draft:
    """What has come together so far. `lines` are the answers of the parts; together they are the one sentence."""

    lines: list[str] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    not_done: list[NotDone] = field(default_factory=list)
    next_steps: list[str] = field(default_factory=list)
    artifacts: list[Artifact] = field(default_factory=list)
    output: dict[str, JsonValue] = field(default_factory=dict)

    def fact(self, text: str, *sources: Source) -> None:
        """Adds a sentence with its sources."""
        self.facts.append(Fact(text=text, sources=sources))

    def skip(self, what: str, why: str) -> None:
        """Says once what was not done."""
        note = NotDone(what=what, why=why)
        if note not in self.not_done:
            self.not_done.append(note)

    def done(self, product: str, *, cap: int = 200) -> Result:
        """The result, with `output` as what it gives under `product`, the change in it also as `code`; at most `cap`
        facts and findings each."""
        findings = by_severity(self.findings)
        for what, found in (("findings", findings), ("facts", self.facts)):
            if len(found) > cap:
                self.skip(f"{len(found) - cap:,} more {what}", f"the first {cap} of {len(found):,} are given")
        sentence = "; ".join(line.rstrip(".") for line in self.lines)
        if sentence.partition(" ")[0].isalpha():  # not an address or a file name
            sentence = sentence[:1].upper() + sentence[1:]
        outputs: dict[str, JsonValue] = {product: self.output}
        if "patch" in self.output:
            outputs["code"] = {key: self.output[key] for key in ("patch", "files")}
        return Result(
            summary=sentence + ".",
            facts=tuple(self.facts[:cap]),
            findings=tuple(findings[:cap]),
            not_done=tuple(self.not_done),
            next_steps=tuple(dict.fromkeys(self.next_steps)),
            artifacts=tuple(self.artifacts),
            outputs=outputs,
        )
