"""The monitoring agent: health, service levels, alert rules, observability plan.

Gives `monitoring_report`: {"health": [{"url", "health": healthy|unhealthy|unknown}], "service_levels": [{"name",
"good_share", "total", "bad", "target", "budget_left"}], "alert_rules": [names], "observability": {counts}}; a key is
there when that part was done. What could not be reached or computed is in `not_done`, never healthy.
"""

from __future__ import annotations

import re

from genesis.agents.draft import Draft
from genesis.agents.monitoring.health import check_health
from genesis.agents.monitoring.levels import measure_tables, query_metrics
from genesis.agents.monitoring.plan import plan_observability
from genesis.agents.monitoring.rules import write_rules
from genesis.agents.result import Assignment, Result
from genesis.agents.toolbox import Toolbox
from genesis.errors import NeedsMissing

_RULES = re.compile(
    r"(?i)\balert|\balarm|\bpage (?:me|us|on)|\bnotif(?:y|ication) (?:me|us|when)|\brules? (?:for|on)\b"
)
_PLAN = re.compile(
    r"(?i)\bobservab|\binstrument|\btrac(?:e|ing)\b|\bwhat (?:should|to|can) (?:we )?(?:measure|log)|\blogging\b"
)
_LEVELS = re.compile(
    r"(?i)\bslos?\b|\bsli\b|\berror budget|\bburn rate|\bservice[- ]level|\bavailability|\buptime|\bmetrics?\b"
)


async def work(task: Assignment, tools: Toolbox) -> Result:
    """Does the part that the task's type names, and those that its words ask for."""
    draft = Draft()
    goal = task.goal
    done = False
    if task.type in {"monitor", "metrics"} or _LEVELS.search(goal):
        done |= await query_metrics(task, tools, draft)
    if task.type == "monitor":
        done |= await check_health(task, tools, draft)
        if not draft.output.get("health"):
            why = "no address is named in the objective or, for this machine, in configuration"
            draft.skip("probing its health", why)
            draft.lines.append("whether it is healthy is unknown, for no address was named")
    if task.type == "metrics" or _LEVELS.search(goal) or (task.type == "monitor" and not done):
        found = await measure_tables(task, tools, draft)
        done |= found
        if not found and not draft.output.get("service_levels"):
            why = "there is no table of counts (time, all events, bad events), and no Prometheus was named"
            draft.skip("service levels", why)
            if task.type == "metrics" or _LEVELS.search(goal):
                draft.lines.append("service levels and error budget are unknown, for nothing counts the events")
    if task.type == "alerting" or _RULES.search(goal):
        done |= await write_rules(task, tools, draft)
    if task.type == "observability" or _PLAN.search(goal) or not done:
        done |= await plan_observability(task, tools, draft)
    if not done:
        raise NeedsMissing(
            "monitoring needs something to look at: name an address (http://...), a Prometheus, or give a workspace "
            "with counts or Python code"
        )
    return draft.done("monitoring_report")
