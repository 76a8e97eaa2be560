"""Reads the Prometheus rule files of the workspace and says what is wrong with them."""

from __future__ import annotations

import asyncio

from genesis.finding import Finding, NotDone, Severity, Source
from genesis.frozen import Frozen
from genesis.security.workspace import Workspace
from genesis.tools.places import yaml_lines
from genesis.tools.places.place import place_in
from genesis.tools.places.text_lines import lines_of
from genesis.tools.prometheus.alert_rules import flaws
from genesis.tools.prometheus.promql import NotPromql, metrics_of
from genesis.tools.tool import ToolContext, tool

SEVERITY: dict[str, Severity] = {
    "rule_file_invalid": "high",  # Prometheus refuses the whole file, so every alert in it is dead
    "rule_invalid": "high",
    "alert_without_severity": "low",
    "alert_without_summary": "low",
}
REMEDY = {
    "alert_without_severity": "Add a label such as `severity: page`.",
    "alert_without_summary": "Add the annotation `summary`.",
}


class CheckAlertRulesInput(Frozen):
    """Nothing to choose: every YAML file with rule groups is read."""


class Existing(Frozen):
    """An alert that is there already. `metrics`: what its expression reads."""

    alert: str
    metrics: tuple[str, ...]
    source: Source


class CheckAlertRulesOutput(Frozen):
    files: tuple[str, ...]
    alerts: tuple[Existing, ...]
    findings: tuple[Finding, ...]
    not_done: tuple[NotDone, ...] = ()


@tool(trust="file", timeout_s=60)
async def check_alert_rules(given: CheckAlertRulesInput, context: ToolContext) -> CheckAlertRulesOutput:
    """Checks the alert and recording rules that lie in the workspace."""
    return await asyncio.to_thread(_check, context.workspace_for("checking alert rules"))


def _check(workspace: Workspace) -> CheckAlertRulesOutput:
    files: list[str] = []
    alerts: list[Existing] = []
    findings: list[Finding] = []
    not_done: list[NotDone] = []
    for file in workspace.files:
        if not file.name.lower().endswith((".yml", ".yaml", ".rules")) or file.size > 500_000:
            continue
        text = workspace.read_text(file.name)
        if text is None or "groups:" not in text or not ("alert:" in text or "record:" in text):
            continue
        if "{{-" in text or "{{ ." in text or "{{ include" in text:
            not_done.append(NotDone(what=file.name, why="a Helm template; it is no YAML until it is rendered"))
            continue
        lines = lines_of(text)
        try:
            content, at = yaml_lines.load(text)
        except yaml_lines.NotReadable as error:
            not_done.append(NotDone(what=file.name, why=str(error)))
            continue
        prefix: tuple[str, ...] = ()
        if isinstance(content, dict) and content.get("kind") == "PrometheusRule":
            content, prefix = content.get("spec"), ("spec",)
        if not isinstance(content, dict) or not isinstance(content.get("groups"), list):
            continue
        files.append(file.name)
        for flaw in flaws(content):
            source = place_in(file.name, yaml_lines.line_of(at, (*prefix, *flaw.at)), lines)
            findings.append(
                Finding(
                    kind=flaw.kind,
                    severity=SEVERITY[flaw.kind],
                    message=flaw.message,
                    source=source,
                    remedy=REMEDY.get(flaw.kind, "Mend it and run `promtool check rules`."),
                )
            )
        for position, group in enumerate(content["groups"]):
            rules = group.get("rules") if isinstance(group, dict) else None
            for number, rule in enumerate(rules if isinstance(rules, list) else []):
                if isinstance(rule, dict) and "alert" in rule:
                    line = yaml_lines.line_of(at, (*prefix, "groups", position, "rules", number, "alert"))
                    source = place_in(file.name, line, lines)
                    metrics = _metrics(rule.get("expr"))
                    alerts.append(Existing(alert=str(rule["alert"])[:200], metrics=metrics, source=source))
    return CheckAlertRulesOutput(
        files=tuple(files), alerts=tuple(alerts), findings=tuple(findings), not_done=tuple(not_done)
    )


def _metrics(expression: object) -> tuple[str, ...]:
    try:
        return tuple(sorted(metrics_of(str(expression))))
    except NotPromql:
        return ()
