"""What `genesis plan --json` and `POST /plan` print: kept stable, machines rely on it."""

from __future__ import annotations

from genesis.execute.prepare import Prepared


def plan_json(prepared: Prepared) -> dict[str, object]:
    """The prepared plan as plain JSON. Optional keys are absent, never null; more keys may be added."""
    routed = prepared.routed
    made = routed.plan
    body: dict[str, object] = {
        "objective": made.objective.text,
        "level": made.level,
        "confidence": round(made.confidence, 3),
        "reason": made.reason,
    }
    if made.question is not None:
        body["question"] = made.question
    if made.refusal is not None:
        body["refusal"] = {"category": made.refusal.category, "message": made.refusal.message}
    tasks: list[dict[str, object]] = []
    for task in made.tasks:
        choice = routed.by_task.get(task.id)
        row: dict[str, object] = {
            "id": task.id,
            "goal": task.goal,
            "type": task.type,
            "agent": choice.agent if choice else None,
            "depends_on": list(task.depends_on),
        }
        if task.parent is not None:
            row["parent"] = task.parent
        row["reason"] = choice.reason if choice else routed.unassigned.get(task.id, "has tasks of its own")
        if choice is not None and choice.runner_up is not None:
            row["runner_up"] = choice.runner_up
        if task.id in prepared.vetting.scores:
            row["score"] = prepared.vetting.scores[task.id]
        row["cost_usd"] = choice.cost_usd if choice else 0.0
        tasks.append(row)
    body["tasks"] = tasks
    findings: list[dict[str, object]] = []
    for finding in prepared.vetting.findings:
        entry: dict[str, object] = {"kind": finding.kind, "severity": finding.severity}
        if finding.task is not None:
            entry["task"] = finding.task
        entry["message"] = finding.message
        if finding.edit is not None:
            entry["edit"] = finding.edit
        findings.append(entry)
    body["vetting"] = {"ok": prepared.vetting.ok, "findings": findings}
    body["seconds"] = {stage: round(seconds, 6) for stage, seconds in prepared.seconds.items()}
    return body
