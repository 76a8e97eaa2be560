"""What a name says of its value: `DB_PASSWORD`, `apiKey`, `X-Vault-Token`; not `max_tokens`, `monkey`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

# The last word of a name for a secret, and what may still follow it. As RE2 over bytes, case apart. Values of the
# second are believed only when they are long: people call everything a key or a token.
SURE = (
    r"(?:pass(?:word|wd|phrase|code)?s?|pwd|secret[_.-]?keys?|secrets?|authorization|set-cookie|cookie|authtoken|jsessionid|phpsessid|"
    r"connect\.sid|sessionid|aspsessionid[a-z]{0,8})"
)
DOUBTFUL = r"(?:tokens?|keys?|credentials?|auth)"
KEYWORD = f"(?:{SURE}|{DOUBTFUL})"
SUFFIX = (
    r"(?:[_.-]?(?:[0-9]{1,2}|base|value|data|prod|production|staging|stage|dev|test|live|old|new|primary|secondary|"
    r"admin|raw|plain|b64|base64)|[ ](?:base|data|value))?"
)


class Name(NamedTuple):
    """`kind` of the value, and whether the name alone is enough (`sure`), or the value must look random too."""

    kind: str
    sure: bool


_PASSWORD = Name("password_config", True)
_SECRET = Name("secret_key_config", True)
_KEY = Name("api_key_config", True)
_DOUBTFUL = Name("api_key_config", False)
_COOKIE = Name("session_cookie", True)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SUFFIX = re.compile(SUFFIX + "$", re.IGNORECASE)
# Two words that together name a secret, where the last alone says little.
_SECRET_KEYS = _words(
    "secret signing encryption master private hmac crypt cipher jwt cookie salt session storage account shared"
)
_API_KEYS = _words(
    "api apikey access auth service client app subscription license licence function functions admin rest write ingest "
    "integration server sdk webhook host deploy x consumer"
)
_TOKENS = _words(
    "access auth api refresh bearer id oauth bot user session secret security personal private service app deploy "
    "registration runner job trigger client admin server x authentication authorization csrf push upload write agent "
    "join bootstrap"
)
_COUNTED = _words(
    "max min num n total count input output prompt completion cached per page next prev previous continuation cursor "
    "stop start end eos bos pad unk mask sep cls special first last public primary foreign sort partition cache "
    "idempotency object row map dict hash lookup group routing"
)
_JOINED = re.compile(
    r"(?:(?P<password>\w*(?:password|passwd|passphrase|passcode|pwd)s?)|(?P<secret>\w*secrets?|(?:secret|private|signing|"
    r"encryption|master)_?keys?)|(?P<token>(?:auth|access|api|refresh|bearer|bot|session|personal)_?tokens?|"
    r"(?:api|access|auth|service|client|genie|app|account|subscription|license)_?keys?)|(?P<cookie>jsessionid|phpsessid|sessionid|sid|aspsessionid\w*))$"
)


def words_of(name: str) -> list[str]:
    """`sessionToken2`, `SESSION_TOKEN`, `session-token` -> their words.

    >>> words_of("awsSecretAccessKey"), words_of("X-Api-Key"), words_of("DD_API_KEY")
    (['aws', 'secret', 'access', 'key'], ['x', 'api', 'key'], ['dd', 'api', 'key'])
    """
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return [word.lower() for word in re.findall(r"[A-Za-z]+|[0-9]+", parted)]


@lru_cache(4096)
def judge(name: str) -> Name | None:
    """What `name` says of its value; None: nothing secret.

    >>> judge("DB_PASSWORD"), judge("max_tokens"), judge("monkey"), judge("bypass")
    (Name(kind='password_config', sure=True), None, None, None)
    """
    if name.lower().endswith(("key_id", "keyid")):
        return None
    name = _SUFFIX.sub("", name) or name
    words = words_of(name)
    if not words:
        return None
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if before in _COUNTED and last not in ("password", "passwd", "secret"):
        return None
    if last == "d" or last == "sid":
        return _COOKIE if last == "sid" and before == "connect" else None
    if last in ("cookie", "jsessionid", "phpsessid", "sessionid"):
        return _COOKIE
    if last in ("passphrase", "passphrases"):
        return Name("passphrase_config", True)
    if last in ("password", "passwords", "passwd", "pwd", "passcode", "pass"):
        return _PASSWORD
    if last in ("secret", "secrets"):
        return _SECRET
    if last in ("authorization", "authtoken", "apikey", "apitoken", "accesstoken", "authkey"):
        return _KEY
    if last in ("credential", "credentials", "auth"):
        return _DOUBTFUL
    if last in ("key", "keys"):
        if before and before not in _SECRET_KEYS and before not in _API_KEYS and name.count(" "):
            return None  # `cache key`: of two words that stand apart, the first must be one of ours
        if before in _SECRET_KEYS:
            return _SECRET
        if before in _API_KEYS:
            return _KEY
        if "secret" in words[-4:]:
            return _SECRET
        return _DOUBTFUL if before else None
    if last in ("token", "tokens"):
        return _KEY if before in _TOKENS else _DOUBTFUL
    joined = _JOINED.fullmatch(last)
    if joined is None:
        return None
    if joined["password"]:
        return _PASSWORD
    if joined["secret"]:
        return _SECRET
    return _COOKIE if joined["cookie"] else _KEY
