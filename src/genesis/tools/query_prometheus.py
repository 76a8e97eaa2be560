"""Asks a Prometheus server. An empty answer and NaN are `unknown`, not zero."""

from __future__ import annotations

import json
import math
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from pydantic import Field

from genesis.errors import Forbidden, NetworkError
from genesis.frozen import Frozen
from genesis.security.edge.outbound import get, shown
from genesis.security.sensitive import Address
from genesis.tools.tool import ToolContext, tool

MAX_SERIES = 200


class Query(Frozen):
    name: str
    expression: Annotated[str, Field(min_length=1, max_length=4000)]


class QueryPrometheusInput(Frozen):
    """`address`: the server's root, such as http://127.0.0.1:9090. `metrics`: also list the names of its metrics."""

    address: Annotated[str, Address()]
    queries: Annotated[tuple[Query, ...], Field(max_length=60)] = ()
    metrics: bool = False
    timeout_s: Annotated[float, Field(gt=0, le=30)] = 5.0


class Series(Frozen):
    """One series and its value at the time of asking."""

    labels: dict[str, str]
    value: float


class Answered(Frozen):
    """`state`: `value` (finite), `unknown` (no series, or only NaN), `error` (the server or the way to it said no)."""

    name: str
    expression: str
    state: Literal["value", "unknown", "error"]
    series: tuple[Series, ...] = ()
    reason: str = ""

    @property
    def number(self) -> float | None:
        """The value when there is exactly one series."""
        return self.series[0].value if self.state == "value" and len(self.series) == 1 else None


class QueryPrometheusOutput(Frozen):
    """`reachable`: whether the server answered at all. `metrics`: label names by metric, where they were asked for."""

    reachable: bool
    answers: tuple[Answered, ...] = ()
    metrics: tuple[str, ...] = ()
    reason: str = ""


@tool(trust="web", timeout_s=180)
async def query_prometheus(given: QueryPrometheusInput, context: ToolContext) -> QueryPrometheusOutput:
    """Evaluates PromQL expressions at a Prometheus server and lists its metrics."""
    root = given.address.rstrip("/")
    metrics: tuple[str, ...] = ()
    if given.metrics:
        data, reason = await _api(f"{root}/api/v1/label/__name__/values", given, context)
        if not isinstance(data, list):
            return QueryPrometheusOutput(reachable=False, reason=reason or f"{shown(root)}: not Prometheus")
        metrics = tuple(sorted(str(name) for name in data))[:10_000]
    answers: list[Answered] = []
    for query in given.queries:
        data, reason = await _api(f"{root}/api/v1/query?{urlencode({'query': query.expression})}", given, context)
        answers.append(_read(query, data, reason))
    reachable = bool(metrics) or any(one.state != "error" for one in answers) or (given.metrics and not given.queries)
    reason = next((one.reason for one in answers if one.state == "error"), "")
    return QueryPrometheusOutput(
        reachable=reachable, answers=tuple(answers), metrics=metrics, reason="" if reachable else reason
    )


async def _api(url: str, given: QueryPrometheusInput, context: ToolContext) -> tuple[Any, str]:
    """The `data` of an API answer, or None and the reason."""
    try:
        answer = await get(
            url,
            named=context.hosts,
            clock=context.clock,
            private=context.private,
            timeout_s=given.timeout_s,
            max_bytes=5_000_000,
        )
    except (NetworkError, Forbidden) as error:
        return None, error.message
    try:
        content = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None, f"{answer.url}: answered HTTP {answer.status} with something other than JSON"
    if not isinstance(content, dict) or content.get("status") != "success":
        said = content.get("error") if isinstance(content, dict) else None
        return None, f"{answer.url}: HTTP {answer.status}: {str(said or 'no success')[:300]}"
    return content.get("data"), ""


def _read(query: Query, data: Any, reason: str) -> Answered:
    if data is None or reason:
        return Answered(name=query.name, expression=query.expression, state="error", reason=reason or "no data")
    kind, result = (data.get("resultType"), data.get("result")) if isinstance(data, dict) else (None, None)
    rows: list[Any] = []
    if kind == "vector" and isinstance(result, list):
        rows = result
    elif kind == "scalar" and isinstance(result, list):
        rows = [{"metric": {}, "value": result}]
    else:
        return Answered(
            name=query.name, expression=query.expression, state="error", reason=f"a result of type {kind} is not read"
        )
    series = []
    for row in rows[:MAX_SERIES]:
        try:
            value = float(row["value"][1])
            labels = {str(key): str(word)[:200] for key, word in row["metric"].items()}
        except (KeyError, IndexError, TypeError, ValueError, AttributeError):
            return Answered(name=query.name, expression=query.expression, state="error", reason="a malformed series")
        if math.isfinite(value):
            series.append(Series(labels=labels, value=value))
    if not series:
        why = "only NaN" if rows else "no series matches"
        return Answered(name=query.name, expression=query.expression, state="unknown", reason=why)
    return Answered(name=query.name, expression=query.expression, state="value", series=tuple(series))
