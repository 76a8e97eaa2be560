"""Observability."""

from __future__ import annotations

from base64 import b64encode
from random import Random

from tests.security.redact.secrets.chars import (
    BASE32,
    BASE62,
    DIGITS,
    HEX,
    LOWER36,
    PLAIN64,
    UPPER36,
    URL64,
    name,
    some,
    uuid,
)
from tests.security.redact.secrets.sample import Kind, fit, url, value


def _sentry_org(rng: Random) -> str:
    """Facts about the organisation in base64, then the secret: develop.sentry.dev, RFC 0091."""
    facts = f'{{"iat":17{some(rng, DIGITS, 8)}.{some(rng, DIGITS, 6)},"url":"https://sentry.io","region_url":'
    facts += f'"https://us.sentry.io","org":"{name(rng)}"}}'
    return f"sntrys_{b64encode(facts.encode()).decode()}_{some(rng, PLAIN64, 43)}"


def _grafana_cloud(rng: Random) -> str:
    facts = f'{{"o":"{some(rng, DIGITS, 6)}","n":"{name(rng)}-write","k":"{some(rng, BASE62, 24)}","m":{{"r":"eu"}}}}'
    return "glc_" + b64encode(facts.encode()).decode()


def _elastic(rng: Random) -> str:
    """Base64 of id, colon, key: elastic.co, "create API key"."""
    return b64encode(f"{some(rng, URL64, 20)}:{some(rng, URL64, 22)}".encode()).decode()


def _newrelic_license(rng: Random) -> str:
    """36 characters, the first of which may name a region."""
    return (rng.choice(["", "eu01xx"]) + some(rng, HEX, 36))[:36]


KINDS: tuple[Kind, ...] = (
    value("datadog_api_key", (HEX, 32), beside=("dd api key", "datadog api key")),
    value("datadog_app_key", (HEX, 40), beside=("dd app key", "datadog app key", "dd application key")),
    value("newrelic_user_key", "NRAK-", (UPPER36, 27)),
    value("newrelic_license_key", _newrelic_license, "NRAL"),
    value("newrelic_insert_key", "NRII-", (URL64, 31), (BASE62, 1)),
    value("sentry_user_token", "sntryu_", (HEX, 64)),
    value("sentry_org_token", _sentry_org),
    url(
        "sentry_dsn",
        fit("https://{public}:@@@o4501.ingest.sentry.io/4507", public=lambda rng: some(rng, HEX, 32)),
        (HEX, 32),
    ),
    value("grafana_service_token", "glsa_", (BASE62, 32), "_", (HEX, 8)),
    value("grafana_cloud_token", _grafana_cloud),
    value("honeycomb_ingest_key", "hcaik_", (LOWER36, 58)),
    value("dynatrace_token", "dt0c01.", (BASE32, 24), ".", (BASE32, 64)),
    value("elastic_api_key", _elastic, beside=("elastic api key", "elasticsearch api key")),
    value("pagerduty_key", (URL64 + "+", 19), (BASE62, 1), beside=("pagerduty api key", "pagerduty token")),
    value("opsgenie_key", uuid, beside=("opsgenie api key", "opsgenie key", "genie key")),
    value("splunk_hec_token", uuid, beside=("splunk token", "splunk hec token")),
    value("rollbar_token", (HEX, 32), beside=("rollbar access token", "rollbar token")),
    value("axiom_token", "xaat-", uuid),
    value("posthog_personal_key", "phx_", (BASE62, 43)),
    value("logfire_token", "pylf_v1_", ["us_", "eu_"], (BASE62, 43)),
    value("checkly_key", "cu_", (HEX, 32)),
)
