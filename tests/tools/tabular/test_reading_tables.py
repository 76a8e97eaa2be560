"""Files as people export them, and what is read out of them."""

from __future__ import annotations

import random
import time
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from genesis.errors import FileInvalid, GenesisError, NotFound, RequestInvalid
from genesis.security.workspace import Workspace
from genesis.tools.tabular.numbers import parse_number
from genesis.tools.tabular.table import Table, read_table


def read(folder: Path, name: str, content: bytes | str) -> Table:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    return read_table(Workspace(folder), name, scratch)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
@pytest.mark.parametrize(
    ("delimiter", "mark", "thousands"), [(",", ".", ""), (";", ",", "."), ("\t", ".", ","), ("|", ",", " ")]
)
def test_numbers_and_names_survive_every_dialect(
    tmp_path: Path, encoding: str, delimiter: str, mark: str, thousands: str
) -> None:
    dice = random.Random(f"{encoding}{delimiter}")
    amounts = [Decimal(dice.randint(-9_999_999, 9_999_999)) / 100 for _ in range(60)]
    names = [
        dice.choice(["Müller", "Žofia" if "16" in encoding or "utf" in encoding else "Zoë", 'O"Neil', "Á, B; C"])
        for _ in amounts
    ]

    def written(amount: Decimal) -> str:
        return f"{amount:,.2f}".replace(",", "\0").replace(".", mark).replace("\0", thousands)

    lines = [delimiter.join(("Käufer", "Betrag"))]
    for name, amount in zip(names, amounts, strict=True):
        quoted = '"' + name.replace('"', '""') + '"'
        lines.append(f'{quoted}{delimiter}"{written(amount)}"')
    table = read(tmp_path, "x.csv", "\r\n".join(lines).encode(encoding))
    assert list(table.by_name["Käufer"].values) == names
    assert list(table.by_name["Betrag"].values) == amounts
    assert list(table.lines) == list(range(2, 62))


@pytest.mark.parametrize(
    ("form", "order"), [("%d/%m/%Y", "dmy"), ("%m/%d/%Y", "mdy"), ("%d.%m.%y", "dmy"), ("%Y-%m-%dT%H:%M:%SZ", "")]
)
def test_dates_are_read_by_what_the_column_proves(tmp_path: Path, form: str, order: str) -> None:
    days = [datetime(2024, 1, 1) + timedelta(days=9 * i) for i in range(40)]
    table = read(tmp_path, "x.csv", "when,n\n" + "".join(f"{day.strftime(form)},{i}\n" for i, day in enumerate(days)))
    assert list(table.by_name["when"].values) == days
    assert not table.doubts


def test_what_reads_either_way_is_said(tmp_path: Path) -> None:
    table = read(tmp_path, "x.csv", "when\tn\n3/4/2024\t1.234\n5/6/2024\t5.678\n")
    assert [doubt.split(":")[0] for doubt in table.doubts] == ["when", "n"]
    assert table.by_name["when"].values[0] == datetime(2024, 4, 3)
    assert table.by_name["n"].values == [Decimal("1.234"), Decimal("5.678")]


def test_a_title_above_and_a_total_below_are_no_rows(tmp_path: Path) -> None:
    text = "Sales report\nprinted 2024\n\nregion,amount\nNorth,10.50\nSouth,20.25\nTotal,30.75\n"
    table = read(tmp_path, "x.csv", text)
    assert table.by_name["amount"].values == [Decimal("10.50"), Decimal("20.25")]
    assert table.odd[0][:2] == ("total_row", 7)


def test_codes_stay_text_and_marks_of_nothing_are_missing(tmp_path: Path) -> None:
    table = read(tmp_path, "x.csv", "zip,n,land\n01234,5,NA\n99999,NA,DE\n00001,-,NA\n")
    assert table.by_name["zip"].values == ["01234", "99999", "00001"]
    assert table.by_name["n"].values == [5, None, None]
    assert table.by_name["land"].values == ["NA", "DE", "NA"]  # Namibia


def test_a_cell_that_does_not_fit_is_named_with_its_line(tmp_path: Path) -> None:
    rows = [str(i) for i in range(30)]
    rows[17] = "twelve"
    table = read(tmp_path, "x.csv", "id2,qty\n" + "".join(f"a{i},{row}\n" for i, row in enumerate(rows)))
    column = table.by_name["qty"]
    assert column.kind == "integer" and column.values[17] is None
    assert [(table.line(row), text) for row, text in column.unreadable] == [(19, "twelve")]
    assert table.source(17).excerpt == "a17,twelve"


def test_several_currencies_are_kept_apart(tmp_path: Path) -> None:
    table = read(tmp_path, "x.csv", 'a,price\n1,"€1,200.50"\n2,$5.00\n3,£7\n4,€3\n')
    price = table.by_name["price"]
    assert price.unit is None and price.split == "price currency"
    assert table.by_name["price currency"].values == ["EUR", "USD", "GBP", "EUR"]


def test_rows_of_the_wrong_width_are_named(tmp_path: Path) -> None:
    table = read(tmp_path, "x.csv", "a,b,c\n" + "1,2,3\n" * 20 + "1,2\n1,2,3,4\n")
    assert [(kind, line) for kind, line, _ in table.odd] == [("short_row", 22), ("long_row", 23)]
    assert table.by_name["c"].values[-2:] == [None, 3]


def test_line_ends_inside_quotes_do_not_move_later_lines(tmp_path: Path) -> None:
    table = read(tmp_path, "x.csv", 'n,note\n1,"two\nlines"\n2,one\n3,"a\n\nb"\n4,x\n')
    assert list(table.lines) == [2, 4, 5, 8]
    assert table.by_name["note"].values[2] == "a\n\nb"


def test_no_header_means_numbered_columns(tmp_path: Path) -> None:
    table = read(tmp_path, "x.csv", "".join(f"{i},x{i},{i * 1.5}\n" for i in range(10)))
    assert [column.name for column in table.columns] == ["column_1", "column_2", "column_3"] and table.rows == 10


def test_numbers_for_names_are_a_header_over_named_rows(tmp_path: Path) -> None:
    years = read(tmp_path, "x.csv", "country,2021,2022,2023\nChad,1,2,3\nPeru,4,5,6\n")
    assert [column.name for column in years.columns] == ["country", "2021", "2022", "2023"] and years.rows == 2
    crossed = read(tmp_path, "y.csv", '"","1","2","9"\n"a",4,5,6\n"b",7,8,9\n')
    assert [column.name for column in crossed.columns] == ["column_1", "1", "2", "9"]
    assert crossed.by_name["9"].values == [6, 9]


def test_json_in_each_of_its_shapes(tmp_path: Path) -> None:
    shapes = {
        "a.json": '[{"n": 1, "at": {"city": "Ulm"}}, {"n": 2.5, "at": {"city": null}}]',
        "b.json": '{"total": 2, "items": [{"n": 1, "at": {"city": "Ulm"}}, {"n": 2.5, "at": {}}]}',
        "c.jsonl": '{"n": 1, "at": {"city": "Ulm"}}\n{"n": 2.5}\n',
        "d.json": '{"n": [1, 2.5], "at.city": ["Ulm", null]}',
    }
    for name, text in shapes.items():
        table = read(tmp_path, name, text)
        assert table.by_name["n"].values == [1, Decimal("2.5")], name
        assert list(table.by_name["at.city"].values) == ["Ulm", None], name
    assert list(read(tmp_path, "c.jsonl", shapes["c.jsonl"]).lines) == [1, 2]


def test_parquet_is_read_as_the_same_csv(tmp_path: Path) -> None:
    import duckdb

    duckdb.connect().execute(
        f"COPY (SELECT i AS n, (i * 1.25)::DECIMAL(9,2) AS price, DATE '2024-01-01' + i::INT AS day, i % 2 = 0 AS even "
        f"FROM range(50) r(i)) TO '{tmp_path}/x.parquet' (FORMAT parquet)"
    )
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    table = read_table(Workspace(tmp_path), "x.parquet", scratch)
    assert list(table.by_name["price"].values) == [Decimal(i * 125) / 100 for i in range(50)]
    assert table.by_name["day"].values[3] == datetime(2024, 1, 4) and table.by_name["day"].kind == "date"
    assert table.by_name["even"].values[:2] == [True, False]


def test_a_hundred_thousand_rows_are_exact(tmp_path: Path) -> None:
    dice = random.Random(7)
    cents = [dice.randint(1, 10**7) for _ in range(100_000)]
    body = "".join(
        f"{i},{date(2023, 1, 1) + timedelta(days=i % 700)},r{i % 7},{c / 100:.2f}\n" for i, c in enumerate(cents)
    )
    before = time.process_time()
    table = read(tmp_path, "x.csv", "id,day,region,amount\n" + body)
    assert time.process_time() - before < 30  # about 1.5 s on an idle core; this bound is for quadratic work
    amounts = table.by_name["amount"].values
    assert sum(value for value in amounts if isinstance(value, Decimal)) * 100 == sum(cents)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.csv", b""),
        ("x.csv", b"\0\1\2\3" * 1000),
        ("x.csv", b"a,b\n"),
        ("x.csv", b'a,b\n"' + b"x" * 2_000_000 + b"\n"),
        ("x.csv", b"a" * 5_000_000),
        ("x.json", b"[" * 200_000),
        ("x.json", b'{"a": '),
        ("x.json", b'{"name": "no table"}'),
        ("x.parquet", b"PAR1 and then nothing PAR1"),
        ("x.csv", b"a,b\n" + b"," * 2_000_000),
        ("x.csv", "\ufeff".encode("utf-16") + b"\0"),
    ],
)
def test_what_is_no_table_is_refused_with_its_name(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(GenesisError) as refused:
        read(tmp_path, name, content)
    assert isinstance(refused.value, FileInvalid | RequestInvalid)
    assert refused.value.message.startswith(name)


def test_a_link_out_of_the_workspace_is_no_table(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out.csv"
    inside.mkdir()
    outside.write_text("a,b\n1,2\n")
    (inside / "x.csv").symlink_to(outside)
    with pytest.raises(NotFound):
        read_table(Workspace(inside), "x.csv", tmp_path)


@pytest.mark.parametrize(
    "text", ["1" * 63, "1," * 31, "(" * 60, "€" * 60, "9 " * 32, "1.000.000.000.000.000.000.000.000,000"]
)
def test_hostile_numbers_are_answered_quickly(text: str) -> None:
    before = time.process_time()
    for _ in range(200):
        parse_number(text, ".")
    assert time.process_time() - before < 2
