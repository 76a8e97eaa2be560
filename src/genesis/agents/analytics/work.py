"""Answers a goal from the workspace's tables.

`outputs["analysis"]`: {"answer": the summary, "files": [names], "figures": [{"question", "sentence", "columns",
"rows" (at most 20), "query"}], "problems": how many findings}.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from genesis.agents.analytics import overview, report
from genesis.agents.analytics.answer import Answered, answer
from genesis.agents.analytics.clauses import clauses
from genesis.agents.analytics.problems import touching
from genesis.agents.analytics.question import Question, understand
from genesis.agents.analytics.settle import (
    Settled,
    best_group,
    complete,
    coverage_query,
    home,
    main_measure,
    newest,
    possible_joins,
)
from genesis.agents.analytics.sql import queries
from genesis.agents.analytics.vocabulary import GENERIC, STOP, Ref, tokens
from genesis.agents.result import Assignment, Result
from genesis.agents.toolbox import Toolbox
from genesis.errors import DeadlineExceeded, FileInvalid, NeedsMissing, RequestInvalid
from genesis.finding import Artifact, Fact, Finding, NotDone
from genesis.frozen import JsonValue
from genesis.tools.draw_chart import DrawChartInput, draw_chart
from genesis.tools.find_tables import FindTablesInput, TableFile, find_tables
from genesis.tools.profile_table import ProfileTableInput, ProfileTableOutput, profile_table
from genesis.tools.query_tables import QueryTablesInput, query_tables
from genesis.tools.tabular.words import words

MAX_TABLES = 8
MAX_CHARTS = 6
WANTED = "put in a CSV, TSV, JSON or Parquet file"
COVERED = 0.9
"""The share of rows that must find their partner for a join to be plain."""


async def work(task: Assignment, tools: Toolbox) -> Result:
    """Raises `NeedsMissing` when there is no workspace, or no table in it."""
    if tools.workspace is None:
        raise NeedsMissing("analytics needs data: give a workspace with CSV, TSV, JSON or Parquet files")
    found = await tools.call(find_tables, FindTablesInput())
    not_done = list(found.not_read)
    if not found.tables:
        seen = "; ".join(f"{one.what}: {one.why}" for one in not_done[:3])
        raise NeedsMissing(f"analytics found no table in the workspace ({seen or 'it holds no such file'}): {WANTED}")
    chosen, named = choose(f"{task.goal} {task.objective}", found.tables)
    not_done += [
        NotDone(what=one.file, why="other tables fit the goal better; name it to have it analysed")
        for one in found.tables
        if one not in chosen
    ][:20]
    profiles = await _profiles(chosen, not_done, tools)
    questions = _questions(task, profiles)
    problems = touching(questions, profiles)
    answers, assumed, more = await _answers(questions, profiles, problems, tools)
    not_done += more
    assumed += [doubt for profile in profiles for doubt in profile.doubts]
    if not named and len(found.tables) > len(chosen):
        assumed.append(
            f"{len(chosen)} of {len(found.tables)} tables were taken: {', '.join(one.file for one in chosen)}"
        )
    summary = _summary(answers, profiles)
    artifacts, drawn = await _charts(answers, tools)
    text = report.markdown(task.goal, summary, answers, profiles, problems, assumed, not_done, drawn)
    artifacts = [tools.artifact("analysis.md", "text/markdown", text), *artifacts]
    if any(one.rows for one in answers):
        artifacts.append(tools.artifact("results.csv", "text/csv", report.results(answers)))
    facts = [fact for one in answers for fact in one.facts]
    facts += (
        [Fact(text=f"Assumed: {text}.", sources=facts[0].sources) for text in dict.fromkeys(assumed)] if facts else []
    )
    looked = {file for one in answers for file in one.question.files} or {profile.file for profile in profiles}
    for profile in profiles:
        facts += overview.facts(profile) if profile.file in looked else []
    return Result(
        summary=summary,
        facts=tuple({fact.text: fact for fact in facts}.values()),
        findings=tuple(problems),
        not_done=tuple(not_done),
        next_steps=tuple(dict.fromkeys(one.remedy for one in problems if one.remedy and one.severity != "low"))[:3],
        artifacts=tuple(artifacts),
        outputs={"analysis": _output(summary, answers, profiles, problems)},
    )


async def _profiles(chosen: Sequence[TableFile], not_done: list[NotDone], tools: Toolbox) -> list[ProfileTableOutput]:
    """The profiles of the tables that can be read whole; one that cannot does not keep the others from answers."""
    profiles: list[ProfileTableOutput] = []
    for one in chosen:
        try:
            profiles.append(await tools.call(profile_table, ProfileTableInput(file=one.file)))
        except (FileInvalid, RequestInvalid, DeadlineExceeded) as error:
            not_done.append(NotDone(what=one.file, why=error.message.removeprefix(f"{one.file}: ")))
    if not profiles:
        why = "; ".join(f"{one.what}: {one.why}" for one in not_done[-len(chosen) :])
        raise NeedsMissing(f"analytics could read none of the tables ({why})")
    return profiles


def choose(goal: str, tables: Sequence[TableFile]) -> tuple[list[TableFile], bool]:
    """The tables that the goal names, else those whose columns it speaks of most; and whether they were named."""
    said = {token.word for token in tokens(goal)} - STOP - GENERIC
    lower = goal.casefold()
    named = [one for one in tables if one.file.rsplit("/", 1)[-1].casefold() in lower]
    if named:
        return named[:MAX_TABLES], True

    def overlap(one: TableFile) -> int:
        name = set(words(one.file.rsplit("/", 1)[-1].rsplit(".", 1)[0]))
        return 2 * len(said & name) + len(said & {word for column in one.columns for word in words(column)})

    ordered = sorted(tables, key=lambda one: (-overlap(one), -one.size, one.file))
    return ordered[:MAX_TABLES], False


def _questions(task: Assignment, profiles: Sequence[ProfileTableOutput]) -> list[Question]:
    """What the goal asks, else what the objective asks, else an overview."""
    last = newest(profiles)
    for text in dict.fromkeys((task.goal, task.objective)):
        asked: list[Question] = []
        for clause in clauses(text):
            question = understand(clause, profiles, last, asked[-1] if asked else None)
            if question is not None and replace(question, text="") not in [replace(one, text="") for one in asked]:
                asked.append(question)
        if asked:
            return asked
    profile = profiles[0]
    measure, group = main_measure(profile), best_group(profile)
    has_time = any(column.role in ("date", "year") for column in profile.columns)
    bare = (
        Question("Overview", measure=Ref(profile.file, measure)) if measure else Question("Overview", aggregate="count")
    )
    asked = [replace(bare, kind="overview")]
    if measure and not measure.split:
        asked.append(replace(bare, text=f"Distribution of {measure.name}", kind="distribution"))
    if group:
        asked.append(replace(bare, text=f"By {group.name}", groups=(Ref(profile.file, group),)))
    if has_time:
        asked.append(replace(bare, text="Over time", trend=True))
    return asked


async def _answers(
    questions: Sequence[Question], profiles: Sequence[ProfileTableOutput], problems: Sequence[Finding], tools: Toolbox
) -> tuple[list[Answered], list[str], list[NotDone]]:
    """Every question's answer, in order. All queries go in one call, so that a table is loaded once."""
    not_done: list[NotDone] = []
    plan: list[Answered | tuple[Settled, slice]] = []
    asked: list[str] = []
    files: dict[str, None] = {}
    for question in questions:
        if question.kind in ("outliers", "quality", "overview"):
            plan.append(_from_profiles(question, profiles, problems))
            continue
        settled = await _settle(question, profiles, tools)
        if isinstance(settled, NotDone):
            not_done.append(settled)
            continue
        own = queries(settled.question, settled.files, settled.join)
        plan.append((settled, slice(len(asked), len(asked) + len(own))))
        asked += own
        files |= dict.fromkeys(settled.files)
    given = QueryTablesInput(files=tuple(files), queries=tuple(asked)) if asked else None
    found = (await tools.call(query_tables, given)).answers if given else ()
    answers = [one if isinstance(one, Answered) else answer(one[0], found[one[1]]) for one in plan]
    assumed = [text for one in answers for text in one.question.assumed]
    return answers, list(dict.fromkeys(assumed)), not_done


def _from_profiles(question: Question, profiles: Sequence[ProfileTableOutput], problems: Sequence[Finding]) -> Answered:
    if question.kind == "overview":
        facts = tuple(fact for profile in profiles for fact in overview.facts(profile)[:1])
        first = facts[0].text
        sentence = first if len(facts) == 1 else f"{first.rstrip('.')}, the first of {len(facts)} tables."
        return Answered(question, sentence, facts)
    if question.kind == "outliers":
        sentence, sources = overview.outlier_sentence(profiles, question.measure.name if question.measure else None)
    else:
        sentence, sources = overview.quality_sentence(profiles, problems)
    return Answered(question, sentence, (Fact(text=sentence, sources=sources),))


async def _settle(question: Question, profiles: Sequence[ProfileTableOutput], tools: Toolbox) -> Settled | NotDone:
    question, files = home(question, profiles)
    main = question.measure.file if question.measure else files[0]
    profile = next(one for one in profiles if one.file == main)
    question = complete(question, profile)
    files = question.files or (profile.file,)
    if len(files) == 1:
        return Settled(question, files)
    for join in possible_joins(files, profiles):
        answers = (
            await tools.call(query_tables, QueryTablesInput(files=files, queries=(coverage_query(join),)))
        ).answers
        covered = answers[0].rows[0][0]
        if isinstance(covered, float) and covered >= COVERED:
            note = (
                f"{join.many} and {join.one} were joined by {join.many_key}, which is never twice in {join.one} and "
                f"found there for {covered:.1%} of the rows"
            )
            return Settled(replace(question, assumed=(*question.assumed, note)), files, join)
    why = f"its columns lie in {', '.join(files)}, which share no key by which their rows plainly belong together"
    return NotDone(what=question.text[:200], why=why)


def _summary(answers: Sequence[Answered], profiles: Sequence[ProfileTableOutput]) -> str:
    if not answers:
        rows = ", ".join(f"{profile.file} ({profile.rows:,} rows)" for profile in profiles)
        return f"The goal could not be answered from {rows}."
    return "; ".join(one.sentence.rstrip(".") for one in answers[:3]) + "."


async def _charts(answers: Sequence[Answered], tools: Toolbox) -> tuple[list[Artifact], list[str]]:
    made: list[Artifact] = []
    for one in answers:
        for chart in one.charts:
            if len(made) == MAX_CHARTS:
                return made, [artifact.name for artifact in made]
            given = DrawChartInput(
                kind=chart.kind,
                title=chart.title,
                labels=chart.labels,
                values=chart.values,
                note=f"Source: {', '.join(one.question.files) or 'the tables of the workspace'}"[:300],
            )
            drawn = await tools.call(draw_chart, given)
            made.append(tools.artifact(f"chart-{len(made) + 1}.svg", "image/svg+xml", drawn.svg))
    return made, [artifact.name for artifact in made]


def _output(
    summary: str, answers: Sequence[Answered], profiles: Sequence[ProfileTableOutput], problems: Sequence[Finding]
) -> dict[str, JsonValue]:
    figures: list[JsonValue] = [
        {
            "question": one.question.text[:200],
            "sentence": one.sentence,
            "columns": list(one.columns),
            "rows": [list(row) for row in one.rows[:20]],
            "query": one.query,
        }
        for one in answers
    ]
    files: list[JsonValue] = [profile.file for profile in profiles]
    return {"answer": summary, "files": files, "figures": figures, "problems": len(problems)}
