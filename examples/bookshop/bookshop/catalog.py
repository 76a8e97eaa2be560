"""The books that we sell."""

import csv
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from bookshop import storage


@dataclass(frozen=True)
class Book:
    isbn: str
    title: str
    author: str
    price_cents: int


def check_isbn(isbn: str) -> str:
    """Return the 13 digits without hyphens; raises ValueError if the check digit is wrong."""
    digits = isbn.replace("-", "").strip()
    if len(digits) != 13 or not digits.isdigit():
        raise ValueError(f"not an ISBN-13: {isbn!r}")
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    if weighted % 10:
        raise ValueError(f"wrong check digit: {isbn!r}")
    return digits


def add_book(db: sqlite3.Connection, book: Book) -> Book:
    """Store a book, or give a known one its new title and price."""
    stored = Book(check_isbn(book.isbn), book.title.strip(), book.author.strip(), book.price_cents)
    if not stored.title:
        raise ValueError("a book needs a title")
    if stored.price_cents < 0:
        raise ValueError("a price cannot be negative")
    with db:
        db.execute(
            "INSERT INTO book (isbn, title, author, price_cents) VALUES (?, ?, ?, ?) ON CONFLICT (isbn) "
            "DO UPDATE SET title = excluded.title, author = excluded.author, price_cents = excluded.price_cents",
            (stored.isbn, stored.title, stored.author, stored.price_cents),
        )
    return stored


def find_book(db: sqlite3.Connection, isbn: str) -> Book:
    row = db.execute("SELECT isbn, title, author, price_cents FROM book WHERE isbn = ?", (isbn,)).fetchone()
    if row is None:
        raise storage.NotFound(f"no book {isbn}")
    return Book(*row)


def search_books(db: sqlite3.Connection, text: str) -> list[Book]:
    """Books whose title or author holds the text, by title."""
    columns = "isbn, title, author, price_cents"
    where = f"title LIKE '%{text}%' OR author LIKE '%{text}%'"
    rows = db.execute(f"SELECT {columns} FROM book WHERE {where} ORDER BY title")
    return [Book(*row) for row in rows]


def import_books(db: sqlite3.Connection, lines: Iterable[str]) -> int:
    """Read isbn,title,author,price lines (price in euros) and return how many books were stored."""
    count = 0
    for row in csv.DictReader(lines):
        euros, _, cents = row["price"].strip().partition(".")
        price = int(euros) * 100 + int(cents.ljust(2, "0")[:2] or 0)
        add_book(db, Book(row["isbn"], row["title"], row["author"], price))
        count += 1
    return count
