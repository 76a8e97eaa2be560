"""What is wrong with examples/bookshop, as data: where each defect is, and what mends it."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "bookshop"


@dataclass(frozen=True)
class Change:
    """Replace `old` by `new`, once; without `old` the file is added, without `new` it is removed."""

    file: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Place:
    """`anchor` is text that occurs exactly once in the file; None means the file as a whole."""

    file: str
    anchor: str | None


@dataclass(frozen=True)
class Defect:
    """`also`: other places that a report may name as well. `fails`: the tests that the defect turns red."""

    kind: str
    file: str
    anchor: str | None
    repair: tuple[Change, ...] = ()
    also: tuple[Place, ...] = ()
    fails: tuple[str, ...] = ()


LABEL_TESTS = """from conftest import DUNE, EMMA

from bookshop import labels, orders

PLACED_AT = "2024-11-01T10:00:00+00:00"


def test_an_address_is_broken_at_commas_and_words():
    assert labels.wrap("Anna Berg, Long Lane 4", 9) == ["Anna Berg", "Long Lane", "4"]


def test_a_label_has_number_copies_and_address(db, anna):
    order = orders.place(db, anna.id, [(DUNE.isbn, 2), (EMMA.isbn, 1)], PLACED_AT)
    head, rule, *address = labels.label(db, order.id).splitlines()
    assert head.split() == ["No.", "000001", "3", "copies"]
    assert len(head) == len(rule) == labels.WIDTH
    assert address == ["Anna Berg", "Long Lane 4", "12345 Oldtown"]


def test_only_waiting_orders_get_a_label(db, anna):
    placed = [orders.place(db, anna.id, [(DUNE.isbn, 1)], PLACED_AT) for _ in range(3)]
    orders.ship(db, placed[0].id)
    orders.cancel(db, placed[1].id)
    (page,) = labels.pages(db)
    assert page.startswith("No. 000003")


def test_no_orders_no_pages(tmp_path):
    assert labels.main(str(tmp_path / "shop.db"), str(tmp_path / "labels.txt")) == 0
    assert (tmp_path / "labels.txt").read_text() == "\\n"
"""

DEFECTS: tuple[Defect, ...] = (
    Defect(
        "test_failure",
        "tests/test_orders.py",
        "assert left == 5",
        (
            Change(
                "bookshop/stock.py",
                "    for isbn, quantity in lines:\n        if on_hand(db, isbn) < quantity:\n",
                "    wanted: dict[str, int] = {}\n    for isbn, quantity in lines:\n"
                "        wanted[isbn] = wanted.get(isbn, 0) + quantity\n    for isbn, quantity in wanted.items():\n"
                "        if on_hand(db, isbn) < quantity:\n",
            ),
        ),
        (
            Place("tests/test_orders.py", "def test_two_lines_of_one_title_cannot_take_more_than_there_is("),
            Place("tests/test_api.py", "def test_order_beyond_stock_on_two_lines("),
            Place("tests/test_api.py", "assert refused == 409"),
            Place("bookshop/stock.py", "if on_hand(db, isbn) < quantity:"),
        ),
        (
            "tests/test_api.py::test_order_beyond_stock_on_two_lines",
            "tests/test_orders.py::test_two_lines_of_one_title_cannot_take_more_than_there_is",
        ),
    ),
    Defect(
        "import_cycle",
        "bookshop/orders.py",
        "from bookshop import ",
        (
            Change("bookshop/orders.py", "import accounts, catalog, ", "import catalog, "),
            Change(
                "bookshop/orders.py",
                "accounts.loyalty(db, customer_id)",
                "pricing.loyalty_percent(spent(db, customer_id))",
            ),
            Change("bookshop/accounts.py", "import orders, pricing, settings", "import settings"),
            Change(
                "bookshop/accounts.py",
                "\n\ndef loyalty(db: sqlite3.Connection, customer_id: int) -> int:\n"
                '    """The discount, in percent, that the customer\'s past orders have earned."""\n'
                "    return pricing.loyalty_percent(orders.spent(db, customer_id))\n",
                "",
            ),
        ),
        (Place("bookshop/accounts.py", "from bookshop import "),),
    ),
    Defect(
        "hard_coded_secret",
        "bookshop/settings.py",
        "SESSION_SECRET = ",
        (
            Change("bookshop/settings.py", "import os\n", "import os\nimport secrets\n"),
            Change(
                "bookshop/settings.py",
                '"plum-orchard-lantern-1987"',
                'os.environ.get("BOOKSHOP_SESSION_SECRET") or secrets.token_hex(32)',
            ),
        ),
    ),
    Defect(
        "sql_injection",
        "bookshop/catalog.py",
        'db.execute(f"SELECT {columns} FROM book WHERE {where} ORDER BY title")',
        (
            Change(
                "bookshop/catalog.py",
                '    columns = "isbn, title, author, price_cents"\n'
                "    where = f\"title LIKE '%{text}%' OR author LIKE '%{text}%'\"\n"
                '    rows = db.execute(f"SELECT {columns} FROM book WHERE {where} ORDER BY title")\n',
                "    rows = db.execute(\n"
                '        "SELECT isbn, title, author, price_cents FROM book "\n'
                "        \"WHERE title LIKE '%' || :text || '%' OR author LIKE '%' || :text || '%' ORDER BY title\",\n"
                '        {"text": text},\n'
                "    )\n",
            ),
        ),
        (Place("bookshop/catalog.py", "where = f\"title LIKE '%{text}%' OR author LIKE '%{text}%'\""),),
    ),
    Defect(
        "shell_injection",
        "bookshop/report.py",
        "subprocess.run(f\"mail -s 'Sales report' {recipient} < {path}\", shell=True, check=True)",
        (
            Change(
                "bookshop/report.py",
                "    subprocess.run(f\"mail -s 'Sales report' {recipient} < {path}\", shell=True, check=True)",
                '    with path.open("rb") as body:\n'
                '        subprocess.run(["mail", "-s", "Sales report", "--", recipient], stdin=body, check=True)',
            ),
        ),
    ),
    Defect(
        "unsafe_deserialization",
        "bookshop/orders.py",
        "pickle.loads(",
        (
            Change("bookshop/orders.py", "import base64\nimport pickle\n", "import base64\nimport json\n"),
            Change("bookshop/orders.py", "pickle.dumps(list(lines))", "json.dumps(list(lines)).encode()"),
            Change("bookshop/orders.py", "pickle.loads(", "json.loads("),
        ),
    ),
    Defect(
        "weak_hash",
        "bookshop/accounts.py",
        "hashlib.md5(",
        (
            Change(
                "bookshop/accounts.py",
                "hashlib.md5((salt + password).encode()).hexdigest()",
                "hashlib.scrypt(password.encode(), salt=salt.encode(), n=2**14, r=8, p=1).hex()",
            ),
        ),
    ),
    Defect(
        "unpinned_dependency",
        "requirements.txt",
        "gunicorn",
        (Change("requirements.txt", "gunicorn\n", "gunicorn==23.0.0\n"),),
    ),
    Defect(
        "undeclared_dependency",
        "bookshop/__main__.py",
        "import sentry_sdk",
        (
            Change("pyproject.toml", '<7"]\nserver = [', '<7"]\nerrors = ["sentry-sdk>=2,<3"]\nserver = ['),
            Change("requirements.txt", "installs\nPyYAML", "installs\nsentry-sdk==2.19.2\nPyYAML"),
        ),
    ),
    Defect(
        "version_mismatch",
        "bookshop/__init__.py",
        "__version__ = ",
        (Change("bookshop/__init__.py", '"1.3.2"', '"1.4.0"'),),
        (Place("pyproject.toml", 'version = "1.4.0"'), Place("CHANGELOG.md", "## 1.4.0")),
    ),
    Defect(
        "untested_module",
        "bookshop/labels.py",
        None,
        (Change("tests/test_labels.py", None, LABEL_TESTS),),
    ),
    Defect(
        "broken_doc_link",
        "README.md",
        "(docs/deployment.md)",
        (
            Change(
                "README.md",
                "How we put it on the machine in the shop is written down in [deployment](docs/deployment.md).\n",
                "Settings, backups and what to do every day and month are in "
                "[operations](docs/operations.md#settings).\n",
            ),
        ),
    ),
)


def copy(to: Path) -> Path:
    """Copy the example, without what running it leaves behind, into the folder `to`; returns its new root."""
    left_behind = shutil.ignore_patterns("__pycache__", ".*cache", ".coverage", "*.db", "reports")
    return Path(shutil.copytree(EXAMPLE, to / "bookshop", ignore=left_behind))


def repair(root: Path, defects: Iterable[Defect]) -> None:
    """Mend these defects in an unscrambled copy; raises ValueError when a change does not fit exactly once."""
    for change in (change for defect in defects for change in defect.repair):
        apply(root / change.file, change)


def repair_all(root: Path) -> None:
    repair(root, DEFECTS)


def apply(path: Path, change: Change) -> None:
    if change.old is None and change.new is not None:
        if path.exists():
            raise ValueError(f"{change.file} is there already")
        path.write_text(change.new)
    elif change.new is None:
        path.unlink()
    else:
        text, old = path.read_text(), change.old or ""
        if text.count(old) != 1:
            raise ValueError(f"{change.file}: {text.count(old)} times, not once: {old!r}")
        path.write_text(text.replace(old, change.new))


def line_in(root: Path, place: Place) -> int | None:
    """The line, from 1, on which the anchor starts; None for a whole file, ValueError if it is not there once."""
    text = (root / place.file).read_text()
    if place.anchor is None:
        return None
    if text.count(place.anchor) != 1:
        raise ValueError(f"{place.file}: {text.count(place.anchor)} times, not once: {place.anchor!r}")
    return text.count("\n", 0, text.index(place.anchor)) + 1


def line_of(root: Path, defect: Defect) -> int | None:
    """Where a report must point; None when the finding is about the whole file."""
    return line_in(root, Place(defect.file, defect.anchor))


def places_of(root: Path, defect: Defect) -> set[tuple[str, int | None]]:
    """Every (file, line) at which the defect may rightly be reported."""
    places = (Place(defect.file, defect.anchor), *defect.also)
    return {(place.file, line_in(root, place)) for place in places}
