"""Run -> RunReport. A pure function: the same run gives the same report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from genesis.agents.registry import Registry
from genesis.execute.run import Run
from genesis.finding import Finding, NotDone, by_severity
from genesis.objective import lowest
from genesis.report.answer import JUDGING, answer
from genesis.report.report import ReportedArtifact, RunReport, TaskReport

TOP = 5


def report(run: Run, registry: Registry) -> RunReport:
    """The report of a run in any state: of what is not finished it says so."""
    tasks = tuple(_tasks(run))
    findings = tuple(by_severity(_merged(run)))
    real = [task for task in tasks if task.type is not None]
    costs = [task.cost_usd for task in real]
    levels = [task.level for task in real if task.level is not None]
    if levels and run.prepared:
        levels.append(
            run.prepared.routed.plan.level
        )  # good work on a plan that was guessed is no better than the guess
    return RunReport(
        run_id=run.id,
        correlation_id=run.correlation_id,
        objective=run.objective.text,
        workspace=run.objective.workspace,
        status=run.status,
        answer=answer(run, tasks, findings, _judged(real, registry)),
        level=lowest(levels) if levels else None,
        confidence=run.prepared.routed.plan.confidence if run.prepared else None,
        seconds=run.finished - run.created if run.finished is not None else None,
        cost_usd=None if any(cost is None for cost in costs) else sum(cost or 0.0 for cost in costs),
        top=tuple(most_important(findings)),
        findings=findings,
        counts=dict(Counter(finding.severity for finding in findings)),
        not_looked_at=tuple(_not_looked_at(run, real)),
        next_steps=tuple(dict.fromkeys(step for result in run.results.values() for step in result.next_steps)),
        tasks=tasks,
        artifacts=tuple(
            ReportedArtifact(task=task, artifact=artifact)
            for task, result in run.results.items()
            for artifact in result.artifacts
        ),
        vetting=run.prepared.vetting.findings if run.prepared else (),
        revisions=run.revisions,
        error=run.error,
    )


def most_important(findings: Sequence[Finding]) -> list[Finding]:
    """Within a severity the first of each kind before the second of any: five of one kind would hide the others."""
    seen: Counter[tuple[str, str]] = Counter()
    ranked: list[tuple[int, int, int, Finding]] = []
    order = {"critical": 0, "high": 1, "medium": 2, "low": 3, "info": 4}
    for place, finding in enumerate(findings):
        key = (finding.severity, finding.kind)
        ranked.append((order[finding.severity], seen[key], place, finding))
        seen[key] += 1
    return [finding for *_, finding in sorted(ranked, key=lambda entry: entry[:3])[:TOP]]


def _tasks(run: Run) -> Iterable[TaskReport]:
    choices = run.prepared.routed.by_task if run.prepared else {}
    for state in run.tasks:
        result = run.results.get(state.id)
        choice = choices.get(state.id)
        if result is not None:
            summary = result.summary
        elif state.error is not None:
            summary = state.error.message
        else:
            summary = state.status
        yield TaskReport(
            id=state.id,
            goal=state.goal,
            type=state.type,
            agent=state.agent,
            depends_on=state.depends_on,
            status=state.status,
            level=state.level,
            attempts=state.attempts,
            seconds=state.seconds,
            summary=summary,
            facts=result.facts if result else (),
            reason=choice.reason if choice else None,
            runner_up=choice.runner_up if choice else None,
            cost_usd=result.cost_usd if result else 0.0,
            error=state.error,
            trust=result.trust if result else None,
            origins=result.origins if result else (),
        )


def _merged(run: Run) -> list[Finding]:
    """Findings of all tasks with their task and agent; what two agents say of one line and kind is said once."""
    agents = {state.id: state.agent for state in run.tasks}
    merged: dict[object, Finding] = {}
    for task, result in run.results.items():
        for finding in result.findings:
            source = finding.source
            placed = (finding.kind, source.file, source.line) if source and source.file else None
            key: object = placed or (finding.kind, finding.message)
            if key not in merged:
                merged[key] = finding.model_copy(update={"task": task, "agent": agents.get(task)})
    return list(merged.values())


def _not_looked_at(run: Run, real: Sequence[TaskReport]) -> list[NotDone]:
    notes = [note for result in run.results.values() for note in result.not_done]
    notes += [
        NotDone(what=f"{task.agent or task.id}: {task.goal}", why=task.summary)
        for task in real
        if task.status in {"failed", "skipped", "canceled"}
    ]
    return list(dict.fromkeys(notes))


def _judged(real: Sequence[TaskReport], registry: Registry) -> bool:
    for task in real:
        if task.agent is None or task.type is None or task.agent not in registry:
            return False
        kind = registry.get(task.agent).card.task_type(task.type)
        if kind is None or not JUDGING.issuperset(kind.gives):
            return False
    return bool(real)
