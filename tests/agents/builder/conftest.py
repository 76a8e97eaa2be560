"""What the builder writes is run in the sandbox: where there is none, its tests cannot be."""

from __future__ import annotations

import pytest

from genesis.errors import SandboxUnavailable
from genesis.security.code import sandbox


@pytest.fixture(autouse=True)
async def needs_a_sandbox() -> None:
    try:
        await sandbox.best()
    except SandboxUnavailable as error:
        pytest.skip(error.message)
