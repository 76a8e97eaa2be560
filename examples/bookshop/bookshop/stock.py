"""How many copies stand on the shelves."""

import sqlite3
from collections.abc import Sequence


class OutOfStock(Exception):
    """An order asks for more copies than we have."""


def on_hand(db: sqlite3.Connection, isbn: str) -> int:
    row = db.execute("SELECT quantity FROM stock_level WHERE isbn = ?", (isbn,)).fetchone()
    return row["quantity"] if row else 0


def receive(db: sqlite3.Connection, isbn: str, quantity: int) -> int:
    """Put delivered copies on the shelf and return how many there are now."""
    if quantity < 1:
        raise ValueError("a delivery has at least one copy")
    with db:
        db.execute(
            "INSERT INTO stock_level (isbn, quantity) VALUES (?, ?) "
            "ON CONFLICT (isbn) DO UPDATE SET quantity = quantity + excluded.quantity",
            (isbn, quantity),
        )
    return on_hand(db, isbn)


def reserve(db: sqlite3.Connection, lines: Sequence[tuple[str, int]]) -> None:
    """Take every (isbn, quantity) off the shelf; raises OutOfStock and takes nothing if one is short."""
    for isbn, quantity in lines:
        if on_hand(db, isbn) < quantity:
            raise OutOfStock(f"{isbn}: fewer than {quantity} on hand")
    for isbn, quantity in lines:
        db.execute("UPDATE stock_level SET quantity = quantity - ? WHERE isbn = ?", (quantity, isbn))


def put_back(db: sqlite3.Connection, lines: Sequence[tuple[str, int]]) -> None:
    for isbn, quantity in lines:
        db.execute("UPDATE stock_level SET quantity = quantity + ? WHERE isbn = ?", (quantity, isbn))


def running_low(db: sqlite3.Connection, below: int = 3) -> list[str]:
    """ISBNs of which fewer than `below` copies are left, fewest first."""
    rows = db.execute("SELECT isbn FROM stock_level WHERE quantity < ? ORDER BY quantity, isbn", (below,))
    return [row["isbn"] for row in rows]
