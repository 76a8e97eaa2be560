"""Alert rules: from the metrics that the code has, the limits that the objective names, and what is there already."""

from __future__ import annotations

import re

from genesis.agents.draft import Draft, many
from genesis.agents.monitoring.asked import Threshold, target_in, thresholds_in
from genesis.agents.monitoring.name import service_name
from genesis.agents.result import Assignment
from genesis.agents.toolbox import Toolbox
from genesis.finding import Finding, Source
from genesis.tools.check_alert_rules import CheckAlertRulesInput, Existing, check_alert_rules
from genesis.tools.instrumentation.seen import Metric
from genesis.tools.prometheus.alert_rules import Ratio, Rule
from genesis.tools.survey_instrumentation import SurveyInstrumentationInput, survey_instrumentation
from genesis.tools.write_alert_rules import WriteAlertRulesInput, write_alert_rules

ASSUMED_TARGET = 0.999
STATUS = ("status", "status_code", "code", "http_status")
OUTCOME = ("outcome", "result", "state")
FILE = "alert-rules.yml"

# Metrics of the Prometheus node exporter, for limits on the machine itself.
_NODE = {
    "disk": '100 * (1 - node_filesystem_avail_bytes{fstype!~"tmpfs|overlay|squashfs"} / node_filesystem_size_bytes)',
    "memory": "100 * (1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes)",
    "cpu": '100 * (1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m])))',
}
_RULES_FOR = re.compile(
    r"(?i)\b(?:alerts?|alert rules?|rules?|alarms?)\s+(?:for|on|about)\s+(?:its|the|our|my|all|any)?\s*"
    r"((?:[\w-]+ ?){1,4}?)(?=\s*(?:$|[,.;:!?]|\b(?:and|or|when|if|above|below|over|is|are|with|in|of)\b))"
)
_NODE_WORDS = {"disk": "disk", "disc": "disk", "filesystem": "disk", "memory": "memory", "ram": "memory", "cpu": "cpu"}


async def write_rules(task: Assignment, tools: Toolbox, draft: Draft) -> bool:
    """Writes the rule file. Always possible: whether a target is up is known without any metric of its own."""
    name, named_at = await service_name(task, tools)
    metrics: tuple[Metric, ...] = ()
    existing: tuple[Existing, ...] = ()
    if tools.workspace is not None:
        metrics = (await tools.call(survey_instrumentation, SurveyInstrumentationInput())).metrics
        checked = await tools.call(check_alert_rules, CheckAlertRulesInput())
        existing = checked.alerts
        draft.findings.extend(checked.findings)
        draft.not_done.extend(checked.not_done)
        _compare(existing, metrics, draft)
        if checked.files:
            files, found = ", ".join(checked.files[:3]), many(len(checked.findings), "finding")
            draft.lines.append(f"{many(len(existing), 'alert')} in {files}, {found} on them")
    ratios = _ratios(name, metrics, task, draft)
    rules = [_down(name)]
    for threshold in thresholds_in(task.goal) or thresholds_in(task.objective):
        rule = _rule(threshold, metrics, name, draft)
        if rule and rule.alert not in {one.alert for one in rules}:
            rules.append(rule)
            draft.fact(
                f"The rule {rule.alert} fires on `{rule.expression}`.",
                Source(query=threshold.text),
                *_places(rule.expression, metrics),
            )
    _unmeasured(task, metrics, draft)
    output = await tools.call(
        write_alert_rules, WriteAlertRulesInput(group=name, ratios=tuple(ratios), rules=tuple(rules))
    )
    draft.artifacts.append(tools.artifact(FILE, "application/yaml", output.yaml))
    at = [named_at] if named_at else [Source(query=task.objective[:500])]
    draft.fact(f"The rules watch the scrape job {name!r}; if yours has another name, change it in the file.", *at)
    draft.lines.append(f"{many(len(output.alerts), 'alert rule')} written to {FILE}: {', '.join(output.alerts)}")
    draft.next_steps.append(f"Run `promtool check rules {FILE}` and add the file to `rule_files` of Prometheus.")
    draft.output["alert_rules"] = list(output.alerts)
    return True


def _down(name: str) -> Rule:
    return Rule(
        alert=f"{_camel(name)}Down",
        expression=f'up{{job="{name}"}} == 0 or absent(up{{job="{name}"}})',
        held="2m",
        summary=f"{name} cannot be scraped",
        description="Prometheus has had no answer from {{ $labels.instance }} for 2 minutes, or knows no such target.",
    )


def _ratios(name: str, metrics: tuple[Metric, ...], task: Assignment, draft: Draft) -> list[Ratio]:
    """A good-to-all ratio per request counter that tells failures apart."""
    counters = [one for one in metrics if one.kind == "Counter" and re.search(r"request|call|response", one.name)]
    errors = [one for one in metrics if one.kind == "Counter" and re.search(r"error|failure|failed", one.name)]
    found: list[tuple[Metric, str]] = []
    for counter in counters:
        if counter in errors:
            continue
        status = next((label for label in STATUS if label in counter.labels), None)
        outcome = next((label for label in OUTCOME if label in counter.labels), None)
        if status:
            found.append((counter, f'{counter.name}{{{status}=~"5.."}}'))
        elif outcome:
            found.append((counter, f'{counter.name}{{{outcome}=~"error|errors|failed|failure"}}'))
            why = "not followed through the code: check that the rule names those that mean a failure"
            draft.skip(f"the words of the label {outcome!r} of {counter.name}", why)
        elif errors:
            found.append((counter, errors[0].name))
    if not found:
        why = (
            "the code has no request counter with a status (see observability)" if metrics else "no metrics were found"
        )
        draft.skip("alerts on error budget", f"{why}: add a counter of requests with the label `status`")
        return []
    target = target_in(task.goal) or target_in(task.objective)
    if target is None:
        draft.skip(
            "a target for the error budget", "nobody named one, so 99.9 % is assumed: say, for example, `SLO 99.5 %`"
        )
    ratios = []
    for counter, bad in found[:5]:
        # The name of one ratio need not hold the metric's; those of several must differ.
        short = name.replace("-", "_") if len(found) == 1 else counter.name.removesuffix("_total")
        ratios.append(Ratio(name=short, bad=bad, total=counter.name, target=target or ASSUMED_TARGET))
        draft.fact(f"Errors are counted by `{bad}` of `{counter.name}`.", counter.source)
    return ratios


def _rule(threshold: Threshold, metrics: tuple[Metric, ...], name: str, draft: Draft) -> Rule | None:
    words = set(re.findall(r"[a-z0-9]+", threshold.subject.lower()))
    limit = threshold.value
    expression: str | None = None
    literal = next((word for word in re.findall(r"[a-zA-Z_:][a-zA-Z0-9_:]*", threshold.subject) if "_" in word), None)
    node = next((_NODE_WORDS[word] for word in sorted(words) if word in _NODE_WORDS), None)
    latency = next(
        (one for one in metrics if one.kind == "Histogram" and re.search(r"second|duration|latenc", one.name)), None
    )
    counter = next((one for one in metrics if one.kind == "Counter" and set(one.labels) & set(STATUS)), None)
    if literal:
        known = next((one for one in metrics if one.name in {literal, f"{literal}_total"}), None)
        rate = literal.endswith("_total") or (known is not None and known.kind == "Counter")
        full = known.name if known else literal
        expression = f"rate({full}[5m])" if rate else full
        if known is None:
            draft.skip(
                f"whether `{literal}` exists", "the workspace's code does not define it; the rule takes your word"
            )
    elif words & {"error", "errors", "5xx"} and threshold.unit in {"%", "percent"} and counter:
        status = next(label for label in STATUS if label in counter.labels)
        bad = f'{counter.name}{{{status}=~"5.."}}'
        expression = f"100 * (sum(rate({bad}[5m])) or vector(0)) / sum(rate({counter.name}[5m]))"
    elif words & {"latency", "p50", "p90", "p95", "p99", "response", "duration", "slow"} and latency:
        quantile = next((int(word[1:]) / 100 for word in sorted(words) if re.fullmatch(r"p\d\d", word)), 0.95)
        expression = f"histogram_quantile({quantile:g}, sum by (le) (rate({latency.name}_bucket[5m])))"
        limit = limit / 1000 if threshold.unit.startswith(("ms", "milli")) else limit
    elif node and threshold.unit in {"%", "percent", ""}:
        expression = _NODE[node]
        draft.skip(f"whether {node} figures are scraped", "the rule on them needs the Prometheus node exporter")
    else:
        gauge = _nearest(words, metrics)
        if gauge:
            expression = f"rate({gauge.name}[5m])" if gauge.kind == "Counter" else gauge.name
    if expression is None:
        draft.skip(
            f"a rule for {threshold.text!r}",
            f"no metric in the code measures {threshold.subject!r}: add one, or name it as Prometheus knows it",
        )
        return None
    direction = "Above" if threshold.operator == ">" else "Below"
    return Rule(
        alert=f"{_camel(threshold.subject) or _camel(name)}{direction}{limit:g}".replace(".", "_")[:100],
        expression=f"{expression} {threshold.operator} {limit:g}",
        held=threshold.held or "5m",
        severity="page",
        summary=f"{threshold.subject} is {direction.lower()} {threshold.value:g} {threshold.unit}".strip(),
        description="Now: {{ $value }}. Asked for as: " + threshold.text.replace("{{", "").replace("}}", ""),
    )


def _unmeasured(task: Assignment, metrics: tuple[Metric, ...], draft: Draft) -> None:
    """What rules were asked for without saying from which value on."""
    limits = " ".join(one.subject for one in thresholds_in(task.objective)).lower()
    for match in _RULES_FOR.finditer(task.goal):
        subject = " ".join(match.group(1).split())
        words = set(re.findall(r"[a-z0-9]+", subject.lower()))
        if not words or words & set(limits.split()) or words & {"service", "api", "it", "this", "them", "code"}:
            continue
        metric = _nearest(words, metrics)
        known = f"{metric.name} measures it, but no limit is named" if metric else "no metric in the code measures it"
        draft.skip(f"a rule for {subject!r}", f"{known}: say, for example, `{subject} above 100 for 5 minutes`")


def _nearest(words: set[str], metrics: tuple[Metric, ...]) -> Metric | None:
    """The metric whose name shares most with the words; at least half of one of the two must be shared."""
    best: tuple[float, Metric] | None = None
    for metric in metrics:
        parts = set(metric.name.lower().split("_")) - {"total", "seconds", "bytes", "count", "current", "number"}
        shared = {word for word in words if any(_stem(word) == _stem(part) for part in parts)}
        score = len(shared) / max(1, min(len(words), len(parts)))
        if score >= 0.5 and (best is None or score > best[0]):
            best = (score, metric)
    return best[1] if best else None


def _compare(existing: tuple[Existing, ...], metrics: tuple[Metric, ...], draft: Draft) -> None:
    """An alert on a metric of ours that the code no longer has never fires."""
    prefixes = {one.name.partition("_")[0] for one in metrics}
    exported = {one.name + ending for one in metrics for ending in ("", "_bucket", "_sum", "_count", "_created")}
    for alert in existing:
        for metric in alert.metrics:
            if metric.partition("_")[0] in prefixes and metric not in exported and ":" not in metric:
                draft.findings.append(
                    Finding(
                        kind="alert_on_missing_metric",
                        severity="medium",
                        message=f"{alert.alert} reads {metric}, which the code does not export: it can never fire",
                        source=alert.source,
                        remedy="Name a metric that the code has, or add this one.",
                    )
                )


def _places(expression: str, metrics: tuple[Metric, ...]) -> list[Source]:
    return [one.source for one in metrics if one.name in expression][:3]


def _camel(text: str) -> str:
    words = "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", text) if part)
    return words if words[:1].isalpha() else f"Alert{words}" if words else ""


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") else word
