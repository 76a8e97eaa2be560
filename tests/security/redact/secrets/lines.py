"""Credentials that are known by where they stand: headers, URLs, connection strings, configuration, commands."""

from __future__ import annotations

from base64 import b64encode
from random import Random

from tests.security.redact.secrets.chars import (
    BASE32,
    BASE62,
    CRYPT64,
    DIGITS,
    HEX,
    LOWER36,
    URL64,
    base64_of,
    name,
    password,
    some,
    url_safe_password,
)
from tests.security.redact.secrets.keys import signed_token
from tests.security.redact.secrets.sample import Frame, Kind, fit, line, url, value


def _user_and_password(rng: Random) -> str:
    return b64encode(f"{name(rng)}:{password(rng)}".encode()).decode()


def _header(*names: str, scheme: str = "", rest: str = "") -> Frame:
    """A header on a line, in any case, and as an entry of a JSON or Python object."""

    def frame(rng: Random, secret: str) -> str:
        written = rng.choice(names)
        written = rng.choice([written, written, written.lower()])
        text = f"{scheme}{secret}{rest}"
        return rng.choice(
            [f"{written}: {text}", f"{written}: {text}", f'"{written}": "{text}"', f"'{written}': '{text}'"]
        )

    return frame


def _cookie(rng: Random, secret: str) -> str:
    session = rng.choice(
        ["sessionid", "session", "connect.sid", "JSESSIONID", "PHPSESSID", "_myapp_session", "auth_token"]
    )
    if rng.random() < 0.5:
        return f"Set-Cookie: {session}={secret}; Path=/; HttpOnly; Secure"
    return f"Cookie: theme=dark; {session}={secret}; lang=en"


def _host(rng: Random) -> str:
    return rng.choice(["db.internal", "10.4.1.7", "localhost", "pg-2.eu.example.com", "cache-01", "mq.example.org"])


def _port(rng: Random) -> str:
    return rng.choice(["", ":5432", ":6379", ":3306", ":27017"])


def _dsn(*templates: str) -> Frame:
    return fit(*templates, user=name, host=_host, port=_port, db=name)


def _words(rng: Random) -> str:
    """A passphrase: words, joined, with a number."""
    words = rng.sample(
        ["copper", "lantern", "orbit", "velvet", "maple", "harbor", "quartz", "ribbon", "saddle", "tundra"], 4
    )
    return rng.choice("-._").join([*words, some(rng, DIGITS, 3)])


def _password(rng: Random) -> str:
    return password(rng)


KINDS: tuple[Kind, ...] = (
    value("jwt", signed_token),
    line("basic_auth_header", _header("Authorization", "Proxy-Authorization", scheme="Basic "), _user_and_password),
    line(
        "bearer_auth_header",
        _header("Authorization", "Proxy-Authorization", scheme="Bearer "),
        (BASE62 + "-._~", 30, 60),
        (BASE62, 1),
    ),
    line("api_key_header", _header("X-API-Key", "Api-Key", "X-Auth-Token", "X-Access-Token"), (BASE62, 24, 48)),
    line("session_cookie", _cookie, (BASE62, 26, 48)),
    url(
        "url_password",
        _dsn("https://{user}:@@@{host}/v1/items", "ftp://{user}:@@@{host}/out", "http://{user}:@@@{host}:8080"),
        url_safe_password,
    ),
    url(
        "postgres_dsn",
        _dsn(
            "postgres://{user}:@@@{host}{port}/{db}", "postgresql+asyncpg://{user}:@@@{host}{port}/{db}?sslmode=require"
        ),
        url_safe_password,
    ),
    url(
        "mysql_dsn",
        _dsn("mysql://{user}:@@@{host}{port}/{db}", "mysql+pymysql://{user}:@@@{host}{port}/{db}?charset=utf8mb4"),
        url_safe_password,
    ),
    url(
        "mongodb_dsn",
        _dsn(
            "mongodb://{user}:@@@{host}{port}/{db}?authSource=admin",
            "mongodb+srv://{user}:@@@cluster0.example.net/{db}",
        ),
        url_safe_password,
    ),
    url("redis_dsn", _dsn("redis://:@@@{host}{port}/0", "rediss://{user}:@@@{host}{port}/1"), url_safe_password),
    url("amqp_dsn", _dsn("amqp://{user}:@@@{host}/orders", "amqps://{user}:@@@{host}:5671/%2F"), url_safe_password),
    url(
        "mssql_dsn",
        _dsn("mssql+pyodbc://{user}:@@@{host}/{db}?driver=ODBC+Driver+18+for+SQL+Server"),
        url_safe_password,
    ),
    url(
        "smtp_dsn", _dsn("smtp://{user}:@@@{host}:587", "smtps://{user}%40example.com:@@@{host}:465"), url_safe_password
    ),
    line(
        "libpq_dsn",
        _dsn(
            "host={host} port=5432 user={user} password=@@ dbname={db}",
            "dbname={db} user={user} password=@@ host={host}",
        ),
        _password,
    ),
    line(
        "jdbc_url",
        _dsn(
            "jdbc:postgresql://{host}/{db}?user={user}&password=@@&ssl=true",
            "jdbc:mysql://{host}/{db}?user={user}&password=@@",
            "jdbc:sqlserver://{host};databaseName={db};user={user};password=@@;encrypt=true",
        ),
        url_safe_password,
    ),
    line(
        "odbc_string",
        _dsn("Driver={ODBC Driver 18 for SQL Server};Server={host};Database={db};Uid={user};Pwd=@@;Encrypt=yes;"),
        _password,
    ),
    line(
        "ado_net_string",
        _dsn(
            "Server={host};Database={db};User Id={user};Password=@@;TrustServerCertificate=True;",
            "Data Source={host};Initial Catalog={db};User ID={user};Password=@@",
        ),
        _password,
    ),
    value(
        "password_config",
        _password,
        beside=(
            "password",
            "db password",
            "passwd",
            "admin password",
            "smtp password",
            "user pwd",
            "pwd",
            "mysql root password",
        ),
    ),
    value("passphrase_config", [_words, _password], beside=("passphrase", "key passphrase", "ssh passphrase")),
    value(
        "secret_key_config",
        [(BASE62, 32, 64), base64_of(32), (HEX, 48)],
        beside=("secret key", "client secret", "app secret", "signing key", "encryption key", "jwt secret"),
    ),
    value(
        "api_key_config",
        [(BASE62, 24, 48), (HEX, 40), (URL64, 31)],
        beside=("api key", "apikey", "access token", "auth token", "service api key"),
    ),
    line("netrc_password", _dsn("machine {host} login {user} password @@"), _password),
    line("pgpass_password", _dsn("{host}:5432:{db}:{user}:@@", "{host}:5433:*:{user}:@@"), _password),
    line("htpasswd_bcrypt", _dsn("{user}:@@"), ["$2y$10$", "$2b$12$", "$2a$10$"], (CRYPT64, 53)),
    line("htpasswd_apr1", _dsn("{user}:@@"), "$apr1$", (CRYPT64, 8), "$", (CRYPT64, 22)),
    line("shadow_sha512", _dsn("{user}:@@:19790:0:99999:7:::"), "$6$", (CRYPT64, 16), "$", (CRYPT64, 86)),
    line(
        "curl_user_password",
        _dsn(
            "curl -u {user}:@@ https://{host}/v1",
            "curl -sS --user {user}:@@ -X POST https://{host}/v1",
            "curl -u '{user}:@@' https://{host}",
        ),
        _password,
    ),
    line(
        "cli_password_flag",
        _dsn(
            "backup --host {host} --password @@ --all",
            "app migrate --user={user} --password=@@",
            "mysql -h {host} -u {user} -p@@ {db}",
            "sshpass -p @@ ssh {user}@{host}",
        ),
        _password,
    ),
    value(
        "django_secret_key",
        ["", "django-insecure-"],
        (LOWER36 + "!@#%^*-_=+", 49),
        (LOWER36, 1),
        beside=("secret key", "django secret key"),
    ),
    value("rails_secret_key_base", (HEX, 128), beside=("secret key base",)),
    value("laravel_app_key", "base64:", base64_of(32), beside=("app key",)),
    url(
        "otpauth_secret",
        fit("otpauth://totp/Example:{user}@example.com?secret=@@&issuer=Example", user=name),
        [(BASE32, 16), (BASE32, 32), (BASE32, 52)],
    ),
    value(
        "kubernetes_bootstrap_token",
        (LOWER36, 6),
        ".",
        (LOWER36, 16),
        beside=("token", "bootstrap token", "kubeadm token"),
    ),
    value("openshift_token", "sha256~", (URL64, 42), (BASE62, 1)),
    value("docker_swarm_token", "SWMTKN-1-", (LOWER36, 50), "-", (LOWER36, 25)),
)
