import pytest
from conftest import DUNE, EMMA, MIDDLEMARCH

from bookshop import catalog, storage


def test_isbn_loses_its_hyphens():
    assert catalog.check_isbn("978-0-441-01359-3") == DUNE.isbn


@pytest.mark.parametrize("isbn", ["9780441013594", "044101359X"])
def test_wrong_isbn_is_refused(isbn):
    with pytest.raises(ValueError, match="ISBN|check digit"):
        catalog.check_isbn(isbn)


def test_a_known_book_gets_its_new_price(db):
    catalog.add_book(db, catalog.Book(DUNE.isbn, "Dune", "Frank Herbert", 1299))
    assert catalog.find_book(db, DUNE.isbn).price_cents == 1299


def test_a_book_without_title_or_with_negative_price_is_refused(db):
    with pytest.raises(ValueError, match="title"):
        catalog.add_book(db, catalog.Book(DUNE.isbn, " ", "Frank Herbert", 1))
    with pytest.raises(ValueError, match="negative"):
        catalog.add_book(db, catalog.Book(DUNE.isbn, "Dune", "Frank Herbert", -1))


def test_unknown_book(db):
    with pytest.raises(storage.NotFound, match="9780306406157"):
        catalog.find_book(db, "9780306406157")


def test_search_finds_titles_and_authors(db):
    assert catalog.search_books(db, "dun") == [DUNE]
    assert catalog.search_books(db, "austen") == [EMMA]
    assert catalog.search_books(db, "nothing of the kind") == []


def test_search_without_text_lists_all_by_title(db):
    assert catalog.search_books(db, "") == [DUNE, EMMA, MIDDLEMARCH]


def test_import_reads_prices_in_euros(db):
    lines = ["isbn,title,author,price", "978-0-306-40615-7,Physics,A. Writer,12.5", "9780141439518,Pride,Austen,8"]
    assert catalog.import_books(db, lines) == 2
    assert catalog.find_book(db, "9780306406157").price_cents == 1250
    assert catalog.find_book(db, "9780141439518").price_cents == 800
