"""The command line: python -m bookshop [serve | import | receive | low | ship | sales]"""

import argparse
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path
from wsgiref.simple_server import make_server

from bookshop import api, catalog, orders, report, settings, stock, storage

try:
    import sentry_sdk
except ImportError:
    sentry_sdk = None


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bookshop")
    parser.add_argument("--settings", type=Path, help="a YAML file")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("serve", help="answer HTTP requests until Ctrl-C (the default)")
    books = commands.add_parser("import", help="read books from a CSV file")
    books.add_argument("file", type=Path)
    delivery = commands.add_parser("receive", help="put delivered copies into stock")
    delivery.add_argument("isbn")
    delivery.add_argument("quantity", type=int)
    commands.add_parser("low", help="list the books of which few copies are left")
    parcel = commands.add_parser("ship", help="mark an order as shipped")
    parcel.add_argument("order", type=int)
    figures = commands.add_parser("sales", help="write the sales of a month as CSV")
    figures.add_argument("month", help="YYYY-MM")
    return parser


def serve(db: sqlite3.Connection, config: settings.Settings) -> None:
    if sentry_sdk is not None and config.sentry_dsn:
        sentry_sdk.init(dsn=config.sentry_dsn)
    with make_server(config.host, config.port, api.Application(db, config)) as server:
        print(f"bookshop on http://{config.host}:{server.server_port}", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("bye")


def main(argv: Sequence[str] | None = None) -> int:
    args = build_parser().parse_args(argv)
    config = settings.load(args.settings)
    db = storage.connect(config.database)
    try:
        if args.command == "import":
            with args.file.open(newline="") as lines:
                print(catalog.import_books(db, lines), "books")
        elif args.command == "receive":
            book = catalog.find_book(db, catalog.check_isbn(args.isbn))
            print(stock.receive(db, book.isbn, args.quantity), "on hand")
        elif args.command == "low":
            for isbn in stock.running_low(db):
                print(isbn, stock.on_hand(db, isbn), catalog.find_book(db, isbn).title)
        elif args.command == "ship":
            print("order", orders.ship(db, args.order).id, "is on its way")
        elif args.command == "sales":
            print(report.write_sales(db, args.month, Path(config.reports)))
        else:
            serve(db, config)
    except (ValueError, storage.NotFound) as error:
        print(f"bookshop: {error}", file=sys.stderr)
        return 2
    finally:
        db.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
