"""What looks like a credential and is none: placeholders, masks, references, halves, public twins.

A redactor that touches these makes logs and documents unreadable, and is switched off by the people who read them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random

from tests.security.redact.secrets.chars import (
    BASE62,
    BECH32,
    HEX,
    LOWER36,
    URL64,
    Fill,
    base64_of,
    some,
    url64_of,
    uuid,
)
from tests.security.redact.secrets.contexts import CONTEXTS, place, suits
from tests.security.redact.secrets.escapes import camel, moment, percent, plain, snake, upper
from tests.security.redact.secrets.sample import Form, Kind, Sample


@dataclass(frozen=True)
class NearMiss:
    kind: str
    what: str
    text: str


def repeat(word: str) -> Fill:
    return lambda alphabet, length: (word * length)[:length]


FILLS: dict[str, Fill] = {
    "filled with x": repeat("x"),
    "filled with X": repeat("X"),
    "masked": repeat("*"),
    "filled with zeros": repeat("0"),
    "filled with dots": repeat("."),
}


def _words(kind: Kind) -> str:
    return kind.name.replace("_", " ")


PLACEHOLDERS: dict[str, Callable[[Random, str], str]] = {
    "angle brackets": lambda rng, words: rng.choice(
        [f"<your-{words.replace(' ', '-')}>", f"<{upper(words)}>", "<token>"]
    ),
    "your": lambda rng, words: rng.choice([f"your_{snake(words)}_here", f"YOUR_{upper(words)}", "your-key-here"]),
    "shell variable": lambda rng, words: rng.choice([f"${{{upper(words)}}}", f"${upper(words)}"]),
    "template": lambda rng, words: rng.choice(
        [f"{{{{ {snake(words)} }}}}", f"{{{snake(words)}}}", f"%({snake(words)})s"]
    ),
    "workflow secret": lambda rng, words: f"${{{{ secrets.{upper(words)} }}}}",
    "redacted": lambda rng, words: rng.choice([f"[REDACTED:{snake(words)}:{some(rng, HEX, 8)}]", "[REDACTED]", "***"]),
    "stars": lambda rng, words: "*" * rng.randint(4, 24),
    "dots": lambda rng, words: "...",
    "nothing": lambda rng, words: rng.choice(["null", "none", "false"]),
}


def _references(rng: Random, words: str) -> str:
    low, big, mixed = snake(words), upper(words), camel(words)
    return rng.choice(
        [
            f'{low} = os.environ["{big}"]',
            f'{low} = os.getenv("{big}", "")',
            f"const {mixed} = process.env.{big};",
            f"    {low}=settings.{low},",
            f'{low} = config.get("{low}")',
            f"def connect(host: str, {low}: str) -> Client:",
            f"    {low}: str | None = None",
            f"if not {low}:\n    raise ValueError('{low} is missing')",
            f'String {mixed} = System.getenv("{big}");',
            f"{low} = vault.read(path)",
            f"{moment(rng)} WARN app: {words} not set, using none",
            f'  "{low}": {{"type": "string", "description": "the {words}"}},',
            f"{low}={low}",
            f"        self.{low} = {low}",
        ]
    )


def _public_block(label: str) -> Callable[[Random], str]:
    def make(rng: Random) -> str:
        body = base64_of(294)(rng)
        lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
        return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----"

    return make


# What its owner may show to everybody, and looks much the same.
PUBLIC: dict[str, Callable[[Random], str]] = {
    "rsa_private_key": _public_block("RSA PUBLIC KEY"),
    "ec_private_key": _public_block("CERTIFICATE"),
    "dsa_private_key": _public_block("CERTIFICATE REQUEST"),
    "pkcs8_private_key": _public_block("PUBLIC KEY"),
    "pgp_private_key": _public_block("PGP PUBLIC KEY BLOCK"),
    "openssh_private_key": lambda rng: f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{some(rng, BASE62, 43)} dev@laptop",
    "jwk_private_key": lambda rng: f'{{"kty": "OKP", "crv": "Ed25519", "x": "{some(rng, URL64, 43)}", "use": "sig"}}',
    "age_secret_key": lambda rng: "age1" + some(rng, BECH32, 58),
    "bip32_xprv": lambda rng: "txid: " + some(rng, HEX, 64),
    "ethereum_private_key": lambda rng: "to: 0x" + some(rng, HEX, 40),
    "wireguard_private_key": lambda rng: f"PublicKey = {base64_of(32)(rng)}",
    "aws_access_key_id": lambda rng: "arn:aws:iam::" + some(rng, "0123456789", 12) + ":role/AKIA-rotation",
    "gcp_oauth_client_secret": lambda rng: (
        f"{some(rng, '123456789', 12)}-{some(rng, LOWER36, 32)}.apps.googleusercontent.com"
    ),
    "jwt": lambda rng: url64_of('{"cursor":12,"after":"2026-03-01"}'),
    "slack_webhook_url": lambda rng: "https://hooks.slack.com/services/",
    "discord_webhook_url": lambda rng: "https://discord.com/api/webhooks/{id}/{token}",
    "url_password": lambda rng: f"https://deploy@git.example.com/team/app.git?ref={some(rng, HEX, 40)}",
    "postgres_dsn": lambda rng: "postgres://localhost:5432/orders",
    "redis_dsn": lambda rng: "redis://cache-01:6379/0",
    "amqp_dsn": lambda rng: "amqp://mq.example.org:5672/orders",
    "mongodb_dsn": lambda rng: "mongodb://a1.internal:27017,a2.internal:27017/?replicaSet=rs0",
    "session_cookie": lambda rng: "Set-Cookie: theme=dark; Path=/; Max-Age=31536000",
    "basic_auth_header": lambda rng: 'WWW-Authenticate: Basic realm="Restricted area"',
    "bearer_auth_header": lambda rng: 'WWW-Authenticate: Bearer error="invalid_token"',
    "otpauth_secret": lambda rng: "otpauth://totp/ is the scheme of one-time passwords",
}


def near_misses(kind: Kind, rng: Random) -> Iterator[NearMiss]:
    """About twenty for each kind, each in a place that suits the kind."""
    suited = [context for context in CONTEXTS if suits(context, kind, kind.sample(rng))]

    def stand(what: str, sample: Sample) -> NearMiss:
        context = rng.choice(suited)
        if context.encode is percent:  # nobody escapes a placeholder in an address
            context = replace(context, encode=plain)
        return NearMiss(kind.name, what, place(context, sample, rng).text)

    if kind.form is not Form.BLOCK:
        for what, fill in FILLS.items():
            yield stand(what, kind.lookalike(rng, fill))
        for what, make in PLACEHOLDERS.items():
            yield stand(what, kind.around(rng, make(rng, _words(kind))))
    if kind.form is Form.VALUE:
        head = kind.pieces[0] if isinstance(kind.pieces[0], str) else ""
        yield stand("cut short", kind.around(rng, f"{head}{some(rng, LOWER36, 4)}{rng.choice(['...', '…'])}"))
        yield stand("masked but for its end", kind.around(rng, f"{head}{'*' * 12}{some(rng, LOWER36, 4)}"))
        yield stand("example", kind.around(rng, f"{head}EXAMPLE{'_' if '_' in head else '-'}EXAMPLE"))
        words = rng.choice(kind.beside) if kind.beside else _words(kind)
        for _ in range(4):
            yield NearMiss(kind.name, "reference", _references(rng, words))
        yield NearMiss(kind.name, "uuid", f"{moment(rng)} INFO request_id={uuid(rng)} status=200")
        yield NearMiss(kind.name, "git hash", f"commit {some(rng, HEX, 40)}\n    Rotate the {words}")
    if kind.form is Form.BLOCK:
        yield stand("empty block", kind.around(rng, "..."))
        yield stand("block of words", kind.around(rng, "<your private key>"))
    if make_public := PUBLIC.get(kind.name):
        yield NearMiss(kind.name, "public", make_public(rng))
