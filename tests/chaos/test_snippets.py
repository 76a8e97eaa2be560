"""Every hostile snippet alone: without a sandbox it does its harm, in each kind of sandbox none. `CHAOS_SCALE` takes a
part of them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from genesis.security.code import sandbox
from genesis.security.code.isolation import KINDS, Kind
from tests.security.code import matrix
from tests.security.code.matrix import ALONE, HOSTILE, Snippet, outside

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")
SCALE = min(1.0, float(os.environ.get("CHAOS_SCALE", "0.02")))
EVERY = [one for family in HOSTILE.values() for one in family][:: max(1, round(1 / SCALE))]
HARMFUL = [one for one in EVERY if one.harm != "bounded"]


@pytest.mark.parametrize("snippet", HARMFUL, ids=str)
def test_without_a_sandbox_it_does_its_harm(snippet: Snippet, tmp_path: Path) -> None:
    with outside(tmp_path) as host:
        matrix.without(host, snippet)
        said = [file.read_text(errors="replace") for file in host.inside.glob("said.*")]
        assert snippet.harm in host.harm(), (str(snippet), said)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("snippet", EVERY, ids=str)
async def test_in_a_sandbox_it_does_none(kind: Kind, snippet: Snippet, tmp_path: Path) -> None:
    if (why := await sandbox.unfit(kind)) is not None:
        assert "does not hold" not in why, why
        pytest.skip(f"{kind}: {why}")
    with outside(tmp_path) as host:
        ran = await matrix.alone(kind, host, snippet, seconds=3 if snippet.family in ALONE else 60)
        if snippet.family in ALONE:
            matrix.within_limits(ran, host)
        assert host.harm() == {}, (str(snippet), ran)
