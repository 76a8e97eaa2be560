import pytest
from conftest import NOW

from bookshop import accounts


def test_email_is_stored_in_lower_case(db, password):
    assert accounts.register(db, " Bo@Example.org ", password, "Bo").email == "bo@example.org"


def test_one_account_per_email(db, anna, password):
    with pytest.raises(ValueError, match="there is an account"):
        accounts.register(db, "ANNA@example.org", password, "elsewhere")


def test_bad_email_and_short_password_are_refused(db, password):
    with pytest.raises(ValueError, match="email"):
        accounts.register(db, "nobody", password, "nowhere")
    with pytest.raises(ValueError, match="10 characters"):
        accounts.register(db, "bo@example.org", password[:9], "nowhere")


def test_the_password_itself_is_not_stored(db, anna, password):
    row = db.execute("SELECT salt, password_hash FROM customer").fetchone()
    assert password not in (row["salt"], row["password_hash"])
    assert accounts.hash_password(password, row["salt"]) == row["password_hash"]
    assert accounts.hash_password(password, "other salt") != row["password_hash"]


def test_login_gives_a_session(db, anna, password):
    assert accounts.who_is(db, accounts.log_in(db, anna.email, password, NOW), NOW) == anna


def test_wrong_password_and_unknown_email_get_the_same_answer(db, anna, password):
    with pytest.raises(accounts.Denied, match="unknown email or wrong password"):
        accounts.log_in(db, anna.email, password + "x", NOW)
    with pytest.raises(accounts.Denied, match="unknown email or wrong password"):
        accounts.log_in(db, "bo@example.org", password, NOW)


def test_a_session_ends_after_twelve_hours(db, anna, password):
    token = accounts.log_in(db, anna.email, password, NOW)
    assert accounts.who_is(db, token, NOW + 12 * 3600 - 1) == anna
    with pytest.raises(accounts.Denied, match="expired"):
        accounts.who_is(db, token, NOW + 12 * 3600)


def test_a_changed_session_is_refused(db, anna, password):
    token = accounts.log_in(db, anna.email, password, NOW)
    for forged in ("", "2" + token[1:], token[:-1], token + "0"):
        with pytest.raises(accounts.Denied, match="not a session"):
            accounts.who_is(db, forged, NOW)
