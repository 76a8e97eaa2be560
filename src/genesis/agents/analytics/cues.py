"""The words by which a goal says what it wants of the data."""

from __future__ import annotations

from typing import Literal

from genesis.tools.tabular.words import wordset

Aggregate = Literal["sum", "mean", "median", "min", "max", "count", "distinct", "rate"]

AGGREGATES: dict[str, Aggregate] = {
    "total": "sum",
    "sum": "sum",
    "overall": "sum",
    "average": "mean",
    "avg": "mean",
    "mean": "mean",
    "typical": "median",
    "median": "median",
    "minimum": "min",
    "min": "min",
    "maximum": "max",
    "max": "max",
    "distinct": "distinct",
    "unique": "distinct",
    "different": "distinct",
}
NUMBERS = dict(
    zip(["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], range(2, 11), strict=True)
) | {"twenty": 20}
MOST = wordset("top best highest largest biggest most greatest strongest leading")
LEAST = wordset("bottom worst lowest smallest least weakest fewest poorest")
TREND = wordset(
    "trend trending time develop developed development evolve evolved evolution growth grow grew grown growing"
    " fastest rise rose rising risen fall fell fallen falling drop dropped dropping decline declined declining"
    " increase increased increasing decrease decreased decreasing seasonal seasonality history shrink shrinking"
    " shrank"
)
RELATE = wordset("correlation correlate correlated relationship relate related depend influence affect impact drive")
ODD = wordset("outlier anomaly anomalous unusual suspicious odd spike abnormal weird strange")
SPREAD = wordset("distribution distributed spread histogram dispersion")
QUALITY = wordset("quality missing duplicate clean cleanliness completeness complete null gap inconsistent")
RANKED = MOST | LEAST
DIFFERENT = frozenset({"distinct", "unique", "different"})
COMPARE = wordset("compare comparison difference differ versus vs against")
BUT = wordset("excluding without except exclude ignoring ignore not")
RATES = wordset("rate share percentage percent proportion ratio likely often fraction")
BY = wordset("by per each across every among split")
COUNTED = wordset(
    "quantity qty unit count visit click signup order sale hour day minute ticket view pageview session piece"
)
UNSUMMED = wordset(
    "price rate rating score age percent percentage pct ratio temperature temp margin discount latency duration"
    " speed height weight index level average avg mean median balance salary wage share humidity pressure distance"
    " bmi grade lat lon latitude longitude density mass gpa yield probability depth width length size"
)
ORDER = {">": ">", "<": "<", ">=": ">=", "<=": "<=", "=": "=", "over": ">", "above": ">", "more": ">", "exceeding": ">",
          "greater": ">", "below": "<", "under": "<", "fewer": "<", "least": ">="}  # fmt: skip
