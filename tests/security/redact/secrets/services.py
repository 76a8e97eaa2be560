"""Databases, software as a service, secret stores."""

from __future__ import annotations

from random import Random

from tests.security.redact.secrets.chars import (
    BASE32,
    BASE62,
    DIGITS,
    HEX,
    LOWER36,
    PLAIN64,
    UPPER36,
    UPPER_HEX,
    URL64,
    name,
    password,
    some,
    url64_of,
    uuid,
)
from tests.security.redact.secrets.sample import Kind, fit, url, value


def _onepassword(rng: Random) -> str:
    facts = (
        f'{{"signInAddress":"team.1password.com","userAuth":{{"method":"SRPg-4096"}},"email":"{some(rng, LOWER36, 12)}'
    )
    facts += f'@1passwordserviceaccounts.com","srpX":"{some(rng, HEX, 64)}","deviceUuid":"{some(rng, LOWER36, 26)}"}}'
    return "ops_" + url64_of(facts)


def _mapbox(rng: Random) -> str:
    facts = f'{{"u":"{name(rng)}","a":"cl{some(rng, LOWER36, 23)}"}}'
    return f"sk.{url64_of(facts)}.{some(rng, URL64, 21)}{some(rng, BASE62, 1)}"


def _password(rng: Random) -> str:
    return password(rng)


KINDS: tuple[Kind, ...] = (
    value("supabase_pat", "sbp_", (HEX, 40)),
    value("supabase_secret_key", "sb_secret_", (URL64, 22), "_", (BASE62, 8)),
    value("planetscale_token", "pscale_tkn_", (URL64, 42), (BASE62, 1)),
    value("planetscale_password", "pscale_pw_", (URL64, 42), (BASE62, 1)),
    value("planetscale_oauth", "pscale_oauth_", (URL64, 42), (BASE62, 1)),
    value("neon_api_key", "napi_", (LOWER36, 64)),
    value("mongodb_atlas_secret", "mdb_sa_sk_", (URL64, 39), (BASE62, 1)),
    value("airtable_pat", "pat", (BASE62, 14), ".", (HEX, 64)),
    value("airtable_legacy_key", "key", (BASE62, 14), beside=("airtable api key", "airtable key")),
    value("notion_token", "ntn_", (DIGITS, 11), (BASE62, 35)),
    value("notion_legacy_token", "secret_", (BASE62, 43)),
    value("genesis_api_key", "gk_", (HEX, 12), "_", (URL64, 42), (BASE62, 1)),
    value("linear_api_key", "lin_api_", (BASE62, 40)),
    value("linear_oauth_token", "lin_oauth_", (HEX, 64)),
    value("shopify_access_token", "shpat_", (HEX, 32)),
    value("shopify_shared_secret", "shpss_", (HEX, 32)),
    value("shopify_custom_token", "shpca_", (HEX, 32)),
    value("shopify_private_token", "shppa_", (HEX, 32)),
    value("okta_token", "00", (URL64, 39), (BASE62, 1), beside=("okta api token", "okta token")),
    value("auth0_client_secret", (URL64, 63), (BASE62, 1), beside=("auth0 client secret",)),
    value("databricks_token", "dapi", (HEX, 32), ["", "-2", "-3"]),
    value("snowflake_password", _password, beside=("snowflake password",)),
    value("algolia_admin_key", (HEX, 32), beside=("algolia api key", "algolia admin key", "algolia admin api key")),
    value("terraform_cloud_token", (BASE62, 14), ".atlasv1.", (URL64, 66), (BASE62, 1)),
    value("vault_service_token", "hvs.", (URL64, 90, 120), (BASE62, 1)),
    value("vault_batch_token", "hvb.", (URL64, 138, 180), (BASE62, 1)),
    value("vault_legacy_token", "s.", (BASE62, 24), beside=("vault token", "x vault token")),
    value("doppler_personal_token", "dp.pt.", (BASE62, 43)),
    value("doppler_service_token", "dp.st.", ["dev", "prd", "stg_eu"], ".", (BASE62, 40, 44)),
    value("doppler_cli_token", "dp.ct.", (BASE62, 43)),
    value("pulumi_token", "pul-", (HEX, 40)),
    value("onepassword_service_token", _onepassword),
    value(
        "onepassword_secret_key",
        "A3",
        *(piece for length in (6, 6, 5, 5, 5, 5) for piece in ("-", (UPPER36, length))),
    ),
    value("infisical_service_token", "st.", [(HEX, 24), uuid], ".", (HEX, 32), ".", (HEX, 32)),
    value("tailscale_auth_key", "tskey-auth-", (BASE62, 6, 12), "CNTRL-", (BASE62, 32)),
    value("tailscale_api_key", "tskey-api-", (BASE62, 6, 12), "CNTRL-", (BASE62, 32)),
    value("ngrok_token", (BASE62, 27), "_", (BASE62, 20, 21), beside=("ngrok authtoken", "ngrok auth token")),
    value("contentful_pat", "CFPAT-", (URL64, 42), (BASE62, 1)),
    value("dropbox_token", "sl.", ["", "u."], (URL64, 135, 180), (BASE62, 1)),
    value("figma_token", "figd_", (URL64, 39), (BASE62, 1)),
    value("asana_pat", ["1", "2"], "/", (DIGITS, 16), [":", "/"], (HEX, 32), beside=("asana token", "asana pat")),
    value("clickup_token", "pk_", (DIGITS, 7, 9), "_", (UPPER36, 32)),
    value("hubspot_pat", "pat-", ["na1-", "eu1-"], uuid),
    value("salesforce_session", "00D", (BASE62, 12), "!", (BASE62 + "._", 95), (BASE62, 1)),
    value("typeform_token", "tfp_", (URL64, 58), (BASE62, 1)),
    value("postman_key", "PMAK-", (HEX, 24), "-", (HEX, 34)),
    value("launchdarkly_sdk_key", "sdk-", uuid),
    value("launchdarkly_api_key", "api-", uuid),
    value("mapbox_secret_token", _mapbox),
    value("facebook_access_token", "EAA", (BASE62, 120, 190)),
    value("twitter_bearer_token", "A" * 21, (BASE62 + "%", 60), "%3D", (BASE62, 30)),
    value("prefect_api_key", "pnu_", (BASE62, 36)),
    value("confluent_secret", (PLAIN64, 64), beside=("confluent api secret", "confluent secret", "sasl password")),
    value("sanity_token", "sk", (BASE62, 80, 178)),
    value("readme_api_key", "rdme_", (LOWER36, 70)),
    value("clerk_secret_key", "sk_", ["live_", "test_"], (BASE62, 42)),
    value("dnkey_api_key", "dnkey-", (BASE32, 26), "-", (BASE32, 52)),
    value("trello_token", "ATTA", (HEX, 64), (UPPER_HEX, 8)),
    url("zapier_webhook_url", fit("https://hooks.zapier.com/hooks/catch/@@/"), (DIGITS, 7, 8), "/", (LOWER36, 7)),
)
