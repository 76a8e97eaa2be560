from conftest import DUNE, EMMA

import bookshop


def test_health_tells_the_version(call):
    assert call("GET", "/health") == (200, {"status": "ok", "version": bookshop.__version__})


def test_unknown_page_and_method(call):
    assert call("GET", "/nowhere")[0] == 404
    status, answer = call("DELETE", "/orders")
    assert (status, answer["error"]) == (405, "method_not_allowed")


def test_search(call):
    status, answer = call("GET", "/books", query="q=austen")
    assert status == 200
    assert [book["title"] for book in answer] == ["Emma"]


def test_a_book_with_its_stock(call):
    assert call("GET", f"/books/{DUNE.isbn}")[1]["on_hand"] == 5
    assert call("GET", "/books/9780306406157")[0] == 404
    assert call("GET", "/books/12")[0] == 400


def test_open_account_and_log_in(call, password):
    person = {"email": "bo@example.org", "password": password, "address": "Bo, Short Street 1"}
    assert call("POST", "/accounts", person)[0] == 201
    assert call("POST", "/accounts", person)[0] == 400
    assert call("POST", "/sessions", person)[0] == 201
    assert call("POST", "/sessions", {**person, "password": "something else"})[0] == 401


def test_order_and_history(call, token):
    lines = [{"isbn": DUNE.isbn, "quantity": 1}]
    status, order = call("POST", "/orders", {"lines": lines}, token)
    assert (status, order["total_cents"]) == (201, 1099 + 350)
    assert order["placed_at"] == "2024-11-01T10:00:00+00:00"
    assert call("GET", "/orders", token=token) == (200, [order])


def test_order_from_a_kept_basket(call, token):
    status, kept = call("POST", "/baskets", {"lines": [{"isbn": EMMA.isbn, "quantity": 2}]})
    assert status == 201
    assert call("POST", "/orders", kept, token)[1]["lines"] == [[EMMA.isbn, 2]]


def test_order_without_a_session(call):
    assert call("POST", "/orders", {"lines": []})[0] == 401


def test_order_beyond_stock(call, token):
    status, answer = call("POST", "/orders", {"lines": [{"isbn": EMMA.isbn, "quantity": 3}]}, token)
    assert (status, answer["error"]) == (409, "out_of_stock")


def test_order_beyond_stock_on_two_lines(call, token):
    lines = [{"isbn": EMMA.isbn, "quantity": 1}, {"isbn": EMMA.isbn, "quantity": 2}]
    refused, _ = call("POST", "/orders", {"lines": lines}, token)
    assert refused == 409


def test_only_administrators_add_books_and_make_reports(call, db, anna, token):
    book = {"isbn": "9780306406157", "title": "Physics", "author": "A. Writer", "price_cents": 1200}
    assert call("POST", "/books", book, token)[0] == 403
    db.execute("UPDATE customer SET is_admin = 1 WHERE id = ?", (anna.id,))
    assert call("POST", "/books", book, token) == (201, book)
    assert call("POST", "/reports", {"month": "2024-11"}, token) == (201, {"file": "sales-2024-11.csv"})


def test_bodies_that_are_no_use(call):
    assert call("POST", "/accounts", [])[0] == 400
    assert call("POST", "/accounts", {"email": "bo@example.org"})[0] == 400
    assert call("POST", "/accounts", {"email": "x" * 70_000})[0] == 413
