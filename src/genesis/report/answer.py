"""The one sentence that answers, made from what the tasks found and from nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence

from genesis.agents.result import Result
from genesis.execute.run import Run
from genesis.finding import BLOCKING, Finding
from genesis.report.report import TaskReport

JUDGING = frozenset({"design", "test_report", "security_report", "monitoring_report"})
"""Products that pass judgement: a yes-or-no question over these is answered by whether anything blocks."""

YES_OR_NO = re.compile(
    r"^\W*(is|are|can|could|should|do|does|did|has|have|may|will|am)\b.*\?", re.IGNORECASE | re.DOTALL
)


def answer(run: Run, tasks: Sequence[TaskReport], findings: Sequence[Finding], judged: bool) -> str:
    """One sentence. `judged`: every task's product is one of `JUDGING`."""
    if run.status == "input_required":
        waits = "; ".join(map(str, run.asks[:5])) or ", ".join(run.waiting_for or ("an answer",))
        return run.question or f"Waiting: {waits}"
    if run.status == "rejected" and run.error is not None:
        return run.error.message
    if run.error is not None and not any(task.status == "done" for task in tasks):
        return f"Not done: {run.error.message}"
    if run.status == "canceled":
        return f"Canceled after {_of(tasks)}."
    if not tasks:
        return "Nothing has been done yet."
    if judged and YES_OR_NO.match(run.objective.text):
        return _judgement(run, tasks, findings)
    return _told(tasks)


def _judgement(run: Run, tasks: Sequence[TaskReport], findings: Sequence[Finding]) -> str:
    blocking = [finding for finding in findings if finding.severity in BLOCKING]
    undone = [task for task in tasks if task.status != "done"]
    if blocking:
        kinds: dict[str, int] = {}
        for finding in blocking:
            kinds[finding.kind] = kinds.get(finding.kind, 0) + 1
        named = ", ".join(f"{_words(kind)}{f' ({count})' if count > 1 else ''}" for kind, count in kinds.items())
        return (
            f"No: {_count(len(blocking), 'finding')} {'stands' if len(blocking) == 1 else 'stand'} in the way: {named}."
        )
    if undone:
        return f"Unknown: {_of(tasks)}; {undone[0].agent or undone[0].id} did not finish: {undone[0].summary}"
    blind = [task for task in tasks if task.id in run.results and not _saw(run.results[task.id])]
    if blind:
        told = "; ".join(f"{task.agent} says: {task.summary.rstrip('. ')}" for task in blind)
        return f"Unknown: nothing was found that blocks, but not everything could be judged. {told}."
    agents = ", ".join(dict.fromkeys(task.agent for task in tasks if task.agent))
    lesser = f"; {_count(len(findings), 'lesser finding')} below" if findings else ""
    return f"Yes, as far as {agents} could look: nothing found that blocks{lesser}."


def _saw(result: Result) -> bool:
    """Whether a judging result judged anything: its product says `"verdict": "unknown"` when it did not."""
    products = [result.outputs.get(name) for name in JUDGING]
    return not any(isinstance(product, dict) and product.get("verdict") == "unknown" for product in products)


def _told(tasks: Sequence[TaskReport]) -> str:
    """What the last tasks (those that no other builds on) say; the rest is told task by task."""
    used = {before for task in tasks for before in task.depends_on}
    last = [task for task in tasks if task.id not in used and task.type is not None]
    done = [task.summary.rstrip(". ") for task in last if task.status == "done"]
    missing = [task for task in tasks if task.status in {"failed", "skipped", "canceled"}]
    if len(last) == 1 and done:
        return last[0].summary
    told = "; ".join(done[:3]) if done else "Nothing came out"
    if len(done) > 3:
        told += f"; and {len(done) - 3} more"
    if missing:
        told += f"; not done: {', '.join(task.goal if len(task.goal) < 60 else task.id for task in missing[:3])}"
    return told + "."


def _of(tasks: Sequence[TaskReport]) -> str:
    real = [task for task in tasks if task.type is not None]
    return f"{sum(task.status == 'done' for task in real)} of {_count(len(real), 'task')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _words(kind: str) -> str:
    return kind.replace("_", " ")
