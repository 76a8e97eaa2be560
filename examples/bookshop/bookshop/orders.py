"""Baskets and orders."""

import base64
import pickle
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from bookshop import accounts, catalog, pricing, stock, storage


@dataclass(frozen=True)
class Order:
    id: int
    customer_id: int
    placed_at: str
    total_cents: int
    state: str
    lines: tuple[tuple[str, int], ...]


def save_basket(lines: Sequence[tuple[str, int]]) -> str:
    """Pack a basket into text that the browser keeps for the next visit."""
    return base64.urlsafe_b64encode(pickle.dumps(list(lines))).decode()


def load_basket(text: str) -> list[tuple[str, int]]:
    lines = pickle.loads(base64.urlsafe_b64decode(text))
    return [(str(isbn), int(quantity)) for isbn, quantity in lines]


def place(db: sqlite3.Connection, customer_id: int, lines: Sequence[tuple[str, int]], placed_at: str) -> Order:
    """Price the lines, take them from stock and store the order, all or nothing."""
    if not lines:
        raise ValueError("an order has at least one line")
    if any(quantity < 1 for _, quantity in lines):
        raise ValueError("a line has at least one copy")
    priced = [(catalog.find_book(db, isbn).price_cents, quantity) for isbn, quantity in lines]
    total = pricing.order_total(priced, accounts.loyalty(db, customer_id))
    with db:
        stock.reserve(db, lines)
        cursor = db.execute(
            "INSERT INTO purchase (customer_id, placed_at, total_cents) VALUES (?, ?, ?)",
            (customer_id, placed_at, total),
        )
        db.executemany(
            "INSERT INTO purchase_line (purchase_id, isbn, quantity, price_cents) VALUES (?, ?, ?, ?)",
            [
                (cursor.lastrowid, isbn, quantity, price)
                for (isbn, quantity), (price, _) in zip(lines, priced, strict=True)
            ],
        )
    return find_order(db, int(cursor.lastrowid or 0))


def find_order(db: sqlite3.Connection, order_id: int) -> Order:
    row = db.execute(
        "SELECT id, customer_id, placed_at, total_cents, state FROM purchase WHERE id = ?", (order_id,)
    ).fetchone()
    if row is None:
        raise storage.NotFound(f"no order {order_id}")
    lines = db.execute("SELECT isbn, quantity FROM purchase_line WHERE purchase_id = ? ORDER BY rowid", (order_id,))
    copies = tuple((line["isbn"], line["quantity"]) for line in lines)
    return Order(row["id"], row["customer_id"], row["placed_at"], row["total_cents"], row["state"], copies)


def history(db: sqlite3.Connection, customer_id: int) -> list[Order]:
    """A customer's orders, newest first."""
    rows = db.execute("SELECT id FROM purchase WHERE customer_id = ? ORDER BY id DESC", (customer_id,)).fetchall()
    return [find_order(db, row["id"]) for row in rows]


def cancel(db: sqlite3.Connection, order_id: int) -> Order:
    """Cancel an order that has not been shipped and put its copies back."""
    order = find_order(db, order_id)
    if order.state != "placed":
        raise ValueError(f"order {order_id} is {order.state}")
    with db:
        stock.put_back(db, order.lines)
        db.execute("UPDATE purchase SET state = 'cancelled' WHERE id = ?", (order_id,))
    return find_order(db, order_id)


def ship(db: sqlite3.Connection, order_id: int) -> Order:
    order = find_order(db, order_id)
    if order.state != "placed":
        raise ValueError(f"order {order_id} is {order.state}")
    with db:
        db.execute("UPDATE purchase SET state = 'shipped' WHERE id = ?", (order_id,))
    return find_order(db, order_id)


def spent(db: sqlite3.Connection, customer_id: int) -> int:
    """Cents that a customer has spent on orders that were not cancelled."""
    row = db.execute(
        "SELECT coalesce(sum(total_cents), 0) AS cents FROM purchase WHERE customer_id = ? AND state != 'cancelled'",
        (customer_id,),
    ).fetchone()
    return int(row["cents"])
