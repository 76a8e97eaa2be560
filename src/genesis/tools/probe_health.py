"""Asks an address how it is. What did not answer, or did not say, is `unknown`: never healthy."""

from __future__ import annotations

import json
from typing import Annotated, Literal
from urllib.parse import urljoin, urlsplit

from pydantic import Field

from genesis.errors import Forbidden, NetworkError
from genesis.frozen import Frozen
from genesis.security.edge.outbound import Answer, get, shown
from genesis.security.sensitive import Address
from genesis.tools.tool import ToolContext, tool

Health = Literal["healthy", "unhealthy", "unknown"]

USUAL_PATHS = ("/health", "/healthz", "/livez", "/")
"""Asked in this order when an address names no path, until one is there."""

GOOD_WORDS = frozenset({"ok", "up", "healthy", "pass", "passing", "alive", "ready", "running", "green", "serving"})
BAD_WORDS = frozenset(
    {"down", "unhealthy", "fail", "failed", "failing", "error", "critical", "degraded", "red", "warn"}
)


class ProbeHealthInput(Frozen):
    """`requests`: how often each address is asked."""

    urls: Annotated[tuple[str, ...], Field(max_length=8), Address()]
    requests: Annotated[int, Field(ge=1, le=5)] = 3
    timeout_s: Annotated[float, Field(gt=0, le=10)] = 3.0


class Probe(Frozen):
    """One address. `statuses`: the HTTP status of each request that was answered; `slowest_ms` of those."""

    url: str
    health: Health
    reason: str
    asked: int
    statuses: tuple[int, ...] = ()
    slowest_ms: float | None = None


class ProbeHealthOutput(Frozen):
    probes: tuple[Probe, ...]


@tool(trust="web", timeout_s=150)
async def probe_health(given: ProbeHealthInput, context: ToolContext) -> ProbeHealthOutput:
    """Sends a few GET requests to each address and says healthy, unhealthy or unknown, with the reason."""
    return ProbeHealthOutput(probes=tuple([await _probe(url, given, context) for url in given.urls]))


async def _probe(url: str, given: ProbeHealthInput, context: ToolContext) -> Probe:
    tried: list[str] = []
    candidates = [urljoin(url, path) for path in USUAL_PATHS] if urlsplit(url).path in {"", "/"} else [url]
    answer: Answer | None = None
    for candidate in candidates:
        try:
            answer = await get(
                candidate, named=context.hosts, clock=context.clock, private=context.private, timeout_s=given.timeout_s
            )
        except (NetworkError, Forbidden) as error:
            return Probe(
                url=shown(candidate), health="unknown", reason=_after_place(error.message), asked=len(tried) + 1
            )
        tried.append(urlsplit(candidate).path or "/")
        if answer.status not in {404, 405}:
            return await _again(candidate, answer, given, context, before=len(tried))
    assert answer is not None
    where = ", ".join(tried)
    return Probe(
        url=shown(url),
        health="unknown",
        reason=f"it answers, but has nothing at {where}: name the path of its health check",
        asked=len(tried),
        statuses=(answer.status,),
        slowest_ms=_ms(answer.seconds),
    )


async def _again(url: str, first: Answer, given: ProbeHealthInput, context: ToolContext, *, before: int) -> Probe:
    answers = [first]
    lost = ""
    for _ in range(given.requests - 1):
        try:
            answers.append(
                await get(
                    url, named=context.hosts, clock=context.clock, private=context.private, timeout_s=given.timeout_s
                )
            )
        except (NetworkError, Forbidden) as error:
            lost = _after_place(error.message)
    judged = [judge(answer) for answer in answers]
    health, reason = next((one for one in judged if one[0] != "healthy"), judged[0])
    missing = given.requests - len(answers)
    if missing and health == "healthy":
        health, reason = "unhealthy", f"{missing} of {given.requests} requests were not answered: {lost}"
    elif len({one[0] for one in judged}) > 1:
        health, reason = "unhealthy", f"its answers differ from request to request; one was: {reason}"
    return Probe(
        url=shown(url),
        health=health,
        reason=reason,
        asked=before + given.requests - 1,
        statuses=tuple(answer.status for answer in answers),
        slowest_ms=_ms(max(answer.seconds for answer in answers)),
    )


def judge(answer: Answer) -> tuple[Health, str]:
    """What one answer says about health: its status first, then the `status` that a JSON body states."""
    if answer.status >= 500 or answer.status == 429:
        return "unhealthy", f"answers HTTP {answer.status}"
    if answer.status >= 300:
        what = "leads elsewhere" if answer.status < 400 else "answers"
        return "unknown", f"{what} with HTTP {answer.status}, which says nothing about its health"
    word = _stated(answer.body) if "json" in answer.media_type or answer.body[:1] == b"{" else None
    if word is None or word in GOOD_WORDS:
        return "healthy", f"answers HTTP {answer.status}" + (f" and says {word!r}" if word else "")
    if word in BAD_WORDS:
        return "unhealthy", f"answers HTTP {answer.status} but says {word!r}"
    return "unknown", f"answers HTTP {answer.status} and says {word!r}, a word that is not known here"


def _stated(body: bytes) -> str | None:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    for key in ("status", "health", "state"):
        value = content.get(key)
        if isinstance(value, bool):
            return "ok" if value else "down"
        if isinstance(value, str):
            return value.strip().lower()[:40]
    return None


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _after_place(message: str) -> str:
    return message.partition(": ")[2] or message
