import pytest
from conftest import DUNE, EMMA

from bookshop import __main__ as command
from bookshop import orders, report, settings


@pytest.fixture
def sold(db, anna):
    orders.place(db, anna.id, [(EMMA.isbn, 1), (DUNE.isbn, 2)], "2024-11-01T10:00:00+00:00")
    orders.place(db, anna.id, [(DUNE.isbn, 1)], "2024-11-30T23:59:59+00:00")
    orders.place(db, anna.id, [(DUNE.isbn, 1)], "2024-12-01T00:00:00+00:00")
    orders.cancel(db, orders.place(db, anna.id, [(EMMA.isbn, 1)], "2024-11-02T10:00:00+00:00").id)
    return db


def test_sales_of_a_month(sold):
    assert report.sales(sold, "2024-11") == [
        report.Sale(DUNE.isbn, "Dune", 3, 3297),
        report.Sale(EMMA.isbn, "Emma", 1, 795),
    ]


def test_sales_file(sold, tmp_path):
    path = report.write_sales(sold, "2024-12", tmp_path / "new")
    assert path.read_text().splitlines() == ["isbn,title,copies,revenue_cents", f"{DUNE.isbn},Dune,1,1099"]


def test_a_month_has_one_way_to_be_written(sold, tmp_path):
    for month in ("2024-13", "2024-1", "../../2024-11", ""):
        with pytest.raises(ValueError, match="YYYY-MM"):
            report.write_sales(sold, month, tmp_path)


def test_variables_win_over_defaults():
    config = settings.load(environ={"BOOKSHOP_PORT": "9000", "HOME": "/root"})
    assert (config.port, config.host) == (9000, "127.0.0.1")


def test_unknown_settings_are_refused(tmp_path):
    pytest.importorskip("yaml")
    (tmp_path / "shop.yaml").write_text("prot: 8080\n")
    with pytest.raises(ValueError, match="prot"):
        settings.load(tmp_path / "shop.yaml", environ={})


def test_command_line_from_delivery_to_report(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "books.csv").write_text(f"isbn,title,author,price\n{DUNE.isbn},Dune,Frank Herbert,10.99\n")
    assert command.main(["import", "books.csv"]) == 0
    assert command.main(["receive", DUNE.isbn, "2"]) == 0
    assert command.main(["low"]) == 0
    assert command.main(["sales", "2024-11"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "1 books", "2 on hand", f"{DUNE.isbn} 2 Dune", "reports/sales-2024-11.csv",
    ]  # fmt: skip


def test_command_line_explains_what_is_wrong(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("BOOKSHOP_DATABASE", str(tmp_path / "shop.db"))
    assert command.main(["receive", DUNE.isbn, "2"]) == 2
    assert command.main(["ship", "17"]) == 2
    assert capsys.readouterr().err.splitlines() == [f"bookshop: no book {DUNE.isbn}", "bookshop: no order 17"]
