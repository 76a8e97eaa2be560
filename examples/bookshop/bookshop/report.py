"""Sales figures, as a CSV file for the accountant."""

import csv
import sqlite3
import subprocess
from dataclasses import astuple, dataclass
from pathlib import Path

COLUMNS = ("isbn", "title", "copies", "revenue_cents")


@dataclass(frozen=True)
class Sale:
    isbn: str
    title: str
    copies: int
    revenue_cents: int


def sales(db: sqlite3.Connection, month: str) -> list[Sale]:
    """Copies and revenue per title in a month (YYYY-MM), best first; cancelled orders do not count."""
    rows = db.execute(
        "SELECT book.isbn, book.title, sum(line.quantity) AS copies, "
        "sum(line.quantity * line.price_cents) AS revenue_cents "
        "FROM purchase_line AS line JOIN purchase ON purchase.id = line.purchase_id "
        "JOIN book ON book.isbn = line.isbn "
        "WHERE substr(purchase.placed_at, 1, 7) = ? AND purchase.state != 'cancelled' "
        "GROUP BY book.isbn ORDER BY revenue_cents DESC, book.isbn",
        (month,),
    )
    return [Sale(*row) for row in rows]


def check_month(month: str) -> str:
    year, _, number = month.partition("-")
    if not (len(year) == 4 and year.isdigit() and len(number) == 2 and number.isdigit() and 1 <= int(number) <= 12):
        raise ValueError(f"a month is written YYYY-MM, not {month!r}")
    return month


def write_sales(db: sqlite3.Connection, month: str, folder: Path) -> Path:
    """Write sales-YYYY-MM.csv into the folder and return its path."""
    path = folder / f"sales-{check_month(month)}.csv"
    folder.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(astuple(sale) for sale in sales(db, month))
    return path


def mail_report(path: Path, recipient: str) -> None:
    """Send the file with the host's mail command."""
    subprocess.run(f"mail -s 'Sales report' {recipient} < {path}", shell=True, check=True)
