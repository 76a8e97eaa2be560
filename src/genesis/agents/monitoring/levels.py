"""Service levels: from tables of counts in the workspace, and from a Prometheus whose address was given."""

from __future__ import annotations

import re

from genesis.agents.draft import Draft
from genesis.agents.monitoring.asked import expressions_in, period_in, prometheus_in, target_in
from genesis.agents.result import Assignment
from genesis.agents.toolbox import Toolbox
from genesis.finding import Finding, Source
from genesis.security.edge.outbound import shown
from genesis.tools.measure_service_level import MeasureServiceLevelInput, measure_service_level
from genesis.tools.query_prometheus import Answered, Query, QueryPrometheusInput, query_prometheus
from genesis.tools.service_levels.formulas import WINDOWS, Level, Window, duration, figure, firing, number, share

STATUS_LABELS = "status, status_code, code, http_status, outcome, result"
_BAD_VALUE = re.compile(r"(?i)^(?:5\d\d|5xx|error|errors|fail|failed|failure|timeout|unavailable)$")


async def measure_tables(task: Assignment, tools: Toolbox, draft: Draft) -> bool:
    """Levels from counts in the workspace. Whether there were any."""
    if tools.workspace is None:
        return False
    files = {file.name for file in tools.workspace.files}
    words = set(re.findall(r"[\w./-]+\.(?:csv|tsv|json|jsonl|ndjson)\b", f"{task.goal} {task.objective}"))
    named = tuple(sorted(name for name in files if name in words or name.rpartition("/")[2] in words))
    target = target_in(task.goal) or target_in(task.objective)
    period = period_in(task.goal) or period_in(task.objective)
    asked = MeasureServiceLevelInput(files=named, target=target, last_s=period.last_s if period else None)
    output = await tools.call(measure_service_level, asked)
    if period and period.month is not None and output.measured:
        # Of the months of that name, the last one up to the newest count: the data's time, not today's.
        since, until = period.bounds(max(one.newest for one in output.measured))
        output = await tools.call(measure_service_level, asked.model_copy(update={"since": since, "until": until}))
        if not output.measured:
            draft.lines.append(
                f"the service level of {period.text} is unknown, for the tables hold nothing of that month"
            )
            draft.skip(f"the service level of {period.text}", "no counts of that month")
            return True
    for note in output.not_done:
        draft.skip(note.what, note.why)
    if not output.measured:
        if named:
            draft.lines.append(f"no service level could be computed from {', '.join(named)}")
        return bool(named)
    stated = output.targets[0] if output.targets and target is None else None
    if stated:
        draft.fact(f"The workspace states a target of {share(stated.share)}.", stated.source)
    if period:
        draft.fact(f"Only {period.text} is taken, as the objective asks.", Source(query=task.objective[:500]))
    for one in output.measured:
        name = f"{one.file} ({one.group})" if one.group else one.file
        places = [one.first, one.last]
        _report(name, one.level, list(one.windows), places, draft, how=one.columns, headline=not one.group)
        if one.worst and not one.group:
            draft.fact(f"The period with the most bad events in {one.file} is this one.", one.worst)
    return True


async def query_metrics(task: Assignment, tools: Toolbox, draft: Draft) -> bool:
    """Levels, targets that are down and quoted expressions, from Prometheus. Whether an address was given."""
    address = prometheus_in(task.objective)
    if address is None:
        return False
    quoted = [Query(name=one, expression=one) for one in expressions_in(task.objective)]
    first = await tools.call(
        query_prometheus,
        QueryPrometheusInput(address=address, metrics=True, queries=(Query(name="up", expression="up"), *quoted)),
    )
    if not first.reachable:
        draft.skip(f"querying Prometheus at {shown(address)}", first.reason)
        draft.lines.append(f"Prometheus at {shown(address)} could not be asked, so its metrics are unknown")
        return True
    up, *answers = first.answers
    _targets_up(up, address, draft)
    for answer in answers:
        _answer(answer, address, draft)
    counters = [name for name in first.metrics if re.search(r"request\w*_total$", name)][:3]
    if not counters:
        draft.skip("service levels from Prometheus", "it has no counter named ..._requests_total")
    target = target_in(task.goal) or target_in(task.objective)
    for counter in counters:
        await _of_counter(counter, address, target, tools, draft)
    return True


def _targets_up(up: Answered, address: str, draft: Draft) -> None:
    source = Source(query="up", url=shown(address))
    if up.state != "value":
        draft.skip("which targets are up", f"`up` at {shown(address)}: {up.reason}")
        return
    down = [one for one in up.series if one.value == 0]
    draft.fact(f"{len(up.series) - len(down)} of {len(up.series)} targets of Prometheus are up.", source)
    draft.lines.append(f"{len(up.series) - len(down)} of {len(up.series)} targets are up")
    for one in down:
        where = ", ".join(f"{key}={value}" for key, value in sorted(one.labels.items()) if key != "__name__")
        draft.findings.append(
            Finding(
                kind="target_down",
                severity="high",
                message=f"Prometheus cannot scrape {where}",
                source=source,
                remedy="See whether it runs; while it is down, its metrics say nothing.",
            )
        )


def _answer(answer: Answered, address: str, draft: Draft) -> None:
    source = Source(query=answer.expression, url=shown(address))
    if answer.state != "value":
        draft.skip(f"`{answer.expression}`", f"its value is unknown: {answer.reason}")
        return
    for one in answer.series[:20]:
        labels = ", ".join(f'{key}="{value}"' for key, value in sorted(one.labels.items()))
        draft.fact(f"`{answer.expression}` is {one.value:g}{f' for {labels}' if labels else ''}.", source)
    value = f"{answer.number:g}" if answer.number is not None else f"{len(answer.series)} series"
    draft.lines.append(f"`{answer.expression}` is {value}")


async def _of_counter(counter: str, address: str, target: float | None, tools: Toolbox, draft: Draft) -> None:
    spans = (*WINDOWS, 30 * 86400.0)
    queries = tuple(
        Query(name=duration(span), expression=f"sum by ({STATUS_LABELS}) (increase({counter}[{duration(span)}]))")
        for span in spans
    )
    output = await tools.call(query_prometheus, QueryPrometheusInput(address=address, queries=queries))
    levels = [_level(answer, target) for answer in output.answers]
    if not any(one.labels for answer in output.answers for one in answer.series):
        draft.skip(
            f"the service level of {counter}", f"it has none of the labels {STATUS_LABELS}: errors look like successes"
        )
        return
    windows = [
        Window(seconds=span, level=level, reason="" if level else answer.reason or "no requests were counted")
        for span, level, answer in zip(spans, levels, output.answers, strict=True)
    ]
    month = levels[-1]
    if month is None:
        draft.skip(f"the service level of {counter}", "no requests in 30 days")
        return
    source = Source(query=queries[-1].expression, url=shown(address))
    _report(
        counter, month, windows[:-1], [source], draft, how="bad: a status of 5xx or a word for failure; last 30 days"
    )


def _level(answer: Answered, target: float | None) -> Level | None:
    if answer.state != "value":
        return None
    total = sum(one.value for one in answer.series)
    bad = sum(one.value for one in answer.series if any(_BAD_VALUE.match(word) for word in one.labels.values()))
    return Level(total=total, bad=bad, target=target) if total > 0 else None


def _report(
    name: str,
    level: Level,
    windows: list[Window],
    places: list[Source],
    draft: Draft,
    *,
    how: str,
    headline: bool = True,
) -> None:
    formula = Source(formula=f"{level.formula()} ({how})")
    if level.good_share is None:
        draft.skip(f"the service level of {name}", "no events were counted, so it is unknown")
        return
    draft.fact(
        f"{name}: {share(level.good_share)} of {figure(level.total)} events were good, {figure(level.bad)} bad.",
        *places,
        formula,
    )
    table: dict[str, str | float | None] = {"name": name, "good_share": level.good_share, "total": level.total}
    rows = draft.output.setdefault("service_levels", [])
    assert isinstance(rows, list)
    rows.append({**table, "bad": level.bad, "target": level.target, "budget_left": level.budget_left})
    if level.target is None or level.burn is None or level.budget_left is None:
        draft.skip(f"error budget and burn rate of {name}", "no target is named: say, for example, `SLO 99.9 %`")
        if headline:
            draft.lines.append(f"{name}: {share(level.good_share)} of {figure(level.total)} events were good")
        return
    burn = Source(formula=level.burn_formula())
    left = f"{level.budget_left * 100:.1f} % of the error budget is left"
    draft.fact(f"{name}: against a target of {share(level.target)}, {left}.", *places, burn)
    if headline:
        draft.lines.append(f"{name}: {share(level.good_share)} good against {share(level.target)}, {left}")
    for window in windows:
        if window.level is None:
            draft.skip(f"burn rate of {name} over {duration(window.seconds)}", f"unknown: {window.reason}")
        else:
            text = f"{name}: over the last {duration(window.seconds)} the budget burns at {number(window.level.burn)}."
            draft.fact(text, places[-1], Source(formula=window.level.burn_formula()))
    if level.budget_left < 0:
        draft.findings.append(
            Finding(
                kind="error_budget_spent",
                severity="high",
                message=f"{name}: {figure(level.bad)} bad events are {number(level.burn)} times the budget",
                source=burn if not places[0].file else places[0],
                remedy="Hold releases that are no fixes until the level holds again.",
            )
        )
    for pair in firing(windows):
        spans = f"{duration(pair.long_s)} and {duration(pair.short_s)}"
        draft.findings.append(
            Finding(
                kind="error_budget_burning",
                severity="high" if pair.severity == "page" else "medium",
                message=f"{name}: over {spans} the budget burns more than {pair.factor:g} times too fast",
                source=places[-1],
                remedy="Find what changed at the start of the longer window." if pair.severity == "page" else None,
            )
        )
