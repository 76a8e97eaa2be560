"""RunReport -> Markdown, for a terminal, a pull request or a mail."""

from __future__ import annotations

from collections.abc import Iterator

from genesis.finding import Fact, Finding
from genesis.report.report import RunReport, TaskReport
from genesis.report.words import cost, counted, duration, one_line

FACTS_PER_TASK = 6
NOTES = 12
DIFF_LINES = 6


def markdown(report: RunReport) -> str:
    """The report as CommonMark. Text of agents and files is escaped: it is shown, never interpreted."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: RunReport) -> Iterator[str]:
    yield f"# {_text(one_line(report.objective, 200))}"
    yield ""
    yield f"**{_text(report.answer)}**"
    yield ""
    yield (
        f"{report.status} in {duration(report.seconds)} · level {report.level or 'none'} · "
        f"cost {cost(report.cost_usd)} · {counted(report.counts)} · run `{report.run_id}`"
    )
    if report.top:
        yield ""
        yield "## What matters most"
        for number, finding in enumerate(report.top, 1):
            yield ""
            yield from _finding(number, finding)
    done = [task for task in report.tasks if task.type is not None]
    if done:
        yield ""
        yield "## What was done"
        for task in done:
            yield ""
            yield from _task(task, report.objective)
    if report.outside:
        yield ""
        yield f"Material from outside: {_text(report.outside)}."
    if report.not_looked_at:
        yield ""
        yield "## What was not looked at, and why"
        yield ""
        for note in report.not_looked_at[:NOTES]:
            yield f"- {_text(note.what)}: {_text(note.why)}"
        if len(report.not_looked_at) > NOTES:
            yield f"- and {len(report.not_looked_at) - NOTES} more (JSON report)"
    if report.revisions:
        yield ""
        yield "## How the plan changed"
        yield ""
        for revision in report.revisions:
            yield f"- {_text(revision.reason)}"
            yield from (f"  - {_code(line)}" for line in revision.diff[:DIFF_LINES])
            if len(revision.diff) > DIFF_LINES:
                yield f"  - and {len(revision.diff) - DIFF_LINES} more (JSON report)"
    if report.next_steps:
        yield ""
        yield "## Next steps"
        yield ""
        for number, step in enumerate(report.next_steps[:8], 1):
            yield f"{number}. {_text(step)}"
    if report.artifacts:
        yield ""
        yield "## Files"
        yield ""
        for entry in report.artifacts:
            size = f"{entry.artifact.size:,} bytes"
            yield f"- `{entry.artifact.name}` ({entry.artifact.media_type}, {size}) from task {entry.task}"
    if len(report.findings) > len(report.top):
        yield ""
        yield f"## All findings ({len(report.findings)})"
        yield ""
        for finding in report.findings:
            place = f" {_code(finding.source)}" if finding.source else ""
            yield f"- {finding.severity}: {finding.kind}{place}: {_text(one_line(finding.message, 160))}"
    if done:
        yield ""
        yield "## Appendix: the plan"
        yield ""
        yield "| task | agent | after | why this agent | runner-up | attempts | time |"
        yield "|---|---|---|---|---|---:|---:|"
        for task in done:
            yield (
                f"| {_text(one_line(task.goal, 80))} | {task.agent or '-'} | {', '.join(task.depends_on) or '-'} | "
                f"{_text(task.reason or '-')} | {task.runner_up or '-'} | {task.attempts} | {duration(task.seconds)} |"
            )


def _finding(number: int, finding: Finding) -> Iterator[str]:
    place = f" · {_code(finding.source)}" if finding.source else ""
    yield f"{number}. **{finding.severity}: {finding.kind.replace('_', ' ')}**{place} · {finding.agent or '-'}"
    yield f"   {_text(finding.message)}"
    if finding.source and finding.source.excerpt:
        yield f"   > {_text(one_line(finding.source.excerpt, 160))}"
    if finding.remedy:
        yield f"   *Remedy:* {_text(finding.remedy)}"


def _task(task: TaskReport, objective: str) -> Iterator[str]:
    level = f", {task.level}" if task.level else ""
    yield f"### {task.agent or 'nobody'}: {(task.type or '').replace('_', ' ')} ({task.status}{level})"
    yield ""
    if task.goal.rstrip("?.!") != objective.rstrip("?.!"):
        yield f"*{_text(one_line(task.goal, 200))}*"
        yield ""
    yield _text(task.summary)
    facts = task.facts[:FACTS_PER_TASK]
    if facts:
        yield ""
        yield from (f"- {_text(fact.text)} {_sources(fact)}" for fact in facts)
    if len(task.facts) > FACTS_PER_TASK:
        yield f"- and {len(task.facts) - FACTS_PER_TASK} more (JSON report)"


def _sources(fact: Fact) -> str:
    shown = ", ".join(_code(source) for source in fact.sources[:3])
    return f"({shown})" + (f" and {len(fact.sources) - 3} more" if len(fact.sources) > 3 else "")


def _code(text: object) -> str:
    """A code span that its content cannot close."""
    return f"`{one_line(str(text), 160).replace('`', chr(39))}`"


def _text(text: str) -> str:
    escaped = one_line(text, 2000)
    for sign in "\\`*_[]<>|#":
        escaped = escaped.replace(sign, "\\" + sign)
    return escaped
