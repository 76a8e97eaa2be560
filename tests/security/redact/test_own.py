"""What a process was started with, and what it issues, is known to be secret wherever it stands."""

from __future__ import annotations

import base64
import random
from pathlib import Path

import pytest

from genesis.security.edge.apikeys import ApiKeys
from genesis.security.redact.own import secrets_of
from genesis.security.redact.redactor import Redactor
from tests.security.redact.texts import characters, password, private_key

RANDOM = random.Random(11)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPENAI_API_KEY", "sk-" + characters(RANDOM, 48)),
        ("AWS_SECRET_ACCESS_KEY", "/" + characters(RANDOM, 38) + "/"),
        ("GENESIS_KEY", f"gk_{characters(RANDOM, 12, '0123456789abcdef')}_{characters(RANDOM, 43)}"),
        ("GENESIS_ADMIN_KEY", characters(RANDOM, 43)),
        ("DATABASE_PASSWORD", password(RANDOM)),
        ("SMTP_PASSWORD", "four words one blank"),
        ("GITHUB_TOKEN", "ghp_" + characters(RANDOM, 36)),
    ],
)
def test_values_of_secret_names_are_found_bare_and_encoded(name: str, value: str) -> None:
    redactor = Redactor(b"k", secrets_of({name: value}))
    for text in (value, base64.b64encode(f"a:{value}".encode()).decode(), value.encode().hex()):
        told = redactor.redact(f"saw {text} there")
        assert "[REDACTED:" in told and text[4:] not in told and told.endswith("there"), told


def test_a_password_within_an_address_is_known_alone() -> None:
    secret = password(RANDOM).replace("#", "-")
    assert list(secrets_of({"DATABASE_URL": f"postgresql://app:{secret}@db/app"})) == [secret]


@pytest.mark.parametrize("end", ["\n", "\\n"])
def test_each_line_of_a_private_key_is_known_and_its_marks_are_not(end: str) -> None:
    key = private_key(RANDOM)
    redactor = Redactor(b"k", secrets_of({"TLS_KEY": key.replace("\n", end)}))
    first, *body, last = key.split("\n")
    assert all("[REDACTED:registered:" in redactor.redact(f"x {line} y") for line in body)
    assert redactor.redact(f"x {first} y") == f"x {first} y" and redactor.redact(last) == last


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DB_PASSWORD", "postgres"),  # a word that stands in any log
        ("DB_PASSWORD", "a1!b2"),
        ("USE_TOKEN", "true"),
        ("API_KEY_FILE", "/run/secrets/key-1a2b3c4d5e"),
        ("DB_PASSWORD", "/run/secrets/db_password"),
        ("SSH_KEY", "~/.ssh/id_ed25519"),
        ("PWD", "/srv/x0/y1/Zq9"),
        ("SSH_AUTH_SOCK", "/run/user/1000/keyring/ssh"),
        ("DB_PASSWORD", "${FROM_VAULT}"),
        ("API_TOKEN", "your-token-here"),
        ("MAX_TOKENS", "40961234"),
        ("LANG", "en_GB.UTF-8"),
        ("PATH", "/usr/local/bin:/usr/bin:/bin"),
    ],
)
def test_what_is_plainly_no_secret_is_not_registered(name: str, value: str) -> None:
    assert list(secrets_of({name: value})) == []


def test_bytes_are_known_as_they_are_written() -> None:
    key = RANDOM.randbytes(32)
    redactor = Redactor(b"k")
    redactor.register(key)
    for text in (key.hex(), key.hex().upper(), base64.b64encode(key).decode(), base64.urlsafe_b64encode(key).decode()):
        assert redactor.redact(f"pepper {text}.") in (
            f"pepper {mark}." for mark in [redactor.redact(text)] if mark.startswith("[REDACTED:registered:")
        )


def test_our_own_api_keys_are_known_by_their_form(tmp_path: Path) -> None:
    keys = ApiKeys(tmp_path, lambda: 1_000.0)
    for number in range(20):
        _, shown = keys.make(f"user{number}", tenant="t", scopes=("run",))
        for text in ("see {} there", "note={}&b=2", '{{"a": "{}"}}', "curl -H 'X: {}'", "{}"):
            told = Redactor(b"k").redact(text.format(shown))
            assert shown[3:] not in told and shown[-43:] not in told and "genesis_api_key:" in told, told
    assert "[REDACTED" not in Redactor(b"k").redact("gk_0123456789ab and gk_short_one, sprint_gk_backlog")
