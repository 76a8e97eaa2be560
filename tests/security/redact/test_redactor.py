"""What is taken out by where it stands, and what stays."""

from __future__ import annotations

import base64
import random
import time
from collections import Counter
from urllib.parse import quote

import pytest

from genesis.security.redact.redactor import Redactor
from tests.security.redact.texts import DASHES, characters, password, private_key

REDACTOR = Redactor(b"key of this test")

# {n}: a name, {N}: as a variable of an environment, {s}: the secret.
CONTEXTS = {
    "json": '{{"user": "bob", "{n}": "{s}", "x": 1}}',
    "json in json": '"{{\\"{n}\\": \\"{s}\\"}}"',
    "yaml": "a:\n  {n}: {s}\n  b: 1",
    "yaml, next line": "{n}:\n  {s}\nb: 1",
    "yaml of a container": "- name: {N}\n  value: {s}\n",
    "environment": "export {N}={s}\nB=1",
    "ini": "[db]\n{n} = {s}\n",
    "query": "GET /v1?a=1&{n}={s}&b=2",
    "traceback": '  File "a.py", line 3\n    {n} = "{s}"\nValueError: no',
    "call": "connect(host='h', {n}='{s}', b=2)",
    "repr": "{{'{n}': '{s}'}}",
    "log line": "2026-01-01 INFO login with {n}={s} for bob",
    "diff": "-{n}: ${{OLD}}\n+{n}: {s}",
    "xml": "<{n}>{s}</{n}>",
    "xml attribute": '<add key="{n}" value="{s}"/>',
    "command line": "tool --{n} {s} --verbose",
    "command line with =": "tool --{n}={s}",
    "default": 'os.getenv("{N}", "{s}")',
    "html": "&quot;{n}&quot;: &quot;{s}&quot;",
    "said": "the {n} is {s}, do not tell",
    "brackets over lines": '{N} = (\n    "{s}"\n)\nOTHER = 1',
    "list over lines": '"{n}": [\n  "{s}"\n],',
    "row of a table": "key,value\nregion,eu\n{n},{s}\n",
    "column of a table": "name,{n},url\nci,{s},https://h\n",
    "last column": "name;{n}\r\nci;{s}\r\n",
    "quoted column": '"Name","{n}"\n"ci, of us","{s}"\n',
    "column of a shell": " id | {n}  \n----+-------\n  1 | {s} \n",
    "column of a page": "| name | {n} |\n|---|---|\n| ci | {s} |\n",
    "json in csv": 'id,body\n4,"{{""{n}"": ""{s}"", ""a"": 1}}"\n',
    "three quotes": 'connect({n}="""{s}""", a=1)',
    "json in json in json": '{{\\\\\\"{n}\\\\\\": \\\\\\"{s}\\\\\\"}}',
}


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("name", ["password", "db_password", "client_secret", "api_key", "auth_token"])
def test_a_value_named_as_a_secret_is_taken_out(context: str, name: str) -> None:
    rng = random.Random(f"{context} {name}")
    for _ in range(20):
        secret = password(rng) if "password" in name else characters(rng, 32)
        text = CONTEXTS[context].format(n=name, N=name.upper(), s=secret)
        told = REDACTOR.redact(text)
        assert secret not in told and secret[-5:] not in told, told
        assert told.count("[REDACTED:") == 1 and REDACTOR.redact(told) == told


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://app:{s}@db.internal:5432/app",
        "redis://:{s}@cache:6379/0",
        "https://bob:{s}@example.org/x?y=1",
        "Server=h;User Id=u;Password={s};Encrypt=yes",
        "Driver={{x}};Uid=u;Pwd={s};",
        "host=h user=u password={s} dbname=d",
        "machine h login u password {s}",
        "db.internal:5432:app:user:{s}",
        "curl -u bob:{s} https://h",
        "mysql -u root -p{s} shop",
        "sshpass -p {s} ssh h",
        "-sshpass -p {s} ssh h",
        "curl -u ''bob:{s}'' https://h",
        "jdbc:mysql://h/db?user=u&password={s}",
    ],
)
def test_a_password_is_known_by_where_it_stands(text: str) -> None:
    rng = random.Random(text)
    for _ in range(30):
        secret = password(rng).replace("#", "!")
        told = REDACTOR.redact(text.format(s=secret))
        assert secret not in told and secret[-5:] not in told, told


@pytest.mark.parametrize(
    "text",
    [
        "max_token: 4096",
        '"max_tokens": 4096, "tokens": 123456789012',
        "token_count=12345678901234567890",
        "monkey: 0123456789abcdef0123456789abcdef",
        "request 550e8400-e29b-41d4-a716-446655440000 done",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "password: ${DB_PASSWORD}",
        "password=$DB_PASSWORD",
        "password: {{ vault_password }}",
        "api_key: <your-api-key>",
        "password = os.environ['DB_PASSWORD']",
        "token = request.headers.get('X-Token')",
        "password: required",
        "The password must have 8 characters or more.",
        "secret: null",
        "password=changeme",
        '{"password": "****"}',
        "Authorization: Bearer ${TOKEN}",
        "http://localhost:8080/path@here",
        "git@github.com:owner/name.git",
        "tokenizer: cl100k_base",
        "primary_key=0123456789abcdef0123",
        "cache_key: 9f86d081884c7d659a2feaa0c55ad015",
        "public_key: ssh-ed25519 of the host",
        "task-1 risk-2 disk-usage us-east-1",
        "keyboard=de-latin1-nodeadkeys",
        "password_hash_rounds: 12345678",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:orders-db-a1B2c3",
        "name,token,secret\nsome text, that only has commas",
        "name,token\nci,none\nweb,required\n",
        "| key | password |\n|-----|----------|\n| a   | ******** |",
        "token_a,token_b = read()\nx,y1234567890abcdefx",
        "passwords = [\n    form.password,\n    other,\n]",
        f"the marker {DASHES}BEGIN RSA PRIVATE KEY{DASHES} begins a key\nand this line is prose",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert REDACTOR.redact(text) == text


@pytest.mark.parametrize("label", ["RSA ", "EC ", "DSA ", "", "ENCRYPTED ", "OPENSSH "])
@pytest.mark.parametrize("line", ["{}", "    {}", "+{}", "  # {}", '"{}\\n"'])
def test_a_private_key_is_one_secret_however_it_is_dressed(label: str, line: str) -> None:
    key = private_key(random.Random(label + line), label)
    text = "before\n" + "\n".join(line.format(one) for one in key.splitlines()) + "\nafter\n"
    told = REDACTOR.redact(text)
    assert (
        told.startswith("before\n")
        and told.endswith("after\n")
        and told.count("private_key:") + told.count("encrypted_key:") == 1
    )
    assert not any(one in told for one in key.splitlines())
    cut = "\n".join(text.splitlines()[:6])  # and when its end never comes
    assert not any(one in REDACTOR.redact(cut) for one in key.splitlines()[1:])


def test_what_the_process_registered_is_found_in_every_form() -> None:
    secret = "corr/ect horse+7"
    redactor = Redactor(b"k", [secret])
    forms = [secret, quote(secret, safe=""), secret.encode().hex(), secret.encode().hex().upper()]
    forms += [base64.b64encode(f"{one}{secret}{one}".encode()).decode() for one in ("", "a", "ab", "abc")]
    for form in forms:
        told = redactor.redact(f"x {form} y")
        assert "[REDACTED:registered:" in told, form
        assert secret[2:-2].encode() not in base64.b64decode(told.split()[1].split("[")[0] + "===")
    assert Redactor(b"k", ["ab", "     "]).redact("ab     cd") == "ab     cd"  # they would be found everywhere
    later = Redactor(b"k")
    later.register(secret)
    assert secret not in later.redact(f"x{secret}y")


def test_every_value_of_a_list_over_lines_is_taken_out() -> None:
    rng = random.Random(9)
    for text in (
        '"passwords": [\n  "{0}",\n  "{1}",\n  "{2}"\n],\n"name": "kept-9"',
        "API_KEY = (\n    '{0}'\n    '{1}'\n    '{2}'\n)\nname = 'kept-9'",
        "passwords:\n  - {0}\n  - {1}\n  - {2}\nname: kept-9",
    ):
        secrets = [characters(rng, 24) for _ in range(3)]
        told = REDACTOR.redact(text.format(*secrets))
        assert not any(one in told for one in secrets) and "kept-9" in told, told


def test_a_table_ends_where_its_rows_do() -> None:
    secret, kept = characters(random.Random(5), 24), "kept-value-1234567890ab"
    table = f"name,secret\nci,{secret}\nweb,{secret}x\n"
    told = REDACTOR.redact(f"{table}\na,{kept}\n")  # an empty line ends it
    assert secret not in told and told.count("[REDACTED:secret_key_config:") == 2 and kept in told
    assert REDACTOR.redact(f"{table}one,two,three\na,{kept}\n").endswith(f"one,two,three\na,{kept}\n")
    assert kept in REDACTOR.redact(f"{'x' * 70_000} name,secret\na,{kept}\n")  # no header: the end of a long line


def test_escapes_of_addresses_json_and_xml_hide_nothing() -> None:
    rng = random.Random(6)
    for _ in range(30):
        storage = characters(rng, 40, "+/" * 9 + "abcdefghijkmnpqrsABCDEFGHJKLMNPQRS23456789")
        refresh = "1//0" + characters(rng, 70) + "-_"
        for secret, text in ((storage, "aws_secret_access_key={}"), (refresh, "note={}")):
            for written in (
                quote(secret, safe=""),
                quote(secret, safe="").replace("%2F", "%2f"),
                secret.replace("/", "\\/"),
                secret.replace("+", "\\u002b"),
            ):
                line = f'"GET /v1?a=1&{text.format(written)}&b=2 HTTP/1.1"'
                told = REDACTOR.redact(line)
                assert written not in told and told.endswith('&b=2 HTTP/1.1"'), told
                assert REDACTOR.redact(told) == told


def test_a_private_key_within_base64_or_a_line_is_found() -> None:
    rng = random.Random(8)
    for label in ("RSA ", "EC ", "DSA ", "", "ENCRYPTED ", "OPENSSH "):
        encoded = base64.b64encode(private_key(rng, label).encode()).decode()
        told = REDACTOR.redact(f"data: {{tls.crt: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t, x: {encoded}}}")
        assert "[REDACTED:private_key_base64:" in told and encoded[60:90] not in told and "tls.crt: LS0tLS1CRU" in told
    lines = [characters(rng, 64) for _ in range(6)]
    for end in ("\\n", "\\r\\n"):
        head = f"PuTTY-User-Key-File-3: ssh-rsa{end}Encryption: none{end}Comment: a{end}Public-Lines: 3{end}"
        body = end.join([*lines[:3], "Private-Lines: 3", *lines[3:], "Private-MAC: " + "0a" * 20])
        told = REDACTOR.redact('{"key": "' + head + body + '", "n": 4}')
        assert not any(line in told for line in lines[3:]) and told.endswith('", "n": 4}'), told
    public = '{"a": "PuTTY-User-Key-File-3: ssh-rsa\\nComment: said in a report"}'
    assert REDACTOR.redact(public) == public


def test_tags_tell_the_same_secret_and_nothing_else() -> None:
    secret = "ghp_" + characters(random.Random(3), 36)
    one, same, other = Redactor(b"key"), Redactor(b"key"), Redactor(b"another key")
    assert one.redact(f"a {secret} b") == same.redact(f"a {secret} b") != other.redact(f"a {secret} b")
    assert one.redact(secret) == one.redact(f"token={secret}").removeprefix("token=")


def test_every_secret_is_counted_by_its_kind() -> None:
    seen = Counter[str]()
    redactor = Redactor(b"k", count=lambda kind: seen.update([kind]))
    rng = random.Random(4)
    redactor.redact(f"ghp_{characters(rng, 36)} and password={password(rng)} and password={password(rng)}")
    redactor.redact_value({"password": "x7!kkq", "apiKey": 5, "list": [f"AKIA{characters(rng, 16, 'ABCDEFGH234567')}"]})
    assert seen == {"github_pat": 1, "password_config": 3, "aws_access_key_id": 1}


def test_values_are_taken_out_by_their_names_first() -> None:
    told = REDACTOR.redact_value(
        {
            "password": "correct horse",
            "user": "bob",
            "headers": {"Authorization": "Custom abc123def", "Cookie": "a=b; c=d1"},
            "passwords": ["one!1", "two!2"],
            "max_tokens": 4096,
            "token": "next",
            "secret": "${FROM_VAULT}",
            "none": None,
        }
    )
    assert told["user"] == "bob" and told["max_tokens"] == 4096 and told["token"] == "next" and told["none"] is None
    assert told["secret"] == "${FROM_VAULT}"
    for value in (told["password"], *told["headers"].values(), *told["passwords"]):
        assert value.startswith("[REDACTED:") and value.endswith("]"), told


FLOODS = [
    "key=",
    "password: ",
    "api_key=a1b2c3d4e5f6g7h8 ",
    "eyJaaaaaaaaaa-",
    "://a:",
    "-u a:",
    "sk-",
    "MTaaaa.",
    "authorization: bearer ",
    f"{DASHES}BEGIN RSA PRIVATE KEY{DASHES}",
    f"{DASHES}BEGIN RSA PRIVATE KEY{DASHES}\n",
    "password:\n",
    "[REDACTED:",
    "\\n",
    "é",
]


@pytest.mark.parametrize("flood", FLOODS)
def test_hostile_text_takes_linear_time(flood: str) -> None:
    def seconds(size: int) -> float:
        text = flood * (size // len(flood))
        best = float("inf")
        for _ in range(3):
            began = time.process_time()
            REDACTOR.redact(text)
            best = min(best, time.process_time() - began)
        return best

    small, large = seconds(30_000), seconds(300_000)
    assert large <= 25 * max(small, 0.002), (small, large)  # quadratic would be 100
