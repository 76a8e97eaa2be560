"""Security against secrets that nobody may see again."""

from __future__ import annotations

import random
import string
from pathlib import Path

import pytest

from genesis.finding import BLOCKING
from tests.agents.conftest import Do, Done
from tests.agents.repositories import assert_quoted, write
from tests.agents.security.planted import GOAL, token

ALPHANUMERIC = string.ascii_letters + string.digits
PROVIDERS = {
    "github_token": ("ghp_", ALPHANUMERIC, 36),
    "gitlab_token": ("glpat-", ALPHANUMERIC, 20),
    "aws_access_key": ("AKIA", string.ascii_uppercase + "234567", 16),
    "stripe_key": ("sk_live_", ALPHANUMERIC, 24),
    "google_api_key": ("AIza", ALPHANUMERIC, 35),
    "npm_token": ("npm_", ALPHANUMERIC, 36),
    "digitalocean_token": ("dop_v1_", "0123456789abcdef", 64),
    "slack_token": ("xoxb-", string.digits, 12),
    "anthropic_key": ("sk-ant-api03-", ALPHANUMERIC, 95),
    "sendgrid_key": ("SG.", ALPHANUMERIC, 22),
}


def provider_secret(rng: random.Random, kind: str) -> str:
    prefix, alphabet, size = PROVIDERS[kind]
    made = prefix + "".join(rng.choices(alphabet, k=size))
    if kind == "slack_token":
        made += "-" + "".join(rng.choices(ALPHANUMERIC, k=24))
    if kind == "sendgrid_key":
        made += "." + "".join(rng.choices(ALPHANUMERIC, k=43))
    return made


def everything(done: Done) -> str:
    return done.result.model_dump_json() + "".join(data.decode() for data in done.files.values())


@pytest.mark.parametrize("seed", [1, 2])
async def test_secrets_are_found_and_never_said(do: Do, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    hidden: dict[tuple[str, int], str] = {}
    files: dict[str, str] = {}
    for number, kind in enumerate(PROVIDERS):
        secret = provider_secret(rng, kind)
        line = rng.randint(1, 9)
        wrap = rng.choice(['client = Client("{}")', "# old: {}", "URL = 'https://example.org/?key={}'"])
        files[f"app/m{number}.py"] = "\n" * (line - 1) + wrap.format(secret) + "\n"
        hidden[f"app/m{number}.py", line] = secret
    password, session = token(rng, 14), token(rng, 30)
    files["config/settings.yaml"] = f"database:\n  host: db\n  password: {password}\n"
    hidden["config/settings.yaml", 3] = password
    files["web/app.js"] = f'const options = {{ apiKey: "{session}", retries: 3 }};\n'
    hidden["web/app.js", 1] = session
    body = "\n".join("".join(rng.choices(ALPHANUMERIC + "+/", k=64)) for _ in range(12))
    dashes = "-" * 5
    files["deploy/id_rsa"] = f"{dashes}BEGIN RSA PRIVATE KEY{dashes}\n{body}\n{dashes}END RSA PRIVATE KEY{dashes}\n"
    hidden["deploy/id_rsa", 2] = body.split("\n")[3]
    done = await do("security", write(tmp_path / "w", files), GOAL)
    secrets = [one for one in done.result.findings if one.kind == "hard_coded_secret"]
    found = {(one.source.file, one.source.line) for one in secrets if one.source}
    key_line = {place for place in found if place[0] == "deploy/id_rsa"}
    assert found - key_line == set(hidden) - {("deploy/id_rsa", 2)}
    assert len(key_line) == 1
    assert {one.severity for one in secrets} <= BLOCKING
    said = everything(done)
    for secret in hidden.values():
        assert secret not in said
        assert secret[-12:] not in said and secret[8:20] not in said
    assert_quoted(done.result, tmp_path / "w")


async def test_a_secret_beside_another_weakness_is_masked_there_too(do: Do, tmp_path: Path) -> None:
    secret = token(random.Random(9), 20)
    code = f"import hashlib\nhashed = hashlib.md5(password); password = '{secret}'\n"
    done = await do("security", write(tmp_path / "w", {"app.py": code}), GOAL)
    assert {one.kind for one in done.result.findings} == {"weak_hash", "hard_coded_secret"}
    assert secret not in everything(done)
    assert "[REDACTED:password]" in everything(done)
