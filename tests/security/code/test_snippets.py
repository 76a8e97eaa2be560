"""Hostile and benign snippets: through the check, and in every kind of sandbox without it. All of them one by one, and
what each does where there is no sandbox, is in tests/chaos/test_snippets.py."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from genesis.security.code import sandbox
from genesis.security.code.check import check
from genesis.security.code.isolation import Kind
from tests.security.code import matrix
from tests.security.code.matrix import ALONE, BENIGN, HOSTILE, Outside, outside

linux = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")
EVERY = [one for family in HOSTILE.values() for one in family]
ORDINARY = [one for family in BENIGN.values() for one in family]
REACHES = {"reads", "writes", "environment", "connects", "signals", "lingers"}


def test_there_are_enough_of_them_and_none_twice() -> None:
    assert len(EVERY) >= 120 and len(ORDINARY) >= 60
    for snippets in (EVERY, ORDINARY):
        assert len({one.code for one in snippets}) == len({str(one) for one in snippets}) == len(snippets)
    assert {one.harm for one in EVERY} == REACHES | {"bounded"} and {one.harm for one in ORDINARY} == {""}


def test_the_check_lets_few_through_and_none_that_reaches_out(tmp_path: Path) -> None:
    with outside(tmp_path) as host:
        through = [one for one in EVERY if not check(host.code(one))]
    print(f"let through: {len(through)} of {len(EVERY)}: {[str(one) for one in through]}")
    assert {one.family for one in through} <= {"exhaustion"}, "what only takes too much is the sandbox's to end"
    assert len(through) <= len(EVERY) * 0.02


def test_the_check_takes_ordinary_code() -> None:
    refused = {str(one): findings for one in ORDINARY if (findings := check(one.code))}
    assert len(refused) <= 0.05 * len(ORDINARY), refused


@linux
async def test_ordinary_code_runs_as_it_does_outside(kind: Kind, tmp_path: Path) -> None:
    with outside(tmp_path) as host:
        codes = await matrix.together(kind, host, ORDINARY)
        for at, (one, code) in enumerate(zip(ORDINARY, codes, strict=True)):
            said = (host.inside / str(at) / "said.out").read_bytes()
            assert code == 0 and said, (str(one), (host.inside / str(at) / "said.err").read_text())
            if at % 8 == 0:
                plain = subprocess.run([sys.executable, "-c", one.code], capture_output=True, check=True)
                assert said == plain.stdout, str(one)
        assert host.harm() == {}


@linux
@pytest.mark.parametrize("family", [name for name in HOSTILE if name not in ALONE])
async def test_nothing_outside_is_reached(kind: Kind, family: str, tmp_path: Path) -> None:
    with outside(tmp_path) as host:
        await matrix.together(kind, host, HOSTILE[family])
        assert host.harm() == {}, family


@linux
@pytest.mark.parametrize("snippet", HOSTILE["exhaustion"][::5], ids=lambda one: one.name)
async def test_what_takes_too_much_is_ended(snippet: matrix.Snippet, tmp_path: Path) -> None:
    with outside(tmp_path) as host:
        ran = await matrix.alone(await sandbox.best(), host, snippet, seconds=1.5)
        matrix.within_limits(ran, host)


@linux
@pytest.mark.parametrize("harm", sorted(REACHES))
def test_the_host_sees_what_a_snippet_does_without_a_sandbox(harm: str, tmp_path: Path) -> None:
    """One of each; all of them in the chaos suite. Without this, eyes that see nothing would pass for safety."""
    snippet = next(one for one in EVERY if one.harm == harm)
    with outside(tmp_path) as host:
        assert host.harm() == {}
        matrix.without(host, snippet)
        assert harm in host.harm(), snippet


def test_what_a_snippet_says_is_seen(tmp_path: Path) -> None:
    with outside(tmp_path) as host:
        (host.inside / "said.out").write_text("BREACH\n")
        assert host.harm() == {"bounded": "said.out"}


def test_outside_is_made_anew_each_time(tmp_path: Path) -> None:
    hosts = [Outside(tmp_path / name) for name in "ab"]
    for one in hosts:
        one.close()
    assert hosts[0].said != hosts[1].said and hosts[0].token != hosts[1].token
