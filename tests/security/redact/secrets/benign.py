"""Lines of logs and of code with nothing secret in them, of the shapes that redactors trip over."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.security.redact.secrets.chars import BASE62, HEX, LOWER36, UPPER36, base64_of, name, some, uuid
from tests.security.redact.secrets.escapes import moment, trace_id

Shape = Callable[[Random], str]


def _sha(rng: Random) -> str:
    return some(rng, HEX, 40)


def _sha256(rng: Random) -> str:
    return some(rng, HEX, 64)


def _address(rng: Random) -> str:
    if rng.random() < 0.3:
        return f"2001:db8:{rng.randrange(16**4):x}:{rng.randrange(16**4):x}::{rng.randrange(16**4):x}"
    return ".".join(str(rng.randrange(1, 255)) for _ in range(4))


def _path(rng: Random) -> str:
    return "/" + "/".join(rng.choice(PARTS) for _ in range(rng.randint(2, 5)))


PARTS = ("srv", "app", "v2", "items", "orders", "static", "users", "node_modules", "site-packages", "keys", "tokens")
MESSAGES = (
    "token bucket refilled", "password reset page shown", "secret santa draw finished", "authentication succeeded",
    "key not found in cache", "session expired", "credentials provider chosen: environment", "access denied for role",
    "refreshed the token cache", "no api key configured", "passwordless login enabled", "private key permissions ok",
    "rotated 3 secrets", "cookie banner dismissed", "the bearer of this ticket", "basic authorization checks passed",
)  # fmt: skip
CODE = (
    "max_tokens: 4096", "max_token: 4096", "token_count = len(tokens)", "monkey = 'see-monkey-do-2026'",
    "keyboard = Keyboard(layout='qwertz')", "public_key = load_public_key(path)", "primary_key=True, nullable=False",
    "foreign_key='orders.customer_id'", "key=lambda item: item.created_at", "sort_key = 'created_at_descending'",
    "def tokenize(text: str) -> list[str]:", "password_min_length = 12", "PASSWORD_HASHERS = ['argon2', 'bcrypt']",
    "secret_name = 'orders-database'", "api_key_header = 'X-API-Key'", "auth_token_ttl_seconds = 3600",
    "passwd_file = '/etc/passwd'", "session_timeout: 30m", "author: Alice Example <alice@example.com>",
    "authority = 'https://login.example.com/common'", "tokenizer.add_special_tokens({'pad_token': '[PAD]'})",
    "cache_key = f'{tenant}:{user}:{page}'", "keys = sorted(mapping.keys())", "partition_key: customer_id",
    "Ctrl+Shift+K opens the command palette", "press ctrl+alt+delete, then cmd+shift+p", "keydown: ArrowLeft",
    "return credentials.is_valid and not credentials.expired", "const accessToken = await getAccessToken();",
    "secretKeyRef: {name: orders, key: password}", "token_type: bearer", "grant_type=client_credentials",
    "from cryptography.hazmat.primitives import hashes", "import { useSession } from 'next-auth/react'",
    "password: str = Field(min_length=12)", "assert response.json()['token_type'] == 'bearer'",
    "<input type='password' name='password' autocomplete='current-password'>", "csrf_token: {{ csrf_token() }}",
    "next_page_token = response.get('nextPageToken')", "compass_bearing = 271.5", "stop_tokens: ['</s>', '<|end|>']",
    "pass_rate = passed / total", "passport_number_field = 'document'", "hockey: 3, turkey: 4, donkey: 5",
    "pwd = Path.cwd()", "PWD=/srv/app", "OLDPWD=/home/dev/project", "SSH_AUTH_SOCK=/run/user/1000/keyring/ssh",
)  # fmt: skip


def _json_access(rng: Random) -> str:
    return (
        f'{{"time":"{moment(rng)}","remote":"{_address(rng)}","method":"GET","path":"{_path(rng)}","status":200,'
        f'"bytes":{rng.randrange(10**6)},"request_id":"{uuid(rng)}","trace_id":"{trace_id(rng)}","ua":"curl/8.5.0"}}'
    )


def _combined(rng: Random) -> str:
    return (
        f'{_address(rng)} - {name(rng)} [23/Nov/2026:10:{rng.randrange(60):02}:11 +0000] "GET {_path(rng)}?page='
        f'{rng.randrange(90)}&sort=asc HTTP/1.1" 200 {rng.randrange(10**5)} "https://shop.example.com/" "Mozilla/5.0"'
    )


def _stack(rng: Random) -> str:
    return rng.choice(
        [
            f'  File "{_path(rng)}/auth/token.py", line {rng.randrange(900)}, in refresh_token',
            f"\tat com.example.auth.TokenService.refresh(TokenService.java:{rng.randrange(900)})",
            f"    at Object.getSecret (/app/node_modules/vault/index.js:{rng.randrange(900)}:17)",
            f"KeyError: '{name(rng)}'",
            f"goroutine {rng.randrange(900)} [running]: main.(*Keys).Load(0xc000{some(rng, HEX, 6)}, 0x1f)",
        ]
    )


def _lock(rng: Random) -> str:
    package = f"{name(rng)}-{name(rng)}"
    return rng.choice(
        [
            f"    --hash=sha256:{_sha256(rng)} \\",
            f'      "integrity": "sha512-{base64_of(64)(rng)}",',
            f'checksum = "{_sha256(rng)}"',
            f"github.com/example/{package} v1.4.2 h1:{base64_of(32)(rng)}",
            f'      "resolved": "https://registry.example.org/{package}/-/{package}-2.1.0.tgz#{_sha(rng)}",',
            f"FROM python:3.12-slim@sha256:{_sha256(rng)}",
        ]
    )


def _git(rng: Random) -> str:
    return rng.choice(
        [
            f"commit {_sha(rng)}",
            f"{_sha(rng)[:7]} Rotate the token of the build machine",
            f"index {_sha(rng)[:7]}..{_sha(rng)[:7]} 100644",
            f"Merge: {_sha(rng)[:9]} {_sha(rng)[:9]}",
            f"{_sha(rng)}\trefs/tags/v1.{rng.randrange(90)}.0",
            f"- uses: actions/checkout@{_sha(rng)} # v4",
        ]
    )


def _sql(rng: Random) -> str:
    return rng.choice(
        [
            f"SELECT id, token_count FROM usage WHERE tenant_id = '{uuid(rng)}' LIMIT {rng.randrange(900)};",
            "CREATE TABLE users (id uuid PRIMARY KEY, password_hash text NOT NULL, created_at timestamptz);",
            f"UPDATE runs SET state = 'done' WHERE id = '{trace_id(rng)}' AND attempt = {rng.randrange(9)};",
            f"DELETE FROM sessions WHERE expires_at < '{moment(rng)}';",
            "ALTER TABLE api_keys ADD COLUMN last_used timestamptz;",
        ]
    )


SHAPES: dict[str, Shape] = {
    "message": lambda rng: f"{moment(rng)} INFO app.{name(rng)}: {rng.choice(MESSAGES)} in {rng.randrange(900)} ms",
    "uuid": lambda rng: f"{moment(rng)} DEBUG request_id={uuid(rng)} session_id={uuid(rng)[:8]} finished",
    "trace": lambda rng: f"traceparent: 00-{trace_id(rng)}-{some(rng, HEX, 16)}-01",
    "span": lambda rng: (
        f'{{"trace_id":"{trace_id(rng)}","span_id":"{some(rng, HEX, 16)}","name":"plan","ms":{rng.random():.3f}}}'
    ),
    "logfmt": lambda rng: (
        f'ts={moment(rng)} level=info msg="{rng.choice(MESSAGES)}" correlation_id={trace_id(rng)} n=4'
    ),
    "json access": _json_access,
    "combined": _combined,
    "stack": _stack,
    "lock file": _lock,
    "git": _git,
    "sql": _sql,
    "code": lambda rng: rng.choice(["", "    ", "  "]) + rng.choice(CODE),
    "etag": lambda rng: rng.choice(
        [f'ETag: "{some(rng, HEX, 32)}"', f'ETag: W/"{some(rng, HEX, 8)}-{some(rng, BASE62, 27)}"']
    ),
    "checksum": lambda rng: f"{_sha256(rng)}  dist/genesis-{rng.randrange(9)}.{rng.randrange(9)}.0.tar.gz",
    "md5": lambda rng: f"md5({name(rng)}.csv) = {some(rng, HEX, 32)}",
    "image": lambda rng: f'<img alt="" src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA{base64_of(150)(rng)}">',
    "metric": lambda rng: f'genesis_model_tokens_total{{model="small",arm="stable"}} {rng.randrange(10**7)}',
    "address": lambda rng: (
        f"{moment(rng)} INFO accepted connection from {_address(rng)} port {rng.randrange(1024, 65535)}"
    ),
    "path": lambda rng: f"{moment(rng)} DEBUG read {_path(rng)}/{_sha(rng)[:16]}.json ({rng.randrange(10**6)} bytes)",
    "container": lambda rng: (
        f"{some(rng, HEX, 12)}   web:1.{rng.randrange(90)}   Up 3 hours   0.0.0.0:8080->8080/tcp   {name(rng)}"
    ),
    "kubernetes": lambda rng: f"pod/web-{some(rng, LOWER36, 9)}-{some(rng, LOWER36, 5)}   1/1   Running   0   4d",
    "certificate": lambda rng: "SHA256 Fingerprint=" + ":".join(some(rng, "0123456789ABCDEF", 2) for _ in range(32)),
    "ssh key": lambda rng: f"debug1: Server host key: ssh-ed25519 SHA256:{some(rng, BASE62, 43)}",
    "address of a page": lambda rng: f"https://shop.example.com{_path(rng)}?utm_source=mail&id={uuid(rng)}#top",
    "order": lambda rng: (
        f"order {some(rng, UPPER36, 10)} of customer {rng.randrange(10**8)} shipped, tracking {rng.randrange(10**18)}"
    ),
    "arn": lambda rng: (
        f"arn:aws:secretsmanager:eu-west-1:{some(rng, '0123456789', 12)}:secret:{name(rng)}-{some(rng, BASE62, 6)}"
    ),
    "bucket": lambda rng: (
        f"s3://data-lake/{name(rng)}/year=2026/month=03/part-0000{rng.randrange(9)}-{uuid(rng)}.parquet"
    ),
    "model call": lambda rng: (
        f'{{"max_tokens":4096,"prompt_tokens":{rng.randrange(9000)},"id":"chatcmpl-{some(rng, BASE62, 29)}"}}'
    ),
    "timestamp": lambda rng: (
        f"{moment(rng)} tick {rng.randrange(10**10)} lag={rng.random():.6f} epoch={17 * 10**8 + rng.randrange(10**8)}"
    ),
    "redacted": lambda rng: f"{moment(rng)} INFO using password=*** and token=[REDACTED] for {name(rng)}",
}


def benign_lines(rng: Random, count: int) -> list[tuple[str, str]]:
    """(shape, line), the shapes in turn."""
    shapes = list(SHAPES.items())
    return [(shape, make(rng)) for shape, make in (shapes[at % len(shapes)] for at in range(count))]
