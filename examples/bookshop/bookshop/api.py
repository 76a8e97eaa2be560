"""The HTTP interface: a WSGI application that speaks JSON."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import bookshop
from bookshop import accounts, catalog, orders, report, settings, stock, storage

MAX_BODY = 64 * 1024
REASONS = {200: "OK", 201: "Created", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
           405: "Method Not Allowed", 409: "Conflict", 413: "Content Too Large"}  # fmt: skip

Answer = tuple[int, Any]


class Refused(Exception):
    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status, self.error = status, error


class Application:
    """One database connection, one thread."""

    def __init__(self, db: sqlite3.Connection, config: settings.Settings, clock: Callable[[], float] = time.time):
        self.db, self.config, self.clock = db, config, clock
        self.routes: dict[str, dict[str, Callable[..., Answer]]] = {
            "/health": {"GET": self.health},
            "/books": {"GET": self.list_books, "POST": self.add_to_catalog},
            "/accounts": {"POST": self.open_account},
            "/sessions": {"POST": self.open_session},
            "/baskets": {"POST": self.keep_basket},
            "/orders": {"GET": self.list_orders, "POST": self.place_order},
            "/reports": {"POST": self.make_report},
        }

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            status, body = self.dispatch(environ)
        except Refused as error:
            status, body = error.status, {"error": error.error, "message": str(error)}
        except accounts.Denied as error:
            status, body = 401, {"error": "denied", "message": str(error)}
        except storage.NotFound as error:
            status, body = 404, {"error": "not_found", "message": str(error)}
        except stock.OutOfStock as error:
            status, body = 409, {"error": "out_of_stock", "message": str(error)}
        except (KeyError, TypeError, ValueError) as error:
            status, body = 400, {"error": "bad_request", "message": str(error)}
        payload = json.dumps(body).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(payload)))]
        start_response(f"{status} {REASONS[status]}", headers)
        return [payload]

    def dispatch(self, environ: dict[str, Any]) -> Answer:
        path, method = environ.get("PATH_INFO", "/"), environ["REQUEST_METHOD"]
        if path.startswith("/books/") and method == "GET":
            return self.show_book(path.removeprefix("/books/"))
        if path not in self.routes:
            raise Refused(404, "not_found", f"no such page: {path}")
        if method not in self.routes[path]:
            raise Refused(405, "method_not_allowed", f"{path} knows {', '.join(self.routes[path])}")
        return self.routes[path][method](environ)

    def health(self, environ: dict[str, Any]) -> Answer:
        return 200, {"status": "ok", "version": bookshop.__version__}

    def list_books(self, environ: dict[str, Any]) -> Answer:
        query = parse_qs(environ.get("QUERY_STRING", ""))
        found = catalog.search_books(self.db, query.get("q", [""])[0])
        return 200, [asdict(book) for book in found]

    def show_book(self, isbn: str) -> Answer:
        book = catalog.find_book(self.db, catalog.check_isbn(isbn))
        return 200, {**asdict(book), "on_hand": stock.on_hand(self.db, book.isbn)}

    def add_to_catalog(self, environ: dict[str, Any]) -> Answer:
        self.admin(environ)
        return 201, asdict(catalog.add_book(self.db, catalog.Book(**read_json(environ))))

    def open_account(self, environ: dict[str, Any]) -> Answer:
        body = read_json(environ)
        customer = accounts.register(self.db, body["email"], body["password"], body["address"])
        return 201, asdict(customer)

    def open_session(self, environ: dict[str, Any]) -> Answer:
        body = read_json(environ)
        return 201, {"token": accounts.log_in(self.db, body["email"], body["password"], self.clock())}

    def keep_basket(self, environ: dict[str, Any]) -> Answer:
        return 201, {"basket": orders.save_basket(read_lines(read_json(environ)["lines"]))}

    def list_orders(self, environ: dict[str, Any]) -> Answer:
        customer = self.customer(environ)
        return 200, [asdict(order) for order in orders.history(self.db, customer.id)]

    def place_order(self, environ: dict[str, Any]) -> Answer:
        customer = self.customer(environ)
        body = read_json(environ)
        lines = orders.load_basket(body["basket"]) if "basket" in body else read_lines(body["lines"])
        placed_at = datetime.fromtimestamp(self.clock(), UTC).isoformat(timespec="seconds")
        return 201, asdict(orders.place(self.db, customer.id, lines, placed_at))

    def make_report(self, environ: dict[str, Any]) -> Answer:
        self.admin(environ)
        body = read_json(environ)
        path = report.write_sales(self.db, body["month"], Path(self.config.reports))
        if body.get("recipient"):
            report.mail_report(path, body["recipient"])
        return 201, {"file": path.name}

    def customer(self, environ: dict[str, Any]) -> accounts.Customer:
        token = environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
        return accounts.who_is(self.db, token, self.clock())

    def admin(self, environ: dict[str, Any]) -> accounts.Customer:
        customer = self.customer(environ)
        if not customer.is_admin:
            raise Refused(403, "forbidden", "this needs an administrator")
        return customer


def read_json(environ: dict[str, Any]) -> dict[str, Any]:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length > MAX_BODY:
        raise Refused(413, "too_large", f"a body has at most {MAX_BODY} bytes")
    body = json.loads(environ["wsgi.input"].read(length))
    if not isinstance(body, dict):
        raise TypeError("the body must be a JSON object")
    return body


def read_lines(lines: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(catalog.check_isbn(line["isbn"]), int(line["quantity"])) for line in lines]
