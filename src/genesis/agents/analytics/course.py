"""A figure over time in words, facts and lines."""

from __future__ import annotations

from collections.abc import Sequence

from genesis.agents.analytics.question import Question
from genesis.agents.analytics.said import Chart, Said, adds_up
from genesis.agents.analytics.series import Series, over_time
from genesis.agents.analytics.sql import split
from genesis.agents.analytics.wording import cap, chance, conditions, figure, label, listed, measured, number
from genesis.finding import Fact, Source
from genesis.frozen import JsonValue
from genesis.tools.query_tables import Answer
from genesis.tools.tabular.significance import TREND_FORMULA


def over_periods(question: Question, main: Answer, reach: Answer, sources: tuple[Source, ...]) -> Said:
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
        series = over_time(points, question.grain, reach.rows[0], fill=adds_up(question))
        if series is not None:
            everything.append((key, series))
    if not everything:
        text = f"{cap(measured(question))}{conditions(question)} has no dated rows."
        return Said(text, (Fact(text=text, sources=sources),))
    everything.sort(key=lambda one: -sum(one[1].values))
    kept = everything[: question.top or 8]
    for key, series in kept:
        text = _course(question, key, series, currency)
        facts.append(Fact(text=text, sources=(*sources, Source(formula=TREND_FORMULA))))
        title = f"{cap(measured(question))} per {question.grain}{conditions(question)}{_for(key)}"
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
    return Said(sentence, tuple(facts), tuple(charts), tuple(notes))


def _for(key: Sequence[JsonValue]) -> str:
    return f" for {' / '.join(label(one) for one in key)}" if key else ""


def _course(question: Question, key: tuple[JsonValue, ...], series: Series, currency: int) -> str:
    unit = key[0] if currency else None
    values, names = series.values, series.labels
    what = f"{cap(measured(question))} per {question.grain}{conditions(question)}{_for(key)}"
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
    what = f"{cap(measured(question))}{conditions(question)} per {question.grain}"
    if not steady:
        return f"{what} shows no trend beyond chance in any of {tested} {name} values."
    ordered = sorted(steady, key=lambda one: -(one[1].trend.slope if one[1].trend else 0))
    parts = [
        f"{label(key[0])} ({number(one.trend.slope, 2)} a {question.grain}, {chance(one.trend.p)})"
        for key, one in ordered
        if one.trend is not None
    ]
    return f"{what} moves beyond chance in {len(steady)} of {tested} {name} values: {listed(parts)}."
