"""AOP's answer on a plan."""

from __future__ import annotations

from genesis.finding import BLOCKING, Finding
from genesis.frozen import Frozen


class Vetting(Frozen):
    """`ok` is False exactly when a finding blocks (critical or high)."""

    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        return not any(finding.severity in BLOCKING for finding in self.findings)
