import contextlib

import pytest
from conftest import DUNE, EMMA, MIDDLEMARCH

from bookshop import catalog, orders, pricing, stock

PLACED_AT = "2024-11-01T10:00:00+00:00"


def test_discount_is_rounded_half_up():
    assert [pricing.discounted(*case) for case in ((1099, 10), (1, 50), (995, 0), (995, 100))] == [989, 1, 995, 0]


def test_discount_over_hundred_percent_is_refused():
    with pytest.raises(ValueError, match="110"):
        pricing.discounted(100, 110)


def test_loyalty_grows_with_what_was_spent():
    assert [pricing.loyalty_percent(cents) for cents in (0, 9_999, 10_000, 50_000)] == [0, 0, 5, 10]


def test_shipping_is_free_from_forty_euros():
    assert pricing.order_total([(1000, 4)], 0) == 4000
    assert pricing.order_total([(3999, 1)], 0) == 3999 + 350


def test_delivery_adds_to_what_is_there(db):
    assert stock.receive(db, DUNE.isbn, 3) == 8
    with pytest.raises(ValueError, match="at least one"):
        stock.receive(db, DUNE.isbn, 0)


def test_running_low_lists_the_fewest_first(db):
    assert stock.running_low(db) == [EMMA.isbn]
    assert stock.running_low(db, below=10) == [EMMA.isbn, DUNE.isbn]


def test_an_order_takes_its_copies_and_keeps_its_price(db, anna):
    order = orders.place(db, anna.id, [(DUNE.isbn, 2), (EMMA.isbn, 1)], PLACED_AT)
    assert order.total_cents == 2 * 1099 + 795 + 350
    assert order.lines == ((DUNE.isbn, 2), (EMMA.isbn, 1))
    assert (stock.on_hand(db, DUNE.isbn), stock.on_hand(db, EMMA.isbn)) == (3, 1)
    catalog.add_book(db, catalog.Book(DUNE.isbn, "Dune", "Frank Herbert", 9999))
    assert orders.find_order(db, order.id).total_cents == order.total_cents


def test_an_order_that_is_short_takes_nothing(db, anna):
    with pytest.raises(stock.OutOfStock, match=EMMA.isbn):
        orders.place(db, anna.id, [(DUNE.isbn, 1), (EMMA.isbn, 3)], PLACED_AT)
    assert stock.on_hand(db, DUNE.isbn) == 5
    assert orders.history(db, anna.id) == []


def test_two_lines_of_one_title_cannot_take_more_than_there_is(db):
    with contextlib.suppress(stock.OutOfStock):
        stock.reserve(db, [(DUNE.isbn, 3), (DUNE.isbn, 3)])
    left = stock.on_hand(db, DUNE.isbn)
    assert left == 5


def test_empty_orders_are_refused(db, anna):
    for lines in ([], [(DUNE.isbn, 0)], [(DUNE.isbn, -1)]):
        with pytest.raises(ValueError, match="at least one"):
            orders.place(db, anna.id, lines, PLACED_AT)


def test_the_second_order_has_the_loyalty_discount(db, anna):
    orders.place(db, anna.id, [(MIDDLEMARCH.isbn, 8)], PLACED_AT)
    assert orders.place(db, anna.id, [(MIDDLEMARCH.isbn, 4)], PLACED_AT).total_cents == 4750


def test_cancelling_puts_copies_back_once(db, anna):
    order = orders.place(db, anna.id, [(DUNE.isbn, 2)], PLACED_AT)
    assert orders.cancel(db, order.id).state == "cancelled"
    assert stock.on_hand(db, DUNE.isbn) == 5
    with pytest.raises(ValueError, match="is cancelled"):
        orders.cancel(db, order.id)
    assert orders.spent(db, anna.id) == 0


def test_a_shipped_order_stays_shipped(db, anna):
    order = orders.place(db, anna.id, [(DUNE.isbn, 2)], PLACED_AT)
    assert orders.ship(db, order.id).state == "shipped"
    with pytest.raises(ValueError, match="is shipped"):
        orders.cancel(db, order.id)
    with pytest.raises(ValueError, match="is shipped"):
        orders.ship(db, order.id)


def test_a_basket_comes_back_as_it_was():
    lines = [(DUNE.isbn, 2), (EMMA.isbn, 1)]
    assert orders.load_basket(orders.save_basket(lines)) == lines
