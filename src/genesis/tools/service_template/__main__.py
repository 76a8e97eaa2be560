"""Serves on this machine: python -m PACKAGE --port 8000 --database data.db"""

import argparse
import contextlib
from wsgiref.simple_server import make_server

from .app import Application


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve until Ctrl-C.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000, help="0: any free one")
    parser.add_argument("--database", default="data.db", help="a file of SQLite, made when it is not there")
    given = parser.parse_args()
    with make_server(given.host, given.port, Application(given.database)) as server:
        print(f"listening on http://{given.host}:{server.server_port}", flush=True)  # noqa: T201
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()


if __name__ == "__main__":
    main()
