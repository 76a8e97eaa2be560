"""Every kind of sandbox that this host has, and what programs in it must not get at."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from genesis.security.code import sandbox
from genesis.security.code.isolation import KINDS, Kind


@pytest.fixture(params=KINDS)
async def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    if (why := await sandbox.unfit(found)) is not None:
        # Not installed, or not allowed on this host, is no fault of ours; what starts and then leaks is.
        assert "does not hold" not in why, why
        pytest.skip(f"{found}: {why}")
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "inside").mkdir()
    return tmp_path / "inside"


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        yield one
