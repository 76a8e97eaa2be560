import io
import json
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bookshop import accounts, api, catalog, settings, stock, storage

DUNE = catalog.Book("9780441013593", "Dune", "Frank Herbert", 1099)
EMMA = catalog.Book("9780141439587", "Emma", "Jane Austen", 795)
MIDDLEMARCH = catalog.Book("9780141439549", "Middlemarch", "George Eliot", 1250)
NOW = 1_730_455_200.0  # 2024-11-01 10:00 UTC


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    connection = storage.connect(":memory:")
    for book, copies in ((DUNE, 5), (EMMA, 2), (MIDDLEMARCH, 40)):
        catalog.add_book(connection, book)
        stock.receive(connection, book.isbn, copies)
    yield connection
    connection.close()


@pytest.fixture
def password() -> str:
    return secrets.token_hex(8)


@pytest.fixture
def anna(db: sqlite3.Connection, password: str) -> accounts.Customer:
    return accounts.register(db, "anna@example.org", password, "Anna Berg, Long Lane 4, 12345 Oldtown")


@pytest.fixture
def call(db: sqlite3.Connection, tmp_path: Any) -> Callable[..., tuple[int, Any]]:
    """Send one request to the application; returns status and decoded body."""
    app = api.Application(db, settings.Settings(reports=str(tmp_path / "reports")), clock=lambda: NOW)

    def send(method: str, path: str, body: Any = None, token: str = "", query: str = "") -> tuple[int, Any]:
        payload = b"" if body is None else json.dumps(body).encode()
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(payload)),
            "wsgi.input": io.BytesIO(payload),
        }
        if token:
            environ["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        seen: list[int] = []
        chunks = app(environ, lambda status, headers: seen.append(int(status.split()[0])))
        return seen[0], json.loads(b"".join(chunks))

    return send


@pytest.fixture
def token(call: Callable[..., tuple[int, Any]], anna: accounts.Customer, password: str) -> str:
    status, answer = call("POST", "/sessions", {"email": anna.email, "password": password})
    assert status == 201
    return str(answer["token"])
