"""A real HTTP server on a free port of this machine, for tests that probe one."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Server:
    """`pages`: path -> (status, media type, body) or (status, "location", target). `asked`: the paths, in order."""

    port: int
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serve(pages: Mapping[str, tuple[int, str, str]]) -> Iterator[Server]:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            status, media_type, body = pages.get(self.path.partition("?")[0], (404, "text/plain", "not here"))
            data = body.encode()
            self.send_response(status)
            if media_type == "location":
                self.send_header("Location", body)
                data = b""
            else:
                self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Server(server.server_address[1], asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
