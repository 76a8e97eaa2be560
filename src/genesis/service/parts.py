"""What the app is built of. `cli/compose.py` makes them; nothing in here looks anything up by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from genesis.agents.registry import Registry
from genesis.agents.toolbox import ArtifactStore
from genesis.clock import Clock
from genesis.execute.prepare import Prepared
from genesis.execute.run import Run
from genesis.execute.runs import Runs
from genesis.flags.switches import Switches
from genesis.objective import Objective
from genesis.plan.plan import Plan
from genesis.security.code.checker import Checker
from genesis.security.edge.apikeys import ApiKeys
from genesis.security.edge.rate import Limits
from genesis.security.edge.tokens import Tokens
from genesis.security.redact.redactor import Redactor
from genesis.settings import Profile
from genesis.telemetry.correlation import Bits
from genesis.telemetry.logs import JsonLines
from genesis.telemetry.metrics import Metrics

ReportFormat = Literal["md", "html", "json"]
Render = Callable[[Run, ReportFormat], str]
"""The report of a run that has ended."""


@dataclass
class Lifecycle:
    """Where the process stands. `draining` ends streams and refuses readiness; it is set once and never cleared."""

    started: asyncio.Event = field(default_factory=asyncio.Event)
    draining: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True)
class Parts:
    """`url`: what the cards say, without a slash at the end. `uploads`: where sent files are unpacked, by run.
    `openid`: the issuer of the tokens that are taken."""

    profile: Profile
    url: str
    hosts: frozenset[str]
    workspaces: tuple[Path, ...]
    home: Path
    uploads: Path
    admin_key: SecretStr
    keys: ApiKeys
    tokens: Tokens | None
    openid: str | None
    registry: Registry
    runs: Runs
    prepare: Callable[[Objective], Awaitable[Prepared]]
    prepare_plan: Callable[[Plan], Awaitable[Prepared]]
    render: Render
    redactor: Redactor
    artifacts: ArtifactStore
    switches: Switches
    metrics: Metrics
    logs: JsonLines
    clock: Clock
    bits: Bits
    lifecycle: Lifecycle
    limits: Limits = field(default_factory=Limits)
    checker: Checker = field(default_factory=Checker)
    heartbeat_s: float = 15.0
    drain_s: float = 20.0
