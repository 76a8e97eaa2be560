"""What cash flows are worth at a rate, and at which rates they are worth nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise

PRECISION = 50
STURM_DEGREE = 60
"""Above this degree exact root counting gets slow (its numbers grow with the square); then rates are scanned."""
LOWEST, HIGHEST = Decimal("-0.99"), Decimal(100)


@dataclass(frozen=True)
class Roots:
    """The internal rates of return above -99 % and up to 10,000 %, rising. `sure`: whether they are proved to be all;
    else they were found by scanning, and there may be more. `changes`: how often the flows change sign."""

    rates: tuple[Decimal, ...]
    sure: bool
    changes: int


def present_value(flows: Sequence[Decimal], times: Sequence[Decimal], rate: Decimal) -> Decimal:
    """Sum of flow / (1 + rate)^time. `rate` above -1."""
    with localcontext() as precise:
        precise.prec = PRECISION
        base = 1 + rate
        return sum((flow / base**time for flow, time in zip(flows, times, strict=True)), Decimal(0))


def internal_rates(flows: Sequence[Decimal], times: Sequence[Decimal]) -> Roots:
    """All rates at which the present value is 0.

    By Descartes' rule the number of rates is at most the number of sign changes, also for times that are not whole: no
    change, no rate; one change, exactly one, found by bisection. With more changes the rates of whole times are counted
    by Sturm's theorem and then closed in on; otherwise a fine grid is scanned.
    """
    ordered = [(time, flow) for time, flow in sorted(zip(times, flows, strict=True)) if flow]
    changes = sum((a < 0) != (b < 0) for (_, a), (_, b) in pairwise(ordered))
    if changes == 0:
        return Roots((), True, 0)

    def worth(rate: Decimal) -> Decimal:
        return present_value([flow for _, flow in ordered], [time for time, _ in ordered], rate)

    if changes == 1:
        inside = (worth(LOWEST) < 0) != (worth(HIGHEST) < 0)
        return Roots((_bisect(worth, LOWEST, HIGHEST),) if inside else (), True, 1)
    whole = all(time == time.to_integral_value() and time >= 0 for time, _ in ordered)
    if whole and ordered[-1][0] <= STURM_DEGREE:
        return Roots(_by_sturm(ordered), True, changes)
    grid = _grid()
    values = [worth(rate) for rate in grid]
    found = [
        rate if value == 0 else _bisect(worth, rate, after)
        for rate, after, value, next_value in zip(grid, grid[1:], values, values[1:], strict=False)
        if value == 0 or (value < 0) != (next_value < 0)
    ]
    return Roots(tuple(found), len(found) == changes, changes)


def _grid() -> list[Decimal]:
    """Rates from lowest to highest, 1 + rate growing by 0.5 % a step."""
    grid, base = [], 1 + LOWEST
    while base < 1 + HIGHEST:
        grid.append(base - 1)
        base *= Decimal("1.005")
    return [*grid, HIGHEST]


def _bisect(worth: Callable[[Decimal], Decimal], low: Decimal, high: Decimal) -> Decimal:
    below = worth(low) < 0
    with localcontext() as precise:
        precise.prec = PRECISION
        for _ in range(120):
            middle = (low + high) / 2
            if (worth(middle) < 0) == below:
                low = middle
            else:
                high = middle
        return ((low + high) / 2).quantize(Decimal("1e-12"))


def _by_sturm(ordered: Sequence[tuple[Decimal, Decimal]]) -> tuple[Decimal, ...]:
    """Roots of the polynomial in x = 1 / (1 + rate), over the x that the bounds of the rate allow."""
    first = int(ordered[0][0])
    polynomial = [Fraction(0)] * (int(ordered[-1][0]) - first + 1)
    for time, flow in ordered:
        polynomial[int(time) - first] += Fraction(flow)
    chain = _sturm(polynomial)
    low, high = Fraction(1) / Fraction(1 + HIGHEST), Fraction(1) / Fraction(1 + LOWEST)
    found: list[Decimal] = []
    stack = [(low, high, _variations(chain, low), _variations(chain, high))]
    while stack:
        low, high, at_low, at_high = stack.pop()
        if at_low == at_high:
            continue
        if at_low - at_high == 1 and high - low < Fraction(1, 10**14):
            x = (low + high) / 2
            rate = Decimal(x.denominator) / Decimal(x.numerator) - 1
            found.append(rate.quantize(Decimal("1e-12")))
            continue
        middle = (low + high) / 2
        at_middle = _variations(chain, middle)
        stack += [(low, middle, at_low, at_middle), (middle, high, at_middle, at_high)]
    return tuple(sorted(found))


def _sturm(polynomial: list[Fraction]) -> list[list[Fraction]]:
    chain = [polynomial, [i * c for i, c in enumerate(polynomial)][1:]]
    while True:
        rest = _remainder(chain[-2], chain[-1])
        if not rest:
            return chain
        scale = abs(rest[-1])
        chain.append([-c / scale for c in rest])


def _remainder(numerator: list[Fraction], denominator: list[Fraction]) -> list[Fraction]:
    rest = numerator[:]
    while len(rest) >= len(denominator):
        factor = rest[-1] / denominator[-1]
        shift = len(rest) - len(denominator)
        for i, c in enumerate(denominator):
            rest[i + shift] -= factor * c
        rest.pop()
        while rest and rest[-1] == 0:
            rest.pop()
    return rest


def _variations(chain: Sequence[Sequence[Fraction]], x: Fraction) -> int:
    signs = []
    for polynomial in chain:
        value = Fraction(0)
        for c in reversed(polynomial):
            value = value * x + c
        if value:
            signs.append(value > 0)
    return sum(a != b for a, b in pairwise(signs))
