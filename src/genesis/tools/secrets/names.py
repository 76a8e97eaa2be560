"""Secrets known by what they are called: `SESSION_SECRET = "..."`, `password: ...`, `getenv("TOKEN", "...")`.

The name must end in a word for a secret, and the value must look like one: not a word of a language, a field's name, a
path, a template, a hash or an example. Precision comes first: what is doubtful is left to the reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from genesis.tools.secrets.formats import PLACEHOLDER, Hit, entropy

# Searched from the last word of the name on, and the rest of the name is then read backwards: a pattern that began
# with the name would be tried at every word of a hostile text.
TAIL = r"(?P<tail>pass(?:word|wd|phrase)?|pwd|secrets?|token|key|credentials?)"
VALUE = r"\s{0,20}[rbuRBU]{0,2}(?P<quote>[\"'`])(?P<value>[^\"'`\r\n]{8,400})(?P=quote)"
ANNOTATION = r"(?:\s{0,4}:\s{0,4}[A-Za-z][A-Za-z\[\]|., ]{0,40})?"
QUOTED = re.compile(
    rf"{TAIL}[\"']?\]?(?:{ANNOTATION}\s{{0,20}}(?:={{1,3}}|!=)|\s{{0,20}}(?:=>|:=|:)){VALUE}", re.IGNORECASE
)
DEFAULT = re.compile(rf"{TAIL}[\"']\s{{0,10}},\s{{0,10}}(?:default\s{{0,4}}=)?{VALUE}", re.IGNORECASE)
BARE = re.compile(
    rf"{TAIL}[\"']?[ \t]{{0,8}}[:=][ \t]{{0,8}}(?P<value>[^\s\"'`#,;]{{8,400}})(?=[ \t]{{0,40}}(?:#|\r|\n|$))",
    re.IGNORECASE,
)
ELEMENT = re.compile(rf"{TAIL}>(?P<value>[^<>\s]{{8,400}})</", re.IGNORECASE)
BEARER = re.compile(r"(?P<tail>bearer)\s(?P<value>[A-Za-z0-9+/=._~-]{20,400})(?![A-Za-z0-9])", re.IGNORECASE)

BARE_FILES = re.compile(
    r"(?:.*/)?(?:\.env(?:\.[\w-]+)?|\.flaskenv|\.netrc|\.npmrc|\.pypirc|\.pgpass|Dockerfile[\w.-]*"
    r"|[\w.-]+\.(?:ya?ml|ini|cfg|conf|properties|sh|bash|zsh|env|tfvars|service))"
)
GATE = re.compile(r"pass|pwd|secret|token|key|credential|bearer", re.IGNORECASE)
LOOKUP = re.compile(r"(?:get|getenv|setdefault|config|env|str|secret)\(\s{0,10}[\"'][\w.-]{0,80}$", re.IGNORECASE)

LAST = frozenset({
    "password", "passwd", "passphrase", "pwd", "pass", "secret", "secrets", "token", "credential", "credentials",
})  # fmt: skip
KEYS = frozenset({
    "api", "access", "secret", "private", "auth", "signing", "encryption", "master", "service", "account", "hmac",
    "jwt", "app", "client",
})  # fmt: skip
JOINED = re.compile(
    r"(?:api|secret|access|private)key|(?:db|user|admin|root|my|smtp|mail|login)(?:password|passwd|pass|pwd|secret)"
)

REFERENCE = re.compile(
    r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+(?:\(.*)?|[A-Za-z_]\w*\(.*|[\[({@&|!^].*|[~/.]?/.*|\\.*|[a-z][a-z0-9+.-]*:.*|"
    r".*\.(?:json|ya?ml|txt|pem|key|crt|py|js|html?|svg|png|css|md)|#[0-9a-f]{3,8}|[\d.,:_-]+|[\w.+-]+@[\w-]+\.[\w.-]+|"
    r"[$]?\w{1,20}[$]\w+[$=].*",  # the last two: an address of mail, a hash with its algorithm and salt
    re.IGNORECASE,
)
UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
TRIAL = re.compile(r"test|demo|local|default|\bdev\b|hunter2|letmein|admin|guest|correct.?horse", re.IGNORECASE)


def find_by_name(text: str, file: str = "") -> Iterator[Hit]:
    """Values that are named as secrets. Where the file's format needs no quotes, bare values count too."""
    if not GATE.search(text):
        return
    bare = [BARE] if not file or BARE_FILES.fullmatch(file) else []
    seen = set[tuple[int, int]]()
    for pattern in (QUOTED, DEFAULT, ELEMENT, BEARER, *bare):
        for found in pattern.finditer(text):
            before = text[max(0, found.start() - 80) : found.start()]
            if pattern is DEFAULT and not LOOKUP.search(before):
                continue
            name = re.search(r"[A-Za-z0-9_.-]{0,80}$", before)
            kind = plausible((name[0] if name else "") + found["tail"], found["value"])
            span = found.span("value")
            if kind and span not in seen:
                seen.add(span)
                yield Hit(kind, *span, False)


def named(name: str) -> str | None:
    """What a name says its value is: password, secret, token or key; None when it says nothing of the kind.

    >>> named("SESSION_SECRET"), named("apiKey"), named("monkey"), named("PASSWORD_HASHERS"), named("bypass")
    ('secret', 'key', None, None, None)
    """
    words = re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower())
    if not words:
        return None
    last = words[-1]
    if last == "bearer":
        return "token"
    if last == "key":
        return "secret" if words[-2:-1] == ["secret"] else "key" if KEYS.intersection(words[-2:-1]) else None
    if last in LAST or JOINED.fullmatch(last):
        kinds = {"pass": "password", "pwd": "password", "token": "token", "key": "key"}
        return next((kind for part, kind in kinds.items() if part in last), "secret")
    return None


def plausible(name: str, value: str) -> str | None:
    """What the value is (password, secret, token, key) if a person would take it for one, else None.

    >>> plausible("DB_PASSWORD", "changeme"), plausible("RESET_TOKEN", "_password_reset_token")
    (None, None)
    """
    word, value = named(name), value.strip()
    if word is None or len(value) < 8 or not value.isascii() or not value.isprintable() or " " in value:
        return None  # prose is a label, a message, a question
    if PLACEHOLDER.search(value) or REFERENCE.fullmatch(value) or UUID.fullmatch(value) or TRIAL.search(value):
        return None
    parts = [part for part in re.split(r"[^a-z0-9]+", value.lower()) if part]
    own = set(re.findall(r"[a-z]{3,}", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()))
    if own.intersection(parts) or GATE.search(value):
        return None  # it names itself
    digits, letters = sum(map(str.isdigit, value)), sum(map(str.isalpha, value))
    if word in ("token", "key"):
        # Both words mean other things too (of a parser, of a dictionary): only random text is believed.
        random = len(value) >= 16 and digits >= 3 and letters >= 3 and entropy(value) >= 3.2
        return word if random and not _is_name(parts) else None
    if digits and letters:
        return word if entropy(value) >= 2.5 and not re.fullmatch(r"[a-z_.]+\d?", value, re.IGNORECASE) else None
    if re.search(r"[^\w\s.:/-]", value) and letters:
        return word if entropy(value) >= 2.8 else None
    # Words alone: a passphrase has several, an identifier is what programs write all day.
    return word if len(parts) >= 4 and "-" in value and len(value) >= 16 else None


def _is_name(parts: list[str]) -> bool:
    """Words, numbers and versions ("large-v2-2024"): a name, not a key."""
    return len(parts) > 1 and all(re.fullmatch(r"[a-z]{1,12}|\d{1,4}|v\d+", part) for part in parts)
