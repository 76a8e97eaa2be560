"""What is taken for a secret by its name, and what is not: precision is what makes people read the findings."""

from __future__ import annotations

import random
import string
from pathlib import Path

import pytest

from genesis.clock import SystemClock
from genesis.security.workspace import Workspace
from genesis.tools.scan_secrets import ScanSecretsInput, ScanSecretsOutput, scan_secrets
from genesis.tools.secrets.formats import entropy
from genesis.tools.secrets.search import mask, search
from genesis.tools.tool import ToolContext


def made(seed: int, size: int = 20) -> str:
    """Random text with letters and digits."""
    rng = random.Random(seed)
    return "a7" + "".join(rng.choices(string.ascii_letters + string.digits, k=size - 5)) + "k3Z"


async def scan(root: Path) -> ScanSecretsOutput:
    context = ToolContext(workspace=Workspace(root), scratch=root, key="k", clock=SystemClock())
    return await scan_secrets.run(ScanSecretsInput(), context)


NAMED = [
    'PASSWORD = "{}"',
    'db_password: str = "{}"',
    "settings['secret_key'] = '{}'",
    'connect(host, password="{}")',
    '{{"client_secret": "{}"}}',
    'if given_password == "{}":',
    'os.environ.get("API_TOKEN", "{}")',
    'KEY = getenv("SECRET_KEY", default="{}")',
    'const apiKey = "{}";',
    "<password>{}</password>",
    'headers = {{"Authorization": "Bearer {}"}}',
    'url = "postgres://shop:{}@db.internal.corp/shop"',
]


@pytest.mark.parametrize("line", NAMED)
def test_a_secret_is_known_by_its_name(line: str) -> None:
    value = made(1)
    text = line.format(value)
    (hit,) = search(text, "app.py")
    assert text[hit.start : hit.end] == value
    assert value not in mask(text, "app.py")


@pytest.mark.parametrize(
    ("file", "line"),
    [
        (".env", "DB_PASSWORD={}"),
        ("c.yaml", "  password: {}"),
        ("x.ini", "secret = {}"),
        ("Dockerfile", "ENV API_TOKEN={}"),
    ],
)
def test_where_quotes_are_not_needed_bare_values_count(file: str, line: str) -> None:
    assert len(search(line.format(made(2)), file)) == 1


@pytest.mark.parametrize(
    "line",
    [
        'PASSWORD = "changeme-please-1"',
        'PASSWORD = "${DB_PASSWORD_1}"',
        'PASSWORD = os.environ["DB_PASSWORD_2"]',
        'password = "<your password 123>"',
        'RESET_TOKEN = "_password_reset_token"',
        'TOKEN_TYPE = "bearer-token-2"',
        'PASSWORD_HASHER = "django.contrib.auth.hashers.PBKDF2PasswordHasher"',
        'password_label = "Enter 2 passwords"',
        'password = "Your password must have 8 characters"',
        'SECRET_FILE = "/run/secrets/db1"',
        'secret = "../keys/secret1.pem"',
        'password: "sha256$12$abcdefgh$0123456789abcdef"',
        'monkey = "a7f3k29dk2l3k4j5"',
        'bypass = "a7f3k29dk2l3k4j5"',
        'CACHE_KEY = "user-profile-v2-2024"',
        'token = "NEWLINE_2"',
        'session_token = "123e4567-e89b-12d3-a456-426614174000"',
        'max_tokens = "4096"',
        'api_key = "test-key-1234567"',
        'url = "https://user:password@example.com/1"',
        'url = "postgres://postgres:postgres@localhost:5432/app"',
        'key = "0123456789abcdef0123456789abcdef"',
        'password = "xxxxxxxxxxxx1"',
        'password="alice@shop.org"',
        'DB_PASSWORD = "localbox4711"',
        'SESSION_SECRET = "session-42x-store9"',
        'PASSWORD = "hash_pass_v2_x9"',
    ],
)
def test_what_only_looks_like_a_secret_is_left_alone(line: str) -> None:
    assert search(line, "app.py") == []


def test_a_passphrase_of_words_is_a_secret_and_a_slug_is_not() -> None:
    assert [hit.kind for hit in search('SESSION_SECRET = "amber-willow-river-stone"', "a.py")] == ["secret"]
    assert search('SESSION_SECRET = "amber-willow"', "a.py") == []


@pytest.mark.parametrize("seed", range(20))
def test_masking_leaves_nothing_of_the_value_and_all_of_the_rest(seed: int) -> None:
    value = made(seed, 30)
    line = random.Random(seed).choice(NAMED)
    masked = mask(line.format(value), "app.py")
    before, after = line.format("\0").split("\0")
    assert masked.startswith(before) and masked.endswith(after)
    assert not any(value[at : at + 6] in masked for at in range(len(value) - 5))


def test_a_format_without_randomness_is_an_example() -> None:
    assert search("ghp_" + "x" * 36) == []
    assert search("AKIA" + "IOSFODNN7" + "EXAMPLE") == []
    assert len(search("ghp_" + made(3, 36))) == 1


async def test_every_text_is_scanned_whatever_its_encoding_and_line_ends(tmp_path: Path) -> None:
    line = f'PASSWORD = "{made(5)}"'
    (tmp_path / "a.py").write_bytes(f"# é\r\n\r{line}\n".encode("latin-1"))
    (tmp_path / "b.py").write_bytes(f"# é\n{line}\n".encode())
    (tmp_path / "c.bin").write_bytes(b"\0" + line.encode())
    (tmp_path / "d.lock").write_bytes(line.encode())
    found = await scan(tmp_path)
    assert [(one.file, one.line, one.column) for one in found.secrets] == [("a.py", 3, 13), ("b.py", 2, 13)]
    assert found.scanned == 2


async def test_key_stores_and_environments_are_files_not_to_commit(tmp_path: Path) -> None:
    (tmp_path / "keys.p12").write_bytes(b"\0")
    (tmp_path / ".env").write_text("# none\nDEBUG=1\n")
    (tmp_path / ".env.example").write_text("DEBUG=1\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / ".env").write_text("\n")
    found = await scan(tmp_path)
    assert [(one.kind, one.file, one.line, one.ignored) for one in found.files] == [
        ("environment", ".env", 2, False),
        ("key_store", "keys.p12", None, False),
    ]
    (tmp_path / ".gitignore").write_text("*.pyc\n/.env\n")
    assert (await scan(tmp_path)).files[0].ignored


def test_entropy_is_shannons() -> None:
    assert entropy("aaaa") == 0.0
    assert entropy("abcdefgh") == 3.0
