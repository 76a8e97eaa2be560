"""The WSGI application: create, list, read, replace and delete, as JSON, for every entity."""

import hashlib
import json
import re
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from .entities import ENTITIES, Entity, Field

HERE = Path(__file__).parent
MAX_BODY = 1_000_000
MAX_PAGE = 500
REASONS = {200: "OK", 201: "Created", 204: "No Content", 400: "Bad Request", 404: "Not Found"}
REASONS |= {405: "Method Not Allowed", 409: "Conflict", 413: "Content Too Large", 500: "Internal Server Error"}

Answer = tuple[int, Any]


class Refused(Exception):
    """A request that is answered with an error; `allow` lists the methods that would do."""

    def __init__(self, status: int, message: str, allow: str = "") -> None:
        super().__init__(message)
        self.status, self.message, self.allow = status, message, allow


class Application:
    """One database, one connection, one request at a time on it."""

    def __init__(self, database: str = ":memory:") -> None:
        self.lock = threading.Lock()
        self.db = sqlite3.connect(database, check_same_thread=False)
        self.db.row_factory = sqlite3.Row
        self.db.execute("PRAGMA foreign_keys = ON")
        self.db.executescript((HERE / "schema.sql").read_text(encoding="utf-8"))

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        headers = []
        try:
            status, body = self.answer(environ)
        except Refused as refused:
            status, body = refused.status, {"error": refused.message}
            headers = [("Allow", refused.allow)] if refused.allow else []
        payload = b"" if status == 204 else json.dumps(body).encode()
        if payload:
            headers.append(("Content-Type", "application/json"))
        headers += [("Content-Length", str(len(payload))), ("X-Content-Type-Options", "nosniff")]
        start_response(f"{status} {REASONS[status]}", headers)
        return [payload]

    def answer(self, environ: dict[str, Any]) -> Answer:
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/")
        if path in {"/health", "/openapi.json"}:
            if method != "GET":
                raise Refused(405, f"{path} is only read", "GET")
            return self.health() if path == "/health" else (200, json.loads((HERE / "openapi.json").read_text("utf-8")))
        match = re.fullmatch(r"/([a-z][a-z0-9_]*)(?:/([0-9]{1,18}))?", path)
        if match is None or match.group(1) not in ENTITIES:
            raise Refused(404, f"nothing is at {path}")
        place, entity = f"/{match.group(1)}", ENTITIES[match.group(1)]
        with self.lock:
            if match.group(2) is None:
                if method == "GET":
                    return self.page(entity, environ)
                if method == "POST":
                    return self.create(entity, place, read(environ, entity.fields))
                raise Refused(405, f"{path} can be listed and added to", "GET, POST")
            number = int(match.group(2))
            if method == "GET":
                return 200, self.one(entity, place, number)
            if method == "PUT":
                return self.replace(entity, place, number, read(environ, entity.fields))
            if method == "DELETE":
                return self.delete(entity, place, number)
            raise Refused(405, f"{path} can be read, replaced and deleted", "GET, PUT, DELETE")

    def health(self) -> Answer:
        with self.lock:
            self.db.execute("SELECT 1").fetchone()
        return 200, {"status": "ok"}

    def page(self, entity: Entity, environ: dict[str, Any]) -> Answer:
        query = parse_qs(environ.get("QUERY_STRING", ""))
        limit, offset = whole(query, "limit", 100, MAX_PAGE), whole(query, "offset", 0, 2**62)
        rows = self.db.execute(entity.listing, (limit, offset))
        return 200, {"items": [shown(row, entity.fields) for row in rows]}

    def one(self, entity: Entity, place: str, number: int) -> dict[str, Any]:
        row = self.db.execute(entity.reading, (number,)).fetchone()
        if row is None:
            raise Refused(404, f"{place}/{number} is not there")
        return shown(row, entity.fields)

    def create(self, entity: Entity, place: str, values: list[Any]) -> Answer:
        cursor = self.write(entity.creating, values)
        return 201, self.one(entity, place, int(cursor.lastrowid or 0))

    def replace(self, entity: Entity, place: str, number: int, values: list[Any]) -> Answer:
        self.one(entity, place, number)
        self.write(entity.replacing, [*values, number])
        return 200, self.one(entity, place, number)

    def delete(self, entity: Entity, place: str, number: int) -> Answer:
        self.one(entity, place, number)
        self.write(entity.deleting, [number])
        return 204, None

    def write(self, statement: str, values: list[Any]) -> sqlite3.Cursor:
        try:
            with self.db:
                return self.db.execute(statement, tuple(values))
        except sqlite3.IntegrityError as error:
            raise Refused(409, f"the change breaks a rule of the data: {error}") from error


def read(environ: dict[str, Any], fields: tuple[Field, ...]) -> list[Any]:
    """The values of a body, JSON or a page's form, in order of the fields; one that is left out is None."""
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise Refused(400, "Content-Length is no number") from None
    if length < 0:
        raise Refused(400, "Content-Length is no number")
    if length > MAX_BODY:
        raise Refused(413, f"a body has at most {MAX_BODY} bytes")
    sent = environ["wsgi.input"].read(length)
    form = environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded")
    try:
        return check(from_form(sent, fields) if form else json.loads(sent or b"null"), fields)
    except (ValueError, RecursionError):
        raise Refused(400, f"the body is not {'a form' if form else 'JSON'}") from None


def from_form(sent: bytes, fields: tuple[Field, ...]) -> dict[str, Any]:
    """What a page's form sends, as JSON would have it: numbers as numbers, an unticked box as false."""
    given = parse_qs(sent.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=200)
    found: dict[str, Any] = {name: values[-1] or None for name, values in given.items()}
    for field in fields:
        value = found.get(field.name)
        if field.kind == "boolean":
            found[field.name] = value in {"true", "on", "1"}
        elif value is not None and field.kind in {"integer", "number"}:
            try:
                found[field.name] = int(value) if field.kind == "integer" else float(value)
            except ValueError:
                continue  # `check` says what is wrong with it
    return found


def check(body: Any, fields: tuple[Field, ...]) -> list[Any]:
    """The values in order of the fields; `Refused` names what is wrong with them."""
    if not isinstance(body, dict):
        raise Refused(400, "the body must be a JSON object")
    problems = [
        f"{name}: there is no such field" for name in sorted(set(body) - {field.name for field in fields} - {"id"})
    ]
    values: list[Any] = []
    for field in fields:
        value = body.get(field.name)
        if value is None:
            problems += [f"{field.name}: is required"] if field.required else []
            values.append(None)
        elif not fits(field.kind, value):
            problems.append(f"{field.name}: is no {field.kind}")
        else:
            values.append(hashed(value) if field.kind == "password" else value)
    if problems:
        raise Refused(400, "; ".join(problems[:20]))
    return values


def fits(kind: str, value: Any) -> bool:
    """Whether a value of JSON is of a kind."""
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300
    if not isinstance(value, str) or "\0" in value or len(value) > (100_000 if kind == "text" else 500):
        return False
    if kind in {"date", "datetime"}:
        try:
            date.fromisoformat(value) if kind == "date" else datetime.fromisoformat(value)
        except ValueError:
            return False
        return True
    if kind == "password":
        return len(value) >= 8
    patterns = {"email": r"[^@\s]{1,64}@[^@\s]{1,255}", "url": r"https?://\S+"}
    return re.fullmatch(patterns.get(kind, r"(?s).*\S.*"), value) is not None


def hashed(password: str) -> str:
    """A password as it may be kept: salted scrypt."""
    salt = secrets.token_bytes(16)
    return f"scrypt${salt.hex()}${hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1).hex()}"


def shown(row: sqlite3.Row, fields: tuple[Field, ...]) -> dict[str, Any]:
    """A row as JSON, without what stays inside."""
    found: dict[str, Any] = {"id": row["id"]}
    for field in fields:
        if not field.hidden:
            value = row[field.name]
            found[field.name] = bool(value) if field.kind == "boolean" and value is not None else value
    return found


def whole(query: dict[str, list[str]], name: str, default: int, most: int) -> int:
    """A whole number of the query string, between 0 and `most`."""
    text = query.get(name, [str(default)])[0]
    if not re.fullmatch(r"[0-9]{1,18}", text) or int(text) > most:
        raise Refused(400, f"{name}: a whole number from 0 to {most}")
    return int(text)
