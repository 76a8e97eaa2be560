"""Where a word stands as the value of something (NAMED), and where it stands with no name beside it (BARE)."""

from __future__ import annotations

from random import Random

from tests.security.redact.secrets.escapes import (
    Encode,
    Place,
    camel,
    dotted,
    header,
    in_csv,
    in_json,
    in_sql,
    in_xml,
    kebab,
    moment,
    pascal,
    percent,
    plain,
    snake,
    trace_id,
    twice_in_json,
    upper,
)


def _json(rng: Random, words: str, text: str) -> str:
    key = rng.choice([snake, camel])(words)
    return f'{{"region":"eu-west-1","{key}":"{text}","retries":3}}'


def _json_pretty(rng: Random, words: str, text: str) -> str:
    return f'{{\n  "name": "staging",\n  "{rng.choice([snake, camel, kebab])(words)}": "{text}",\n  "timeout": 30\n}}'


def _json_in_json(rng: Random, words: str, text: str) -> str:
    return f'{{"level":"info","body":"{{\\"user\\":\\"u-17\\",\\"{snake(words)}\\":\\"{text}\\",\\"n\\":2}}"}}'


def _json_log(rng: Random, words: str, text: str) -> str:
    return f'{{"ts":"{moment(rng)}","trace_id":"{trace_id(rng)}","msg":"connected","{snake(words)}":"{text}"}}'


def _yaml(rng: Random, words: str, text: str) -> str:
    quote = rng.choice(['"', "'", ""])
    return f"service:\n  port: 8080\n  {rng.choice([snake, kebab, camel])(words)}: {quote}{text}{quote}\n  replicas: 2"


def _env_file(rng: Random, words: str, text: str) -> str:
    quote = rng.choice(['"', "'", "", ""])
    return f"# settings\nLOG_LEVEL=info\n{upper(words)}={quote}{text}{quote}\nPORT=8000"


def _header(rng: Random, words: str, text: str) -> str:
    return f"GET /v1/items HTTP/1.1\nHost: api.example.com\n{header(words)}: {text}\nAccept: */*"


def _url_query(rng: Random, words: str, text: str) -> str:
    key = rng.choice([snake, camel, kebab])(words)
    return rng.choice(
        [
            f"https://api.example.com/v1/items?page=2&{key}={text}&sort=asc",
            f'10.2.3.4 - - [23/Nov/2026:10:11:12 +0000] "GET /v1/items?{key}={text} HTTP/1.1" 200 512',
        ]
    )


def _traceback(rng: Random, words: str, text: str) -> str:
    return (
        "Traceback (most recent call last):\n"
        '  File "/srv/app/client.py", line 41, in connect\n'
        f'    client = Client({snake(words)}="{text}", timeout=5)\n'
        f"ValueError: rejected by the server: {snake(words)}='{text}'"
    )


def _f_string(rng: Random, words: str, text: str) -> str:
    return f'    url = f"https://{{host}}/v2/search?{snake(words)}={text}&q={{query}}"'


def _log_prose(rng: Random, words: str, text: str) -> str:
    return f"{moment(rng)} WARNING app.client: retrying with {words}: {text}"


def _multi_line(rng: Random, words: str, text: str) -> str:
    return f'{upper(words)} = (\n    "{text}"\n)'


def _diff(sign: str) -> Place:
    def place(rng: Random, words: str, text: str) -> str:
        written = rng.choice([f"{snake(words)}: {text}", f'{upper(words)} = "{text}"', f"{upper(words)}={text}"])
        return f"@@ -4,3 +4,4 @@ settings\n   debug: false\n{sign}{written}\n   workers: 4"

    return place


def _kubernetes(rng: Random, words: str, text: str) -> str:
    return (
        "    containers:\n      - name: web\n        env:\n        - name: LOG_LEVEL\n          value: info\n"
        f'        - name: {upper(words)}\n          value: "{text}"'
    )


NAMED: dict[str, tuple[Place, Encode]] = {
    "json": (_json, in_json),
    "json pretty": (_json_pretty, in_json),
    "json in json": (_json_in_json, twice_in_json),
    "json log": (_json_log, in_json),
    "yaml": (_yaml, plain),
    "env file": (_env_file, plain),
    "shell export": (lambda rng, words, text: f'export {upper(words)}="{text}"', plain),
    "shell prefix": (lambda rng, words, text: f"{upper(words)}={text} ./run.sh --fast", plain),
    "url query": (_url_query, percent),
    "url user": (lambda rng, words, text: f"cloning https://oauth2:{text}@git.example.com/team/app.git", percent),
    "git remote": (lambda rng, words, text: f"origin\thttps://bot:{text}@git.example.org/shop.git (fetch)", percent),
    "header": (_header, plain),
    "bearer": (lambda rng, words, text: f"> Authorization: Bearer {text}\n> Accept: application/json", plain),
    "traceback": (_traceback, plain),
    "python line": (lambda rng, words, text: f'{upper(words)} = "{text}"', plain),
    "python argument": (lambda rng, words, text: f"client = Client(region='eu', {snake(words)}='{text}')", plain),
    "f-string": (_f_string, percent),
    "javascript": (
        lambda rng, words, text: f"const client = new Client({{ {camel(words)}: '{text}', retries: 2 }});",
        plain,
    ),
    "java": (lambda rng, words, text: f'    private static final String {upper(words)} = "{text}";', plain),
    "go": (lambda rng, words, text: f'\t{camel(words)} := "{text}"', plain),
    "log pair": (lambda rng, words, text: f"{moment(rng)} INFO start worker=4 {snake(words)}={text} pid=1201", plain),
    "log prose": (_log_prose, plain),
    "logfmt": (
        lambda rng, words, text: f'ts={moment(rng)} level=info msg="token read" {snake(words)}="{text}" ms=12',
        plain,
    ),
    "diff added": (_diff("+"), plain),
    "diff removed": (_diff("-"), plain),
    "xml element": (
        lambda rng, words, text: f"<config><{camel(words)}>{text}</{camel(words)}><port>80</port></config>",
        in_xml,
    ),
    "xml attribute": (lambda rng, words, text: f'<add key="{pascal(words)}" value="{text}" />', in_xml),
    "toml": (lambda rng, words, text: f'[service]\nport = 8080\n{snake(words)} = "{text}"\n', plain),
    "ini": (lambda rng, words, text: f"[service]\nport = 8080\n{snake(words)} = {text}\n", plain),
    "properties": (lambda rng, words, text: f"service.port=8080\nservice.{dotted(words)}={text}\n", plain),
    "markdown": (lambda rng, words, text: f"Set it first:\n\n```sh\nexport {upper(words)}={text}\n```\n", plain),
    "csv": (lambda rng, words, text: f"key,value\nregion,eu-west-1\n{snake(words)},{text}\n", in_csv),
    "sql": (
        lambda rng, words, text: f"UPDATE settings SET {snake(words)} = '{text}' WHERE tenant = 14;",
        in_sql,
    ),
    "curl header": (
        lambda rng, words, text: f"curl -sS -H '{header(words)}: {text}' https://api.example.com/v1/me",
        plain,
    ),
    "curl address": (
        lambda rng, words, text: f'curl "https://api.example.com/v1/me?{snake(words)}={text}"',
        percent,
    ),
    "dockerfile": (lambda rng, words, text: f"FROM python:3.12-slim\nENV {upper(words)}={text}\nRUN make", plain),
    "docker run": (lambda rng, words, text: f'docker run --rm -e {upper(words)}="{text}" web:1.4', plain),
    "kubernetes": (_kubernetes, plain),
    "dict repr": (lambda rng, words, text: f"config is {{'host': 'db', '{snake(words)}': '{text}', 'n': 3}}", plain),
    "object repr": (lambda rng, words, text: f"Settings(host='db', {snake(words)}='{text}', debug=False)", plain),
    "flag": (
        lambda rng, words, text: f"deploy --env prod --{kebab(words)}{rng.choice(['=', ' '])}{text} --yes",
        plain,
    ),
    "terraform": (lambda rng, words, text: f'resource "x" "y" {{\n  {snake(words)} = "{text}"\n}}', plain),
    "multi-line": (_multi_line, plain),
}

BARE: dict[str, tuple[Place, Encode]] = {
    "sentence": (lambda rng, words, text: f"Somebody pasted {text} into the channel, please look.", plain),
    "end of sentence": (lambda rng, words, text: f"It still works with {text}.", plain),
    "list": (lambda rng, words, text: f'["alpha", "{text}", "beta"]', in_json),
    "argument": (lambda rng, words, text: f"./sync.sh eu-west-1 {text} 3", plain),
    "table": (lambda rng, words, text: f"| staging | {text} | 2026-03-01 |", plain),
    "backticks": (lambda rng, words, text: f"- use `{text}` for staging", plain),
    "alone": (lambda rng, words, text: text, plain),
    "exception": (lambda rng, words, text: f"KeyError: '{text}'", plain),
}
