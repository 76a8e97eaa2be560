"""The rows of an answer as a sentence, facts, a table and a chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from genesis.agents.analytics.question import Question
from genesis.agents.analytics.series import Series, over_time
from genesis.agents.analytics.settle import Settled
from genesis.agents.analytics.sql import split
from genesis.agents.analytics.wording import chance, conditions, figure, label, listed, measured, number, percent
from genesis.finding import Fact, Source
from genesis.frozen import JsonValue
from genesis.tools.query_tables import Answer
from genesis.tools.tabular.significance import GROUPS_FORMULA, TREND_FORMULA, correlation_p, difference

SHOWN = 5


@dataclass(frozen=True)
class Chart:
    """What is to be drawn."""

    kind: Literal["bar", "line", "histogram"]
    title: str
    labels: tuple[str, ...]
    values: tuple[float, ...]


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
    if question.grain and question.when:
        said = _time(question, main, answers[1], sources)
    elif question.groups:
        said = _groups(question, main, sources)
    else:
        said = _scalar(question, main, sources)
    ranks = answers[-1] if len(answers) > 1 and answers[-1].columns[:1] == ("g",) else None
    extra = _test(question, ranks, sources) if ranks else ()
    head = said.sentence + (f" {extra[0].text}" if extra and question.compare else "")
    notes = (*said.notes, *(["the answer has more than 10,000 rows; the rest was left out"] if main.more else []))
    return Answered(question, head, (*said.facts, *extra), main.columns, main.rows, main.query, said.charts, notes)


@dataclass(frozen=True)
class _Said:
    sentence: str
    facts: tuple[Fact, ...]
    charts: tuple[Chart, ...] = ()
    notes: tuple[str, ...] = ()


def _scalar(question: Question, main: Answer, sources: tuple[Source, ...]) -> _Said:
    by_currency = split(question) is not None
    parts = []
    for row in main.rows:
        *keys, value, rows = row
        behind = "" if question.measure is None or question.aggregate == "count" else f" (from {number(rows)} rows)"
        parts.append(figure(question, value, keys[0] if keys else None) + behind)
    text = f"{_cap(measured(question))}{conditions(question)} is {listed(parts)}."
    note = ("several currencies: nothing was added up across them",) if by_currency else ()
    return _Said(text, (Fact(text=text, sources=sources),), notes=note)


def _groups(question: Question, main: Answer, sources: tuple[Source, ...]) -> _Said:
    currency = split(question) is not None
    sentences, facts, charts = [], [], []
    for unit in dict.fromkeys(row[0] for row in main.rows) if currency else [None]:
        rows = [row[1:] if currency else row for row in main.rows if not currency or row[0] == unit]
        text = _ranking(question, rows, unit)
        sentences.append(text)
        facts.append(Fact(text=text, sources=(*sources, *_share_source(question))))
        drawn = [row for row in rows if isinstance(row[-2], int | float)][: max(question.top or 0, 20)]
        if drawn:
            name = f"{_cap(measured(question))} by {' and '.join(ref.name for ref in question.groups)}"
            title = f"{name}{conditions(question)}{f', {unit}' if unit else ''}"
            labels = tuple(" / ".join(label(cell) for cell in row[:-2]) for row in drawn)
            charts.append(Chart("bar", title[:200], labels, tuple(float(str(row[-2])) for row in drawn)))
    return _Said(" ".join(sentences), tuple(facts), tuple(charts))


def _share_source(question: Question) -> tuple[Source, ...]:
    return (Source(formula="share = figure of the group / sum of all groups"),) if _adds_up(question) else ()


def _adds_up(question: Question) -> bool:
    return question.aggregate in ("sum", "count")


def _ranking(question: Question, rows: Sequence[tuple[JsonValue, ...]], unit: JsonValue) -> str:
    values = [float(str(row[-2])) for row in rows if row[-2] is not None]
    whole = sum(values)
    shares = _adds_up(question) and bool(values) and min(values) >= 0 and whole > 0

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
        named = listed([shown(row) for row in best])
        return f"The {question.top} {by} values with the {extreme} {what} are {named}{together}."
    if len(rows) == 1:
        return f"{_cap(what)} by {by}: only {shown(rows[0])}."
    if len(rows) <= SHOWN:
        return f"{_cap(what)} by {by}: {listed([shown(row) for row in rows])}{total}."
    return (
        f"{_cap(what)} by {by} is {extreme} for {listed([shown(row) for row in rows[:3]])}, "
        f"{'highest' if question.least else 'lowest'} for {shown(rows[-1])}, among {len(rows):,}{total}."
    )


def _time(question: Question, main: Answer, reach: Answer, sources: tuple[Source, ...]) -> _Said:
    currency = 1 if split(question) is not None else 0
    keyed: dict[tuple[JsonValue, ...], list[tuple[JsonValue, JsonValue]]] = {}
    for row in main.rows:
        if row[currency] is not None:
            keyed.setdefault((*row[:currency], *row[currency + 1 : -2]), []).append((row[currency], row[-2]))
    assert question.grain is not None
    facts: list[Fact] = []
    charts: list[Chart] = []
    notes: list[str] = []
    everything: list[tuple[tuple[JsonValue, ...], Series]] = []
    for key, points in keyed.items():
        series = over_time(points, question.grain, reach.rows[0], fill=_adds_up(question))
        if series is not None:
            everything.append((key, series))
    if not everything:
        text = f"{_cap(measured(question))}{conditions(question)} has no dated rows."
        return _Said(text, (Fact(text=text, sources=sources),))
    everything.sort(key=lambda one: -sum(one[1].values))
    kept = everything[: question.top or 8]
    for key, series in kept:
        text = _course(question, key, series, currency)
        facts.append(Fact(text=text, sources=(*sources, Source(formula=TREND_FORMULA))))
        title = f"{_cap(measured(question))} per {question.grain}{conditions(question)}{_for(key)}"
        if len(series.labels) > 1 and len(charts) < 4:
            charts.append(Chart("line", title[:200], series.labels[-500:], series.values[-500:]))
    notes += list(dict.fromkeys(note for _, series in kept for note in series.notes))
    if len(everything) > len(kept):
        notes.append(f"{len(everything) - len(kept)} of {len(everything)} groups are only in the table, not in words")
    undated = sum(int(str(row[-1])) for row in main.rows if row[currency] is None)
    if undated:
        notes.append(f"{undated:,} rows without a date are in no period")
    sentence = (
        facts[0].text
        if len(kept) == 1
        else _fastest(question, kept, currency) or " ".join(fact.text for fact in facts[:2])
    )
    if len(kept) > 1 and sentence not in [fact.text for fact in facts]:
        facts.insert(0, Fact(text=sentence, sources=(*sources, Source(formula=TREND_FORMULA))))
    return _Said(sentence, tuple(facts), tuple(charts), tuple(notes))


def _for(key: Sequence[JsonValue]) -> str:
    return f" for {' / '.join(label(one) for one in key)}" if key else ""


def _course(question: Question, key: tuple[JsonValue, ...], series: Series, currency: int) -> str:
    unit = key[0] if currency else None
    values, names = series.values, series.labels
    what = f"{_cap(measured(question))} per {question.grain}{conditions(question)}{_for(key)}"
    if len(values) == 1:
        return f"{what}: only {names[0]}, {figure(question, values[0], unit)}."
    high, low = max(range(len(values)), key=values.__getitem__), min(range(len(values)), key=values.__getitem__)
    if question.top and question.top < len(values) and not question.groups:
        order = sorted(range(len(values)), key=lambda i: (values[i] if question.least else -values[i], i))
        best = listed([f"{names[i]} ({figure(question, values[i], unit)})" for i in order[: question.top]])
        extreme = "lowest" if question.least else "highest"
        return f"The {question.top} {question.grain}s with the {extreme} {what} are {best}."
    text = (
        f"{what} went from {figure(question, values[0], unit)} ({names[0]}) to {figure(question, values[-1], unit)} "
        f"({names[-1]}), highest in {names[high]} ({figure(question, values[high], unit)}), lowest in {names[low]} "
        f"({figure(question, values[low], unit)})"
    )
    if series.trend is None:
        return f"{text}; fewer than 4 whole periods, so a trend cannot be told."
    if series.trend.p < 0.05:
        way = "rising" if series.trend.slope > 0 or series.trend.s > 0 else "falling"
        slope = figure(question, abs(series.trend.slope), unit)
        return f"{text}; a {way} trend ({slope} a {question.grain}, {chance(series.trend.p)}, n = {series.trend.n})."
    return f"{text}; no trend beyond chance ({chance(series.trend.p)}, n = {series.trend.n})."


def _fastest(question: Question, kept: Sequence[tuple[tuple[JsonValue, ...], Series]], currency: int) -> str | None:
    steady = [(key, one) for key, one in kept if one.trend is not None and one.trend.p < 0.05]
    if currency:
        return None
    tested = sum(one.trend is not None for _, one in kept)
    name = " and ".join(ref.name for ref in question.groups)
    what = f"{_cap(measured(question))}{conditions(question)} per {question.grain}"
    if not steady:
        return f"{what} shows no trend beyond chance in any of {tested} {name} values."
    ordered = sorted(steady, key=lambda one: -(one[1].trend.slope if one[1].trend else 0))
    parts = [
        f"{label(key[0])} ({number(one.trend.slope, 2)} a {question.grain}, {chance(one.trend.p)})"
        for key, one in ordered
        if one.trend is not None
    ]
    return f"{what} moves beyond chance in {len(steady)} of {tested} {name} values: {listed(parts)}."


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


def _cap(text: str) -> str:
    return text[:1].upper() + text[1:]
