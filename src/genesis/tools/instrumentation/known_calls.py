"""Names by which code is known to answer, to run jobs, to measure, to log and to call out."""

from __future__ import annotations

VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})
JOB_MARKS = frozenset({"task", "shared_task", "actor", "periodic_task", "db_task", "db_periodic_task", "scheduled_job"})
METRIC_KINDS = frozenset({"Counter", "Gauge", "Histogram", "Summary"})
METER_KINDS = {
    "create_counter": "Counter",
    "create_up_down_counter": "Gauge",
    "create_histogram": "Histogram",
    "create_gauge": "Gauge",
    "create_observable_counter": "Counter",
    "create_observable_gauge": "Gauge",
}
WHOLE_APP = (
    "prometheus_flask_exporter",
    "prometheus_fastapi_instrumentator",
    "starlette_exporter",
    "starlette_prometheus",
    "django_prometheus",
    "aioprometheus",
    *(f"opentelemetry.instrumentation.{web}" for web in ("flask", "fastapi", "django", "starlette", "asgi", "wsgi")),
    "ddtrace",
    "newrelic",
    "elasticapm",
)
"""Libraries that measure every request once they are installed in the application."""

HTTP = frozenset({*VERBS, "request", "stream"})
OUTGOING: dict[str, str] = {
    **{f"requests.{verb}": "http" for verb in HTTP},
    **{f"httpx.{verb}": "http" for verb in HTTP},
    **{f"{owner}().{verb}": "http" for verb in HTTP for owner in ("requests.Session", "httpx.Client")},
    "urllib.request.urlopen": "http",
    "aiohttp.ClientSession": "http",
    "httpx.AsyncClient": "http",
    "httpx.Client": "http",
    "requests.Session": "http",
    "http.client.HTTPConnection": "http",
    "http.client.HTTPSConnection": "http",
    "smtplib.SMTP": "mail",
    "smtplib.SMTP_SSL": "mail",
    "sqlite3.connect": "database",
    "psycopg.connect": "database",
    "psycopg2.connect": "database",
    "asyncpg.connect": "database",
    "asyncpg.create_pool": "database",
    "pymysql.connect": "database",
    "sqlalchemy.create_engine": "database",
    "pymongo.MongoClient": "database",
    "redis.Redis": "cache",
    "redis.from_url": "cache",
    "redis.Redis.from_url": "cache",
    "boto3.client": "cloud",
    "boto3.resource": "cloud",
    "socket.create_connection": "socket",
    "grpc.insecure_channel": "rpc",
    "grpc.secure_channel": "rpc",
    **{f"subprocess.{name}": "process" for name in ("run", "call", "check_call", "check_output")},
}
# httpx has a time-out of its own; the others wait for ever unless told otherwise.
WAITS_FOR_EVER = (*(f"requests.{verb}" for verb in HTTP), "urllib.request.urlopen", "smtplib.SMTP", "smtplib.SMTP_SSL")
LOG_CALLS = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log"})
