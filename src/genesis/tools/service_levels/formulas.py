"""Service levels: compliance, error budget and burn rate from counts. Pure arithmetic; the formulas are in the report.

Pairs of windows and factors: Google, The Site Reliability Workbook, chapter 5 ("Alerting on SLOs", multiwindow,
multi-burn-rate), for a budget of 30 days: 2 % of it in 1 h, 5 % in 6 h, 10 % in 1 d, 10 % in 3 d.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from genesis.frozen import Frozen

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


@dataclass(frozen=True, slots=True)
class Sample:
    """Counts of one period that begins at `at` (seconds since the epoch); `line` is where the file says so."""

    at: float
    total: float
    bad: float
    line: int


@dataclass(frozen=True, slots=True)
class Pair:
    """An alert fires when both windows burn faster than `factor` times the rate that just spends the budget."""

    long_s: float
    short_s: float
    factor: float
    severity: Literal["page", "ticket"]


PAIRS = (
    Pair(HOUR, 5 * MINUTE, 14.4, "page"),
    Pair(6 * HOUR, 30 * MINUTE, 6.0, "page"),
    Pair(DAY, 2 * HOUR, 3.0, "ticket"),
    Pair(3 * DAY, 6 * HOUR, 1.0, "ticket"),
)
WINDOWS = tuple(sorted({window for pair in PAIRS for window in (pair.long_s, pair.short_s)}))


class Level(Frozen):
    """Counts over a span, and what follows from them. `total` 0 means that nothing is known.

    `target` is a share (0.999), None when nobody named one; then burn and budget are None. `burn` is the error share
    over the share that the target allows: 1 spends the budget exactly. `budget_left`: 1 - burn over the whole span.
    """

    total: float
    bad: float
    target: float | None = None

    @property
    def good_share(self) -> float | None:
        return None if self.total <= 0 else 1 - self.bad / self.total

    @property
    def burn(self) -> float | None:
        if self.total <= 0 or self.target is None:
            return None
        return (self.bad / self.total) / (1 - self.target)

    @property
    def budget_left(self) -> float | None:
        return None if self.burn is None else 1 - self.burn

    def formula(self) -> str:
        """How the good share comes about, with the figures in it."""
        return f"1 - bad/total = 1 - {figure(self.bad)}/{figure(self.total)} = {share(self.good_share)}"

    def burn_formula(self) -> str:
        """How the burn rate comes about. Only for a level with a target."""
        assert self.target is not None
        return (
            f"(bad/total)/(1 - target) = ({figure(self.bad)}/{figure(self.total)})/(1 - {share(self.target)})"
            f" = {number(self.burn)}"
        )


class Window(Frozen):
    """The last `seconds` of a series. `level` is None when the series cannot say, and `reason` says why."""

    seconds: float
    level: Level | None
    reason: str = ""


def step_of(samples: Sequence[Sample]) -> float | None:
    """The usual distance between samples, in seconds: the median; None for fewer than two times."""
    times = sorted({sample.at for sample in samples})
    gaps = sorted(after - before for before, after in itertools.pairwise(times))
    return gaps[len(gaps) // 2] if gaps else None


def whole(samples: Sequence[Sample], target: float | None) -> Level:
    """The level over all samples."""
    return Level(total=sum(one.total for one in samples), bad=sum(one.bad for one in samples), target=target)


def windows(samples: Sequence[Sample], target: float | None) -> list[Window]:
    """The level over each of `WINDOWS`, counted back from the end of the last sample's period.

    A window that is shorter than the distance of the samples, longer than the series or half empty is unknown.
    """
    step = step_of(samples)
    if step is None:
        return [Window(seconds=one, level=None, reason="fewer than two points in time") for one in WINDOWS]
    end = max(sample.at for sample in samples) + step
    span = end - min(sample.at for sample in samples)
    found = []
    for seconds in WINDOWS:
        inside = [sample for sample in samples if sample.at >= end - seconds]
        expected = seconds / step
        times = len({sample.at for sample in inside})
        if seconds < step:
            found.append(Window(seconds=seconds, level=None, reason=f"the counts come every {duration(step)}"))
        elif seconds > span:
            found.append(Window(seconds=seconds, level=None, reason=f"the series covers only {duration(span)}"))
        elif times < expected / 2:
            why = f"only {times} of {expected:.0f} periods are there"
            found.append(Window(seconds=seconds, level=None, reason=why))
        else:
            level = whole(inside, target)
            why = "" if level.total > 0 else "no requests were counted"
            found.append(Window(seconds=seconds, level=level if level.total > 0 else None, reason=why))
    return found


def firing(found: Sequence[Window]) -> list[Pair]:
    """The pairs of which both windows burn faster than the factor. An unknown window never fires, nor clears."""
    burns = {one.seconds: one.level.burn or 0.0 for one in found if one.level is not None}
    return [pair for pair in PAIRS if all(burns.get(one, 0.0) > pair.factor for one in (pair.long_s, pair.short_s))]


def duration(seconds: float) -> str:
    """Seconds in the words of Prometheus.

    >>> [duration(one) for one in (300, 3600, 86400, 90, 0.5)]
    ['5m', '1h', '1d', '90s', '0.5s']
    """
    for size, letter in ((DAY, "d"), (HOUR, "h"), (MINUTE, "m")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g}{letter}"
    return f"{seconds:g}s"


def share(value: float | None) -> str:
    """A share in percent, with as many digits as tell 99.95 from 99.995.

    >>> share(0.9995), share(None), share(1.0)
    ('99.95 %', 'unknown', '100 %')
    """
    if value is None:
        return "unknown"
    text = f"{value * 100:.4f}".rstrip("0").rstrip(".")
    return f"{text} %"


def number(value: float | None) -> str:
    """A figure with two decimals."""
    return "unknown" if value is None else f"{value:.2f}"


def figure(value: float) -> str:
    """A count."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.3f}"
