"""The database: one sqlite3 file."""

import sqlite3

SCHEMA = """
CREATE TABLE IF NOT EXISTS book (
    isbn TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    author TEXT NOT NULL,
    price_cents INTEGER NOT NULL CHECK (price_cents >= 0)
);
CREATE TABLE IF NOT EXISTS stock_level (
    isbn TEXT PRIMARY KEY REFERENCES book (isbn),
    quantity INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS customer (
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    address TEXT NOT NULL,
    salt TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    is_admin INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS purchase (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customer (id),
    placed_at TEXT NOT NULL,
    total_cents INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'placed'
);
CREATE TABLE IF NOT EXISTS purchase_line (
    purchase_id INTEGER NOT NULL REFERENCES purchase (id),
    isbn TEXT NOT NULL REFERENCES book (isbn),
    quantity INTEGER NOT NULL,
    price_cents INTEGER NOT NULL
);
"""


class NotFound(LookupError):
    """Nothing is stored under that key."""


def connect(path: str) -> sqlite3.Connection:
    """Open the database, creating the tables that are missing."""
    db = sqlite3.connect(path)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA foreign_keys = ON")
    db.executescript(SCHEMA)
    return db
