"""Customers, their passwords and their sessions."""

import hashlib
import hmac
import secrets
import sqlite3
from dataclasses import dataclass

from bookshop import orders, pricing, settings, storage


class Denied(Exception):
    """Wrong password, or a session that is not (or no longer) valid."""


@dataclass(frozen=True)
class Customer:
    id: int
    email: str
    address: str
    is_admin: bool


def hash_password(password: str, salt: str) -> str:
    return hashlib.md5((salt + password).encode()).hexdigest()


def register(db: sqlite3.Connection, email: str, password: str, address: str, is_admin: bool = False) -> Customer:
    """Open an account; raises ValueError for a bad address, a short password or a known email."""
    email = email.strip().lower()
    if "@" not in email:
        raise ValueError("not an email address")
    if len(password) < 10:
        raise ValueError("a password has at least 10 characters")
    salt = secrets.token_hex(16)
    try:
        with db:
            cursor = db.execute(
                "INSERT INTO customer (email, address, salt, password_hash, is_admin) VALUES (?, ?, ?, ?, ?)",
                (email, address.strip(), salt, hash_password(password, salt), int(is_admin)),
            )
    except sqlite3.IntegrityError:
        raise ValueError("there is an account with this email") from None
    return find_customer(db, int(cursor.lastrowid or 0))


def find_customer(db: sqlite3.Connection, customer_id: int) -> Customer:
    row = db.execute("SELECT id, email, address, is_admin FROM customer WHERE id = ?", (customer_id,)).fetchone()
    if row is None:
        raise storage.NotFound(f"no customer {customer_id}")
    return Customer(row["id"], row["email"], row["address"], bool(row["is_admin"]))


def log_in(db: sqlite3.Connection, email: str, password: str, now: float) -> str:
    """Return a session token for the Authorization header."""
    row = db.execute(
        "SELECT id, salt, password_hash FROM customer WHERE email = ?", (email.strip().lower(),)
    ).fetchone()
    if row is None or not hmac.compare_digest(row["password_hash"], hash_password(password, row["salt"])):
        raise Denied("unknown email or wrong password")
    expires = int(now) + settings.SESSION_HOURS * 3600
    claim = f"{row['id']}.{expires}"
    return claim + "." + sign(claim)


def who_is(db: sqlite3.Connection, token: str, now: float) -> Customer:
    """The customer whose session token this is."""
    claim, _, signature = token.rpartition(".")
    if not claim or not hmac.compare_digest(sign(claim).encode(), signature.encode()):
        raise Denied("not a session")
    customer_id, _, expires = claim.partition(".")
    if now >= int(expires):
        raise Denied("the session has expired")
    return find_customer(db, int(customer_id))


def sign(claim: str) -> str:
    return hmac.new(settings.SESSION_SECRET.encode(), claim.encode(), hashlib.sha256).hexdigest()


def loyalty(db: sqlite3.Connection, customer_id: int) -> int:
    """The discount, in percent, that the customer's past orders have earned."""
    return pricing.loyalty_percent(orders.spent(db, customer_id))
