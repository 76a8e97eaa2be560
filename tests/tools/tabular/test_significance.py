"""Rank tests against their definitions, counted out by brute force."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from itertools import combinations, permutations

import pytest

from genesis.tools.tabular.significance import chi_square_tail, correlation_p, difference, trend


@pytest.mark.parametrize("seed", range(5))
def test_the_trend_is_near_the_share_of_orders_as_extreme(seed: int) -> None:
    dice = random.Random(seed)
    series = [dice.choice([0.1, 0.2, 0.3, 0.5, dice.random()]) + i * dice.choice([0, 0.1]) for i in range(8)]

    def s(values: tuple[float, ...]) -> int:
        return sum((b > a) - (b < a) for a, b in combinations(values, 2))

    found = trend(series)
    assert found is not None and found.s == s(tuple(series))
    orders = [s(order) for order in permutations(series)]
    exact = [abs(one) >= abs(found.s) for one in orders]
    spread = math.sqrt(Fraction(sum(one * one for one in orders), len(orders)))
    assert math.isclose(abs(found.z), (abs(found.s) - 1) / spread if found.s else 0.0)
    assert abs(found.p - sum(exact) / len(exact)) < 0.06  # the normal approximation at n = 8
    slopes = sorted(Fraction(b - a) / (j - i) for (i, a), (j, b) in combinations(enumerate(series), 2))
    assert math.isclose(found.slope, float((slopes[13] + slopes[14]) / 2))


def test_equal_values_and_few_values_show_no_trend() -> None:
    level = trend([3.0] * 12)
    assert level is not None and level.p == 1.0
    assert trend([1.0, 2.0, 3.0]) is None


def test_kruskal_wallis_is_as_defined() -> None:
    dice = random.Random(4)
    groups = [[dice.randint(0, 9) + shift for _ in range(size)] for shift, size in ((0, 7), (1, 9), (4, 6))]
    everything = [value for group in groups for value in group]
    n = len(everything)

    def rank(value: int) -> Fraction:
        below, same = sum(v < value for v in everything), everything.count(value)
        return Fraction(2 * below + same + 1, 2)

    ties = sum(everything.count(v) ** 3 - everything.count(v) for v in set(everything))
    mean = Fraction(n + 1, 2)
    between = sum(len(g) * (sum(map(rank, g)) / len(g) - mean) ** 2 for g in groups)
    within = sum((rank(v) - mean) ** 2 for v in everything)
    found = difference([(len(g), float(sum(map(rank, g)))) for g in groups], float(ties))
    assert found is not None and math.isclose(found.h, float((n - 1) * between / within))
    assert found.freedom == 2 and math.isclose(found.p, math.exp(-found.h / 2))


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 7, 10])
def test_the_chi_square_tail_is_the_integral(freedom: int) -> None:
    def density(x: float) -> float:
        return math.exp((freedom / 2 - 1) * math.log(x) - x / 2 - freedom / 2 * math.log(2) - math.lgamma(freedom / 2))

    start, end, steps = 2.5, 120.0, 200_000
    width = (end - start) / steps
    area = sum(density(start + (i + 0.5) * width) for i in range(steps)) * width
    assert math.isclose(chi_square_tail(start, freedom), area, rel_tol=1e-4)


def test_a_strong_correlation_of_many_is_no_chance() -> None:
    assert correlation_p(0.9, 50) < 1e-6 < 0.3 < correlation_p(0.1, 50)
