"""A report says what the run says: no more, no less, and never as markup."""

from __future__ import annotations

import random
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from genesis.agents import registry
from genesis.agents.result import Result
from genesis.execute.prepare import Prepared
from genesis.execute.run import Failure, Run, RunStatus, TaskState, TaskStatus
from genesis.finding import Artifact, Fact, Finding, NotDone, Severity, Source
from genesis.objective import Objective
from genesis.plan.plan import Plan, Task
from genesis.report.build import most_important, report
from genesis.report.html import html
from genesis.report.markdown import markdown
from genesis.report.report import RunReport
from genesis.route.routed import Choice, RoutedPlan
from genesis.vet.vetting import Vetting

FLEET = registry.load()
STEPS = {"architecture": "architect", "test": "qa", "audit": "security", "help": "support", "budgeting": "finance"}


def finding(kind: str, severity: Severity, file: str = "a.py", line: int = 1, message: str = "m") -> Finding:
    return Finding(kind=kind, severity=severity, message=message, source=Source(file=file, line=line))


def run_of(
    text: str,
    results: dict[str, Result | Failure],
    *,
    status: RunStatus = "completed",
    after: dict[str, tuple[str, ...]] | None = None,
    error: Failure | None = None,
    question: str | None = None,
) -> Run:
    """A run with one task per task type in `results`: done with its result, or failed with its failure."""
    objective = Objective(text=text)
    before = after or {}
    tasks = tuple(Task(id=name, goal=f"goal of {name}", type=name, depends_on=before.get(name, ())) for name in results)
    prepared = None
    if tasks:
        plan = Plan(objective=objective, level="heuristic", confidence=0.8, tasks=tasks)
        choices = tuple(
            Choice(task=t.id, agent=STEPS[t.id], type=t.id, reason=f"because {t.id}", score=1, runner_up="spec")
            for t in tasks
        )
        prepared = Prepared(routed=RoutedPlan(plan=plan, choices=choices), vetting=Vetting())
    states = []
    for task in tasks:
        result = results[task.id]
        state: TaskStatus = "done" if isinstance(result, Result) else "failed"
        states.append(
            TaskState(
                id=task.id,
                goal=task.goal,
                type=task.type,
                agent=STEPS[task.id],
                depends_on=task.depends_on,
                parent=None,
                status=state,
                level=result.level if isinstance(result, Result) else None,
                attempts=1,
                seconds=0.5,
                error=None if isinstance(result, Result) else result,
            )
        )
    return Run(
        id="r1",
        correlation_id="0" * 32,
        status=status,
        objective=objective,
        created=100.0,
        finished=102.5,
        prepared=prepared,
        tasks=tuple(states),
        results={name: result for name, result in results.items() if isinstance(result, Result)},
        error=error,
        question=question,
    )


READY = "Is this repository ready to be released?"


def test_a_readiness_question_is_answered_no_by_what_blocks() -> None:
    made = report(
        run_of(
            READY,
            {
                "test": Result(summary="2 of 50 tests fail.", findings=(finding("test_failure", "high"),) * 1),
                "audit": Result(
                    summary="s",
                    findings=(
                        finding("sql_injection", "high", "b.py"),
                        finding("sql_injection", "high", "c.py"),
                        finding("weak_pin", "low"),
                    ),
                ),
            },
        ),
        FLEET,
    )
    assert made.answer == "No: 3 findings stand in the way: test failure, sql injection (2)."
    assert made.counts == {"high": 3, "low": 1}


def test_nothing_that_blocks_is_a_yes_with_its_reservation() -> None:
    made = report(run_of(READY, {"test": Result(summary="all pass", findings=(finding("slow", "low"),))}), FLEET)
    assert made.answer == "Yes, as far as qa could look: nothing found that blocks; 1 lesser finding below."


def test_a_look_that_failed_makes_it_unknown_never_yes() -> None:
    failure = Failure(code="NEEDS_MISSING", category="resource", message="could not run: needs pytest")
    made = report(run_of(READY, {"test": failure, "audit": Result(summary="clean")}, status="failed"), FLEET)
    assert made.answer.startswith("Unknown: 1 of 2 tasks; qa did not finish: could not run: needs pytest")
    assert NotDone(what="qa: goal of test", why="could not run: needs pytest") in made.not_looked_at


def test_a_look_that_saw_nothing_makes_it_unknown_but_not_less_of_a_no() -> None:
    blind = Result(summary="No test could run: needs werkzeug.", outputs={"test_report": {"verdict": "unknown"}})
    made = report(run_of(READY, {"test": blind, "audit": Result(summary="clean")}), FLEET)
    assert made.answer.startswith("Unknown: ")
    assert "qa says: No test could run: needs werkzeug." in made.answer
    bad = Result(summary="bad", findings=(finding("sql_injection", "high"),))
    assert report(run_of(READY, {"test": blind, "audit": bad}), FLEET).answer.startswith("No: 1 finding stands")


def test_a_yes_or_no_question_to_the_documents_gets_the_documents_answer() -> None:
    made = report(run_of("Can I return a book?", {"help": Result(summary="Within 30 days (returns.md:4).")}), FLEET)
    assert made.answer == "Within 30 days (returns.md:4)."


def test_the_last_tasks_answer_and_the_missing_are_named() -> None:
    results: dict[str, Result | Failure] = {
        "test": Result(summary="first."),
        "architecture": Result(summary="second"),
        "audit": Failure(code="X", category="unknown", message="broke"),
    }
    made = report(run_of("Do all of it", results, status="failed", after={"architecture": ("test",)}), FLEET)
    assert made.answer == "second; not done: goal of audit."


@pytest.mark.parametrize(
    ("status", "error", "question", "says"),
    [
        (
            "rejected",
            Failure(code="NO_AGENT", category="routing", message="nobody does this"),
            None,
            "nobody does this",
        ),
        ("input_required", None, "Which file?", "Which file?"),
        ("submitted", None, None, "Nothing has been done yet."),
    ],
)
def test_a_run_without_tasks_says_why(
    status: RunStatus, error: Failure | None, question: str | None, says: str
) -> None:
    assert report(run_of("Do it", {}, status=status, error=error, question=question), FLEET).answer == says


def test_an_unknown_price_makes_the_whole_unknown_and_the_lowest_level_counts() -> None:
    results: dict[str, Result | Failure] = {
        "test": Result(summary="a", cost_usd=0.25, level="llm"),
        "audit": Result(summary="b", cost_usd=0.5, level="minimal"),
    }
    made = report(run_of("Do it", results), FLEET)
    assert (made.cost_usd, made.level, made.seconds) == (0.75, "minimal", 2.5)
    assert report(run_of("Do it", {"test": Result(summary="a", level="llm")}), FLEET).level == "heuristic"  # the plan's
    results["help"] = Result(summary="c", cost_usd=None)
    assert report(run_of("Do it", results), FLEET).cost_usd is None


def test_what_two_agents_say_of_one_line_is_said_once() -> None:
    same = finding("hard_coded_secret", "high", "conf.py", 3)
    made = report(
        run_of(
            "Check", {"test": Result(summary="a", findings=(same,)), "audit": Result(summary="b", findings=(same,))}
        ),
        FLEET,
    )
    assert [(one.kind, one.agent, one.task) for one in made.findings] == [("hard_coded_secret", "qa", "test")]


def test_one_kind_does_not_hide_the_others() -> None:
    many = [finding("a", "high", line=n) for n in range(1, 9)] + [
        finding("b", "high"),
        finding("c", "medium"),
        finding("d", "critical"),
    ]
    assert [one.kind for one in most_important(many)] == ["d", "a", "b", "a", "a"]


HOSTILE = '<script>alert(1)</script> & "quoted" [link](javascript:x) `tick` | cell'


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        assert not any(name.startswith("on") or (value or "").startswith("javascript:") for name, value in attrs)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def hostile() -> RunReport:
    result = Result(
        summary=HOSTILE,
        facts=(Fact(text=HOSTILE, sources=(Source(query=HOSTILE),)),),
        findings=(
            Finding(
                kind="k",
                severity="high",
                message=HOSTILE,
                remedy=HOSTILE,
                source=Source(file=HOSTILE, line=1, excerpt=HOSTILE),
            ),
        ),
        not_done=(NotDone(what=HOSTILE, why=HOSTILE),),
        next_steps=(HOSTILE,),
        artifacts=(Artifact(name="a.txt", media_type="text/plain", sha256="0" * 64, size=1),),
    )
    return report(run_of(HOSTILE, {"test": result}), FLEET)


def test_nothing_that_came_from_outside_is_markup_in_html() -> None:
    parser = Tags()
    parser.feed(html(hostile(), artifacts_at="/task/r1/artifacts"))
    assert "script" not in parser.seen
    assert "".join(parser.text).count("<script>alert(1)</script>") >= 8
    assert "http" not in html(hostile())  # one file, nothing fetched


def test_nothing_that_came_from_outside_is_markup_in_markdown() -> None:
    parser = Tags()
    parser.feed(MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown(hostile())))
    assert "script" not in parser.seen
    assert "a" not in parser.seen
    assert "".join(parser.text).count("<script>alert(1)</script>") >= 8
    assert parser.seen.count("td") == 7  # one task: no cell was broken in two


def test_a_large_run_still_makes_two_pages() -> None:
    """Two pages of print hold about 120 lines of 100 characters; facts and findings are cut, never silently."""
    draw = random.Random(7)
    facts = tuple(Fact(text=f"fact {n}", sources=(Source(file=f"f{n}.py", line=n),)) for n in range(1, 60))
    findings = tuple(finding(f"kind_{draw.randrange(20)}", "low", f"f{n}.py", n) for n in range(1, 8))
    results: dict[str, Result | Failure] = {name: Result(summary="s", facts=facts, findings=findings) for name in STEPS}
    text = markdown(report(run_of("Do it all", results), FLEET))
    before_appendix = text.split("## Appendix")[0]
    assert len(before_appendix.splitlines()) <= 120
    assert "and 53 more (JSON report)" in text


def test_the_json_form_holds_everything() -> None:
    made = hostile()
    assert RunReport.model_validate_json(made.model_dump_json()) == made
