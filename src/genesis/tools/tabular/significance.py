"""Is it more than chance? Rank tests, which ask nothing of how the numbers are spread, with their formulas."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

TREND_FORMULA = (
    "Mann-Kendall: S = sum over i<j of sign(x_j - x_i), var(S) = (n(n-1)(2n+5) - sum over ties t(t-1)(2t+5)) / 18, "
    "z = (S - sign S) / sqrt(var S), p two-sided; slope: median of (x_j - x_i) / (j - i)"
)
GROUPS_FORMULA = (
    "Kruskal-Wallis: H = 12 / (N(N+1)) * sum(R_i^2 / n_i) - 3(N+1), divided by 1 - sum(t^3 - t) / (N^3 - N); "
    "p = P(chi-square with k-1 degrees of freedom > H)"
)


@dataclass(frozen=True)
class Trend:
    """`slope`: change per step; `p`: how likely so steady a movement is if there is no trend."""

    n: int
    s: int
    z: float
    p: float
    slope: float


def trend(series: Sequence[float]) -> Trend | None:
    """Mann-Kendall and Theil-Sen over a series in order of time; None below 4 points, with which nothing can be said.

    Source: Mann (1945), Kendall (1975), Sen (1968). The caller bounds the length: the work grows with its square.
    """
    n = len(series)
    if n < 4:
        return None
    pairs = [(series[j] - series[i], j - i) for i in range(n) for j in range(i + 1, n)]
    s = sum((difference > 0) - (difference < 0) for difference, _ in pairs)
    ties = sum(t * (t - 1) * (2 * t + 5) for t in Counter(series).values())
    variance = (n * (n - 1) * (2 * n + 5) - ties) / 18
    z = 0.0 if s == 0 or variance <= 0 else (s - math.copysign(1, s)) / math.sqrt(variance)
    return Trend(n, s, z, math.erfc(abs(z) / math.sqrt(2)), median(difference / steps for difference, steps in pairs))


@dataclass(frozen=True)
class Difference:
    """Whether groups differ: `h` with `freedom` degrees of freedom."""

    h: float
    freedom: int
    p: float


def difference(groups: Sequence[tuple[int, float]], ties: float) -> Difference | None:
    """Kruskal-Wallis from each group's (size, sum of ranks) and the sum of t^3 - t over runs of equal values.

    None for fewer than two groups of at least 5 values, and when all values are equal. Source: Kruskal and Wallis 1952.
    """
    if len(groups) < 2 or any(size < 5 for size, _ in groups):
        return None
    n = sum(size for size, _ in groups)
    correction = 1 - ties / (n**3 - n)
    if correction <= 0:
        return None
    h = 12 / (n * (n + 1)) * sum(ranks**2 / size for size, ranks in groups) - 3 * (n + 1)
    h /= correction
    return Difference(h, len(groups) - 1, chi_square_tail(h, len(groups) - 1))


def chi_square_tail(x: float, freedom: int) -> float:
    """P(chi-square > x), by the closed form for whole degrees of freedom (Abramowitz and Stegun 26.4.4 and 26.4.5).

    >>> round(chi_square_tail(3.841459, 1), 4), round(chi_square_tail(5.991465, 2), 4)
    (0.05, 0.05)
    """
    if x <= 0:
        return 1.0
    half = x / 2
    if freedom % 2 == 0:
        term = total = math.exp(-half)
        for i in range(1, freedom // 2):
            term *= half / i
            total += term
        return min(1.0, total)
    total = math.erfc(math.sqrt(half))
    term = math.sqrt(2 * x / math.pi) * math.exp(-half)
    for i in range(1, freedom // 2 + 1):
        total += term
        term *= x / (2 * i + 1)
    return min(1.0, total)


def correlation_p(r: float, n: int) -> float:
    """How likely so strong a correlation is by chance, by Fisher's transformation (Spearman's ranks: variance 1.06)."""
    if n < 5 or abs(r) >= 1:
        return 0.0 if n >= 5 else 1.0
    return math.erfc(abs(math.atanh(r)) * math.sqrt((n - 3) / 1.06) / math.sqrt(2))
