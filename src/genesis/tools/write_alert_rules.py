"""Writes a Prometheus rule file, and hands it over only when it holds to the format."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from genesis.errors import RequestInvalid
from genesis.frozen import Frozen
from genesis.tools.prometheus.alert_rules import Ratio, Rule, burn_rules, document, flaws, recordings
from genesis.tools.tool import ToolContext, tool


class WriteAlertRulesInput(Frozen):
    """`ratios` become burn-rate alerts over several windows, `rules` are written as they are."""

    group: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
    ratios: tuple[Ratio, ...] = ()
    rules: tuple[Rule, ...] = ()


class WriteAlertRulesOutput(Frozen):
    """`alerts`: the names in the file, in its order."""

    yaml: str
    alerts: tuple[str, ...]


@tool(trust="tool", timeout_s=10)
async def write_alert_rules(given: WriteAlertRulesInput, context: ToolContext) -> WriteAlertRulesOutput:
    """Writes alert and recording rules as a Prometheus rule file.

    Raises `RequestInvalid` when a rule is none that Prometheus would take.
    """
    import yaml

    rules = [rule for ratio in given.ratios for rule in burn_rules(ratio)] + list(given.rules)
    content = document(given.group, [one for ratio in given.ratios for one in recordings(ratio)], rules)
    wrong = flaws(content)
    if wrong:
        raise RequestInvalid(f"the rule file would be refused: {wrong[0].message}")
    text = yaml.safe_dump(content, sort_keys=False, width=1000, allow_unicode=True)
    return WriteAlertRulesOutput(yaml=text, alerts=tuple(rule.alert for rule in rules))
