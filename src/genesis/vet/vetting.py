"""AOP's answer on a plan."""

from __future__ import annotations

from pydantic import Field

from genesis.finding import BLOCKING, Finding
from genesis.frozen import Frozen


class Vetting(Frozen):
    """`ok` is False exactly when a finding blocks (critical or high). `scores`: by task, the chance that its words ask
    for the agent that has it, where words were looked at."""

    findings: tuple[Finding, ...] = ()
    scores: dict[str, float] = Field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not any(finding.severity in BLOCKING for finding in self.findings)
