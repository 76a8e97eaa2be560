"""Starts the service and uses every entity of it; prints what happened as one line of JSON.

Runs beside the package, in the sandbox: `python drive.py PACKAGE`. Where there is no loopback the application is driven
in this process.
"""

import importlib
import io
import json
import socket
import subprocess
import sys
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any

Ask = Callable[[str, str, Any], tuple[int, Any]]
SAMPLES = {"string": "a word", "text": "some words", "integer": 7, "number": 2.5, "boolean": True, "date": "2024-02-29"}
SAMPLES |= {"datetime": "2024-02-29T12:30:00", "email": "someone@example.org", "url": "https://example.org/"}
SAMPLES |= {"password": "correct horse"}
OTHERS = {
    "string": "another",
    "text": "other words",
    "integer": 8,
    "number": 3.5,
    "boolean": False,
    "date": "2023-01-31",
}
OTHERS |= {"datetime": "2023-01-31T01:02:03", "email": "other@example.org", "url": "https://example.net/"}
OTHERS |= {"password": "battery staple"}


def main() -> None:
    package = sys.argv[1]
    entities = importlib.import_module(f"{package}.entities").ENTITIES
    ask, mode, stop = over_http(package) if loopback() else in_process(package)
    failed: list[str] = []
    calls = 0

    def expect(status: int, method: str, path: str, body: Any = None) -> Any:
        nonlocal calls
        calls += 1
        got, answer = ask(method, path, body)
        if got != status:
            failed.append(f"{method} {path} answered {got}, not {status}: {str(answer)[:200]}")
        return answer if isinstance(answer, dict) else {}

    try:
        expect(200, "GET", "/health")
        paths = expect(200, "GET", "/openapi.json").get("paths", {})
        failed += [f"openapi.json does not describe /{path}" for path in entities if f"/{path}" not in paths]
        made: dict[str, int] = {}
        for path in in_order(entities):
            fields = entities[path].fields
            body = {
                field.name: made[field.references] if field.references else SAMPLES[field.kind]
                for field in fields
                if not field.references or field.references in made
            }
            first = expect(201, "POST", f"/{path}", body)
            made[path] = first.get("id", 0)
            read = expect(200, "GET", f"/{path}/{made[path]}")
            seen = {field.name: body.get(field.name) for field in fields if not field.hidden}
            if {name: read.get(name) for name in seen} != seen:
                failed.append(f"/{path}: what was read is not what was written")
            if any(field.name in read for field in fields if field.hidden):
                failed.append(f"/{path}: a hidden field came out")
            if first not in expect(200, "GET", f"/{path}").get("items", []):
                failed.append(f"/{path}: what was created is not listed")
            other = {f.name: body[f.name] if f.references else OTHERS[f.kind] for f in fields if f.name in body}
            expect(200, "PUT", f"/{path}/{made[path]}", other)
            again = expect(200, "GET", f"/{path}/{made[path]}")
            if any(again.get(name) != other.get(name) for name in seen):
                failed.append(f"/{path}: what was replaced is still there")
            expect(400, "POST", f"/{path}", {"no_such_field": 1})
            expect(404, "GET", f"/{path}/{10**9}")
            expect(405, "PUT", f"/{path}", body)
        for path in reversed(in_order(entities)):
            expect(204, "DELETE", f"/{path}/{made[path]}")
            expect(404, "GET", f"/{path}/{made[path]}")
    finally:
        stop()
    print(json.dumps({"mode": mode, "calls": calls, "failed": failed[:20]}))  # noqa: T201


def in_order(entities: dict[str, Any]) -> list[str]:
    """What is referred to comes first; a circle is entered anywhere."""
    order: list[str] = []
    waiting = list(entities)
    while waiting:
        ready = [
            path
            for path in waiting
            if all(f.references in {None, path, *order} or f.references not in waiting for f in entities[path].fields)
        ] or waiting[:1]
        order += ready
        waiting = [path for path in waiting if path not in ready]
    return order


def loopback() -> bool:
    try:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            probe.listen()
            with socket.create_connection(probe.getsockname(), timeout=5):
                return True
    except OSError:
        return False


def over_http(package: str) -> tuple[Ask, str, Callable[[], None]]:
    command = [sys.executable, "-m", package, "--port", "0", "--database", "try.db"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    port = int(line.rpartition(":")[2])

    def ask(method: str, path: str, body: Any) -> tuple[int, Any]:
        connection = HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else None
        finally:
            connection.close()

    def stop() -> None:
        process.terminate()
        process.wait(timeout=10)

    return ask, "http", stop


def in_process(package: str) -> tuple[Ask, str, Callable[[], None]]:
    application = importlib.import_module(f"{package}.app").Application("try.db")

    def ask(method: str, path: str, body: Any) -> tuple[int, Any]:
        data = b"" if body is None else json.dumps(body).encode()
        found: list[str] = []
        environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "", "CONTENT_LENGTH": str(len(data))}
        parts = application({**environ, "wsgi.input": io.BytesIO(data)}, lambda status, headers: found.append(status))
        text = b"".join(parts)
        return int(found[0].split()[0]), json.loads(text) if text else None

    return ask, "wsgi", lambda: None


if __name__ == "__main__":
    main()
