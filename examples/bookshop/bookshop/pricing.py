"""Prices, discounts and shipping. All amounts are whole cents."""

from collections.abc import Iterable

LOYALTY = ((50_000, 10), (10_000, 5))
FREE_SHIPPING_FROM = 4_000
SHIPPING = 350


def discounted(cents: int, percent: int) -> int:
    """The amount less a discount, rounded half up."""
    if not 0 <= percent <= 100:
        raise ValueError(f"a discount is 0 to 100 percent, not {percent}")
    return (cents * (100 - percent) + 50) // 100


def loyalty_percent(spent_cents: int) -> int:
    """What a customer who has spent this much gets off."""
    for threshold, percent in LOYALTY:
        if spent_cents >= threshold:
            return percent
    return 0


def shipping(cents: int) -> int:
    return 0 if cents >= FREE_SHIPPING_FROM else SHIPPING


def order_total(priced: Iterable[tuple[int, int]], percent: int) -> int:
    """Total of (price, quantity) pairs with the discount taken off and shipping put on."""
    goods = discounted(sum(price * quantity for price, quantity in priced), percent)
    return goods + shipping(goods)
