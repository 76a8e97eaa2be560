"""The rows of an answer as a sentence, facts, a table and a chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from genesis.agents.analytics.course import over_periods
from genesis.agents.analytics.question import Question
from genesis.agents.analytics.said import Chart, Said, adds_up
from genesis.agents.analytics.settle import Settled
from genesis.agents.analytics.sql import bins, split
from genesis.agents.analytics.wording import cap, chance, conditions, figure, label, listed, measured, number, percent
from genesis.finding import Fact, Source
from genesis.frozen import JsonValue
from genesis.tools.query_tables import Answer
from genesis.tools.tabular.significance import GROUPS_FORMULA, correlation_p, difference

SHOWN = 5
NAMED = 10


@dataclass(frozen=True)
class Answered:
    """`sentence` answers the question; `facts` are it and what belongs to it; `rows` under `columns` are the whole."""

    question: Question
    sentence: str
    facts: tuple[Fact, ...]
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[JsonValue, ...], ...] = ()
    query: str = ""
    charts: tuple[Chart, ...] = ()
    notes: tuple[str, ...] = field(default=())


def answer(settled: Settled, answers: Sequence[Answer]) -> Answered:
    """`answers`: to the queries of `sql.queries`, in their order."""
    question = settled.question
    main = answers[0]
    sources = tuple(Source(file=file, query=main.query) for file in settled.files)
    if question.kind == "correlation":
        return _correlation(question, main, sources)
    if not main.rows or not any(row[-1] for row in main.rows):
        text = f"No rows match: {measured(question)}{conditions(question)} cannot be told."
        return Answered(question, text, (Fact(text=text, sources=sources),), query=main.query)
    if question.kind == "distribution":
        said = _distribution(question, main, sources)
    elif question.grain and question.when:
        said = over_periods(question, main, answers[1], sources)
    elif question.groups:
        said = _groups(question, main, sources)
    else:
        said = _scalar(question, main, sources)
    ranks = answers[-1] if len(answers) > 1 and answers[-1].columns[:1] == ("g",) else None
    extra = _test(question, ranks, sources) if ranks else ()
    head = said.sentence + (f" {extra[0].text}" if extra and question.compare else "")
    notes = (*said.notes, *(["the answer has more than 10,000 rows; the rest was left out"] if main.more else []))
    return Answered(question, head, (*said.facts, *extra), main.columns, main.rows, main.query, said.charts, notes)


def _scalar(question: Question, main: Answer, sources: tuple[Source, ...]) -> Said:
    by_currency = split(question) is not None
    parts = []
    for row in main.rows:
        *keys, value, rows = row
        behind = "" if question.measure is None or question.aggregate == "count" else f" (from {number(rows)} rows)"
        parts.append(figure(question, value, keys[0] if keys else None) + behind)
    text = f"{cap(measured(question))}{conditions(question)} is {listed(parts)}."
    note = ("several currencies: nothing was added up across them",) if by_currency else ()
    return Said(text, (Fact(text=text, sources=sources),), notes=note)


def _distribution(question: Question, main: Answer, sources: tuple[Source, ...]) -> Said:
    assert question.measure is not None
    of, (first, width) = question.measure.column, bins(question.measure.column)
    digits = 0 if of.kind == "integer" else min(max(of.scale, 1), 4)
    quarter, half, rest = (number(of.figures[name], max(digits, 1), of.unit) for name in ("q1", "median", "q3"))
    counts = {round((float(str(row[0])) - first) / width): int(str(row[1])) for row in main.rows}
    fullest = max(counts, key=lambda place: (counts[place], -place))
    low, high = (number(first + width * (fullest + end), digits, of.unit) for end in (0, 1))
    text = (
        f"Half of {of.name} lies between {quarter} and {rest}, median {half}; most rows ({counts[fullest]:,}, "
        f"{percent(counts[fullest], sum(counts.values()))}) are from {low} to below {high}."
    )
    labels = tuple(number(first + width * place, digits) for place in range(max(counts) + 1))
    values = tuple(float(counts.get(place, 0)) for place in range(max(counts) + 1))
    chart = Chart("histogram", f"Rows by {of.name}{conditions(question)}"[:200], labels, values)
    quartiles = tuple(Source(file=source.file, query=of.query) for source in sources)
    return Said(text, (Fact(text=text, sources=(*sources, *quartiles)),), (chart,))


def _groups(question: Question, main: Answer, sources: tuple[Source, ...]) -> Said:
    currency = split(question) is not None
    sentences, facts, charts = [], [], []
    for unit in dict.fromkeys(row[0] for row in main.rows) if currency else [None]:
        rows = [row[1:] if currency else row for row in main.rows if not currency or row[0] == unit]
        text = _ranking(question, rows, unit)
        sentences.append(text)
        facts.append(Fact(text=text, sources=(*sources, *_share_source(question))))
        drawn = [row for row in rows if isinstance(row[-2], int | float)][: max(question.top or 0, 20)]
        if drawn:
            name = f"{cap(measured(question))} by {' and '.join(ref.name for ref in question.groups)}"
            title = f"{name}{conditions(question)}{f', {unit}' if unit else ''}"
            labels = tuple(" / ".join(label(cell) for cell in row[:-2]) for row in drawn)
            charts.append(Chart("bar", title[:200], labels, tuple(float(str(row[-2])) for row in drawn)))
    return Said(" ".join(sentences), tuple(facts), tuple(charts))


def _share_source(question: Question) -> tuple[Source, ...]:
    return (Source(formula="share = figure of the group / sum of all groups"),) if adds_up(question) else ()


def _ranking(question: Question, rows: Sequence[tuple[JsonValue, ...]], unit: JsonValue) -> str:
    values = [float(str(row[-2])) for row in rows if row[-2] is not None]
    whole = sum(values)
    shares = adds_up(question) and bool(values) and min(values) >= 0 and whole > 0

    def shown(row: tuple[JsonValue, ...]) -> str:
        name = " / ".join(label(cell) for cell in row[:-2])
        share = f", {percent(float(str(row[-2])), whole)}" if shares and row[-2] is not None else ""
        return f"{name} ({figure(question, row[-2], unit)}{share})"

    by = " and ".join(ref.name for ref in question.groups)
    what = f"{measured(question)}{conditions(question)}"
    extreme = "lowest" if question.least else "highest"
    total = f" of {figure(question, whole, unit)} in all" if shares else ""
    if question.top and question.top < len(rows):
        best = rows[: question.top]
        part = sum(float(str(row[-2])) for row in best if row[-2] is not None)
        together = f", together {percent(part, whole)}{total}" if shares else ""
        more = [f"{len(best) - NAMED:,} more"] if len(best) > NAMED else []
        named = listed([shown(row) for row in best[:NAMED]] + more)
        return f"The {question.top} {by} values with the {extreme} {what} are {named}{together}."
    if len(rows) == 1:
        return f"{cap(what)} by {by}: only {shown(rows[0])}."
    if len(rows) <= SHOWN:
        return f"{cap(what)} by {by}: {listed([shown(row) for row in rows])}{total}."
    return (
        f"{cap(what)} by {by} is {extreme} for {listed([shown(row) for row in rows[:3]])}, "
        f"{'highest' if question.least else 'lowest'} for {shown(rows[-1])}, among {len(rows):,}{total}."
    )


def _test(question: Question, ranks: Answer, sources: tuple[Source, ...]) -> tuple[Fact, ...]:
    groups = [(int(str(n)), float(str(total))) for _, n, total, _ in ranks.rows]
    ties = float(str(ranks.rows[0][3] or 0)) if ranks.rows else 0.0
    found = difference(groups, ties)
    if found is None or question.measure is None or len(groups) > 50:
        return ()
    verdict = "more than chance explains" if found.p < 0.05 else "no more than chance explains"
    text = (
        f"Single rows of {question.measure.name} differ by {question.groups[0].name} {verdict} "
        f"(Kruskal-Wallis H = {found.h:.2f}, {found.freedom} degrees of freedom, {chance(found.p)})."
    )
    where = tuple(Source(file=source.file, query=ranks.query) for source in sources)
    return (Fact(text=text, sources=(*where, Source(formula=GROUPS_FORMULA))),)


def _correlation(question: Question, main: Answer, sources: tuple[Source, ...]) -> Answered:
    assert question.measure and question.other
    rho, n = main.rows[0]
    pair = f"{question.measure.name} and {question.other.name}"
    if not isinstance(rho, float) or not isinstance(n, int) or n < 5:
        text = f"Whether {pair} move together cannot be told from {number(n)} rows that have both."
    else:
        p = correlation_p(rho, n)
        way = "rise together" if rho > 0 else "move against each other"
        strength = "strongly" if abs(rho) >= 0.7 else "clearly" if abs(rho) >= 0.4 else "weakly"
        told = f"{strength} {way}" if p < 0.05 else "do not move together beyond chance"
        text = f"{pair} {told} (Spearman's rho = {rho:.2f}, n = {n:,}, {chance(p)}); this says nothing of cause."
    return Answered(question, text, (Fact(text=text, sources=sources),), main.columns, main.rows, main.query)
