"""What holds for every test: skips are counted, and nothing calls out."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from genesis.errors import SandboxUnavailable
from genesis.security.code import sandbox

ALLOWED_SKIPS = Path(__file__).parent / "allowed_skips.txt"


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A connection to anywhere but this machine fails the test that makes it."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if self.family in (socket.AF_INET, socket.AF_INET6) and not (
            host.startswith("127.") or host in {"::1", "localhost"}
        ):
            pytest.fail(f"an outbound connection to {host}: the suite makes none")
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    yield


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """In CI a skip is a failure unless its test is in allowed_skips.txt: a check that did not run proves nothing."""
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        allowed = {line.split("#")[0].strip() for line in ALLOWED_SKIPS.read_text().splitlines()}
        if report.nodeid.split("[")[0] not in allowed:
            report.outcome = "failed"
            report.longrepr = f"skipped in CI, and not in {ALLOWED_SKIPS.name}: {report.longrepr}"


@pytest.fixture
async def needs_a_sandbox() -> None:
    try:
        await sandbox.best()
    except SandboxUnavailable as error:
        pytest.skip(error.message)
