"""A smoke suite: GET requests against a running service, each with what is expected of it."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urljoin

from pydantic import Field

from genesis.errors import Forbidden, NetworkError
from genesis.frozen import Frozen
from genesis.security.edge.outbound import get, shown
from genesis.security.sensitive import Address
from genesis.tools.tool import ToolContext, tool


class Expectation(Frozen):
    """`status`: what the answer must have (None: any below 400). `contains`: text that must be in it."""

    path: Annotated[str, Field(pattern=r"^/[^\s]{0,500}$"), Address()]
    status: Annotated[int, Field(ge=100, le=599)] | None = None
    contains: str | None = None


class RunSmokeInput(Frozen):
    """`url`: the address under which the paths are asked."""

    url: Annotated[str, Address()]
    expectations: Annotated[tuple[Expectation, ...], Field(min_length=1, max_length=30)]
    timeout_s: Annotated[float, Field(gt=0, le=10)] = 5.0


class Smoke(Frozen):
    """`unknown`: no answer came, so nothing is known."""

    url: str
    verdict: Literal["pass", "fail", "unknown"]
    expected: str
    got: str
    milliseconds: float | None = None


class RunSmokeOutput(Frozen):
    checks: tuple[Smoke, ...]

    @property
    def passed(self) -> bool:
        return all(one.verdict == "pass" for one in self.checks)


@tool(trust="web", timeout_s=200)
async def run_smoke(given: RunSmokeInput, context: ToolContext) -> RunSmokeOutput:
    """Sends one GET request per expectation, and says which hold."""
    return RunSmokeOutput(checks=tuple([await _one(given, one, context) for one in given.expectations]))


async def _one(given: RunSmokeInput, wanted: Expectation, context: ToolContext) -> Smoke:
    url = urljoin(given.url, wanted.path)
    expected = f"status {wanted.status}" if wanted.status else "a status below 400"
    expected += f" and {wanted.contains!r} in the answer" if wanted.contains else ""
    try:
        answer = await get(
            url, named=context.hosts, clock=context.clock, private=context.private, timeout_s=given.timeout_s
        )
    except (NetworkError, Forbidden) as error:
        return Smoke(url=shown(url), verdict="unknown", expected=expected, got=error.message)
    good = answer.status == wanted.status if wanted.status else answer.status < 400
    there = wanted.contains is None or wanted.contains.encode() in answer.body
    got = f"status {answer.status}" + ("" if there else f" without {wanted.contains!r}")
    return Smoke(
        url=shown(url),
        verdict="pass" if good and there else "fail",
        expected=expected,
        got=got,
        milliseconds=round(answer.seconds * 1000, 1),
    )
