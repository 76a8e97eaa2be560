"""A question as SQL."""
# ruff: noqa: S608  (names go through database.identifier, texts through database.text_literal)

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from genesis.agents.analytics.question import Filter, Question
from genesis.agents.analytics.vocabulary import Ref
from genesis.tools.profile_table import ColumnProfile, spearman_query
from genesis.tools.tabular.database import identifier, text_literal


@dataclass(frozen=True)
class Join:
    """`many` joined to `one` by a column that both have and that is never twice in `one`."""

    many: str
    one: str
    many_key: str
    one_key: str


def from_clause(files: Sequence[str], join: Join | None) -> str:
    """The tables of a question."""
    if join is None:
        return identifier(files[0])
    many, one = identifier(join.many), identifier(join.one)
    return f"{many} JOIN {one} ON {many}.{identifier(join.many_key)} = {one}.{identifier(join.one_key)}"


def column(ref: Ref, join: Join | None) -> str:
    """A column, with its table when there are two."""
    return f"{identifier(ref.file)}.{identifier(ref.name)}" if join else identifier(ref.name)


def figure(question: Question, join: Join | None = None) -> str:
    """The aggregate that a question asks for."""
    if question.measure is None or question.aggregate == "count":
        return "count(*)"
    x = column(question.measure, join)
    match question.aggregate:
        case "mean":
            return f"avg({x})"
        case "median":
            return f"median({x}::DOUBLE)"
        case "min" | "max":
            return f"{question.aggregate}({x})"
        case "distinct":
            return f"count(DISTINCT {x})"
        case "rate":
            return f"100 * avg({x}::INT)"
        case _:
            return f"sum({x})"


def where(question: Question, join: Join | None = None) -> str:
    """The conditions, with WHERE, or nothing."""
    parts = [_condition(one, join) for one in question.filters]
    if question.when and question.span:
        x = column(question.when, join)
        year = question.when.column.role == "year"
        if question.span.first:
            parts.append(f"{x} >= {question.span.first.year}" if year else f"{x} >= DATE '{question.span.first}'")
        if question.span.end:
            parts.append(f"{x} < {question.span.end.year}" if year else f"{x} < DATE '{question.span.end}'")
    return f" WHERE {' AND '.join(parts)}" if parts else ""


def _condition(one: Filter, join: Join | None) -> str:
    x = column(one.ref, join)
    if one.order:
        return f"{x} {one.order} {one.number}"
    values = ", ".join(text_literal(v) if isinstance(v, str) else str(v).lower() for v in one.values)
    plain = f"{x} = {values}" if len(one.values) == 1 else f"{x} IN ({values})"
    return f"({x} IS NULL OR NOT {plain})" if one.but else plain


def period(question: Question, join: Join | None = None) -> str:
    """The first day of each row's period."""
    assert question.when is not None
    x = column(question.when, join)
    if question.when.column.role == "year":
        return f"make_date({x}::INT, 1, 1)"
    return f"date_trunc('{question.grain}', {x})::DATE"


def split(question: Question) -> Ref | None:
    """The column that says each row's currency, when the measure is of several."""
    measure = question.measure
    if measure is None or measure.column.split is None or question.aggregate in ("count", "distinct"):
        return None
    found = question.measure
    assert found is not None
    return Ref(found.file, found.column.model_copy(update={"name": measure.column.split, "role": "category"}))


def answer_query(question: Question, files: Sequence[str], join: Join | None = None) -> str:
    """The rows of the answer: currency (if several), period (if over time), groups, the figure, the rows behind it."""
    keys: list[str] = []
    currency = split(question)
    if currency is not None:
        keys.append(f"{column(currency, join)} AS {identifier(currency.name)}")
    if question.grain and question.when:
        keys.append(f"{period(question, join)} AS period")
    keys += [f"{column(ref, join)} AS {identifier(ref.name)}" for ref in question.groups]
    places = ", ".join(str(place) for place in range(1, len(keys) + 1))
    select = ", ".join([*keys, f"{figure(question, join)} AS figure", "count(*) AS rows"])
    query = f"SELECT {select} FROM {from_clause(files, join)}{where(question, join)}"
    if not keys:
        return query
    fixed = [str(place) for place in range(1, len(keys) + 1 - len(question.groups))]
    place = len(keys) + 1  # by its place: a column may be called figure
    ranked = [] if question.grain and question.when and not question.groups else [f"{place} {_direction(question)}"]
    rest = [str(place) for place in range(len(fixed) + 1, len(keys) + 1)]
    return f"{query} GROUP BY {places} ORDER BY {', '.join([*fixed, *ranked, *rest])}"


def queries(question: Question, files: Sequence[str], join: Join | None = None) -> list[str]:
    """Everything to be asked for a question: the answer; the reach of its dates; the ranks of its groups."""
    if question.kind == "correlation":
        assert question.measure and question.other
        return [spearman_query(from_clause(files, join), column(question.measure, join), column(question.other, join))]
    if question.kind == "distribution":
        return [distribution_query(question, files, join)]
    asked = [answer_query(question, files, join)]
    if question.grain and question.when:
        x = column(question.when, join)
        x = f"make_date({x}::INT, 1, 1)" if question.when.column.role == "year" else f"{x}::DATE"
        asked.append(
            f"SELECT min({x}), max({x}), count(DISTINCT {x}) FROM {from_clause(files, join)}{where(question, join)}"
        )
    elif (question.compare or question.aggregate != "sum") and not question.top:
        ranked = rank_query(question, files, join)
        asked += [ranked] if ranked and split(question) is None else []
    return asked


def bins(column: ColumnProfile) -> tuple[float, float]:
    """Where the first bin of a histogram begins, and how wide each is: about twelve, at round numbers."""
    low, high = (float(str(column.figures[name] or 0)) for name in ("min", "max"))
    if high <= low:
        return low, 1.0
    size = 10.0 ** math.floor(math.log10((high - low) / 12))
    width = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= (high - low) / 12)
    return math.floor(low / width) * width, width


def distribution_query(question: Question, files: Sequence[str], join: Join | None = None) -> str:
    """How many rows lie in each bin: where the bin begins, the figure, the rows."""
    assert question.measure is not None
    x = column(question.measure, join)
    first, width = bins(question.measure.column)
    conditions = where(question, join)
    conditions = f"{conditions} AND {x} IS NOT NULL" if conditions else f" WHERE {x} IS NOT NULL"
    return (
        f"SELECT {first!r} + {width!r} * floor(({x}::DOUBLE - {first!r}) / {width!r}) AS starts_at, "
        f"count(*) AS figure, count(*) AS rows FROM {from_clause(files, join)}{conditions} GROUP BY 1 ORDER BY 1"
    )


def _direction(question: Question) -> str:
    return "ASC NULLS LAST" if question.least else "DESC NULLS LAST"


def rank_query(question: Question, files: Sequence[str], join: Join | None = None) -> str | None:
    """Rank sums per group and the correction for ties, for Kruskal-Wallis; None where that makes no sense."""
    if (
        question.measure is None
        or len(question.groups) != 1
        or question.aggregate not in ("mean", "median", "rate", "sum")
    ):
        return None
    x = column(question.measure, join)
    x = f"{x}::INT" if question.measure.column.kind == "boolean" else x
    g = column(question.groups[0], join)
    conditions = where(question, join)
    present = f"{x} IS NOT NULL AND {g} IS NOT NULL"
    conditions = f"{conditions} AND {present}" if conditions else f" WHERE {present}"
    return (
        f"WITH v AS (SELECT {g} AS g, {x} AS x FROM {from_clause(files, join)}{conditions}), "
        "r AS (SELECT g, rank() OVER (ORDER BY x) + (count(*) OVER (PARTITION BY x) - 1) / 2 AS r FROM v) "
        "SELECT g, count(*) AS n, sum(r) AS ranks, "
        "(SELECT sum(t ** 3 - t) FROM (SELECT count(*)::DOUBLE AS t FROM v GROUP BY x)) AS ties "
        "FROM r GROUP BY g ORDER BY g"
    )
