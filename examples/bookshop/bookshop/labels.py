"""Address labels for the parcels of the day: python -m bookshop.labels bookshop.db labels.txt"""

import sqlite3
import sys
from pathlib import Path

from bookshop import accounts, orders, storage

WIDTH = 38
PER_PAGE = 8


def wrap(text: str, width: int = WIDTH) -> list[str]:
    """Break an address at its commas, and at words where a part is still too long."""
    rows: list[str] = []
    for part in text.split(","):
        row = ""
        for word in part.split():
            if row and len(row) + 1 + len(word) > width:
                rows.append(row)
                row = word
            else:
                row = f"{row} {word}".strip()
        if row:
            rows.append(row)
    return rows


def label(db: sqlite3.Connection, order_id: int) -> str:
    order = orders.find_order(db, order_id)
    customer = accounts.find_customer(db, order.customer_id)
    copies = sum(quantity for _, quantity in order.lines)
    head = f"No. {order.id:06d}".ljust(WIDTH - 10) + f"{copies} copies".rjust(10)
    return "\n".join([head, "-" * WIDTH, *wrap(customer.address)])


def pages(db: sqlite3.Connection) -> list[str]:
    """The labels of all orders that wait for shipping, eight to a page."""
    waiting = db.execute("SELECT id FROM purchase WHERE state = 'placed' ORDER BY id").fetchall()
    texts = [label(db, row["id"]) for row in waiting]
    return ["\n\n".join(texts[start : start + PER_PAGE]) for start in range(0, len(texts), PER_PAGE)]


def main(database: str, target: str) -> int:
    db = storage.connect(database)
    try:
        printed = pages(db)
    finally:
        db.close()
    Path(target).write_text("\f".join(printed) + "\n")
    return len(printed)


if __name__ == "__main__":
    print(main(sys.argv[1], sys.argv[2]), "pages")
