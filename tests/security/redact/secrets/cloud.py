"""Clouds and the places that run things."""

from __future__ import annotations

from random import Random
from urllib.parse import quote

from tests.security.redact.secrets.chars import (
    BASE32,
    BASE62,
    DIGITS,
    HEX,
    PLAIN64,
    UPPER36,
    URL64,
    base64_of,
    name,
    some,
    uuid,
)
from tests.security.redact.secrets.keys import pkcs8
from tests.security.redact.secrets.sample import Kind, block, fit, line, url, value

AWS_SESSION_HEAD = "IQoJb3JpZ2luX2Vj"  # base64 of what STS begins its tokens with


def _bedrock(rng: Random) -> str:
    head = f"BedrockAPIKey-{some(rng, BASE62, 4).lower()}-at-{some(rng, DIGITS, 12)}:"
    return base64_of(33, head.encode())(rng)


def _signed(length: int, mark: str, tail: int, end: str = "") -> tuple[tuple[str, int], str, tuple[str, int], str]:
    """Azure's identifiable keys: random characters, a fixed mark, a checksum."""
    return (BASE62, length), mark, (BASE62, tail), end


def _signature(rng: Random) -> str:
    return quote(base64_of(32)(rng), safe="")


def _service_account(rng: Random, secret: str) -> str:
    project = name(rng).replace("_", "-") + "-" + some(rng, DIGITS, 6)
    return (
        "{\n"
        '  "type": "service_account",\n'
        f'  "project_id": "{project}",\n'
        f'  "private_key_id": "{some(rng, HEX, 40)}",\n'
        f'  "private_key": "{secret}\\n",\n'
        f'  "client_email": "runner@{project}.iam.gserviceaccount.com",\n'
        f'  "client_id": "{some(rng, DIGITS, 21)}",\n'
        '  "token_uri": "https://oauth2.googleapis.com/token"\n'
        "}"
    )


KINDS: tuple[Kind, ...] = (
    value("aws_access_key_id", "AKIA", (BASE32, 16)),
    value("aws_temporary_key_id", "ASIA", (BASE32, 16)),
    value(
        "aws_secret_access_key",
        (PLAIN64, 40),
        beside=("aws secret access key", "secret access key", "aws secret key"),
    ),
    value(
        "aws_session_token",
        AWS_SESSION_HEAD,
        base64_of(300),
        beside=("aws session token", "session token", "x amz security token"),
    ),
    value("aws_bedrock_api_key", "ABSK", _bedrock),
    value("gcp_api_key", "AIza", (URL64, 34), (BASE62, 1)),
    value("gcp_oauth_client_secret", "GOCSPX-", (URL64, 27), (BASE62, 1)),
    value("gcp_oauth_access_token", "ya29.", (URL64, 140, 220), (BASE62, 1)),
    value("gcp_oauth_refresh_token", "1//0", (DIGITS, 1), (URL64, 96), (BASE62, 1)),
    block("gcp_service_account_key", _service_account, lambda rng: pkcs8(rng).replace("\n", "\\n")),
    value(
        "gcp_hmac_secret",
        (PLAIN64, 40),
        beside=("gcs hmac secret", "google storage secret", "gcs secret access key"),
    ),
    value("firebase_server_key", "AAAA", (URL64, 7), ":APA91b", (URL64, 133), (BASE62, 1)),
    line(
        "azure_storage_key",
        fit(
            "DefaultEndpointsProtocol=https;AccountName={name};AccountKey=@@;EndpointSuffix=core.windows.net",
            "AccountName={name};AccountKey=@@",
            name=name,
        ),
        base64_of(64),
    ),
    url(
        "azure_sas_token",
        fit(
            "https://{name}.blob.core.windows.net/files/a.csv?sv=2024-11-04&st=2026-03-01T00%3A00%3A00Z"
            "&se=2026-04-01T00%3A00%3A00Z&sr=b&sp=r&sig=@@",
            "https://{name}.blob.core.windows.net/?sv=2023-11-03&ss=b&srt=co&sp=rl&se=2026-04-01T00:00:00Z&sig=@@&spr=https",
            name=name,
        ),
        _signature,
    ),
    value("azure_client_secret", (BASE62, 3), ["7", "8"], "Q~", (URL64 + "~.", 30, 33), (BASE62, 1)),
    value("azure_devops_pat", *_signed(76, "AZDO", 4)),
    line(
        "azure_servicebus_key",
        fit(
            "Endpoint=sb://{name}.servicebus.windows.net/;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=@@",
            "HostName={name}.azure-devices.net;DeviceId=pump-4;SharedAccessKey=@@",
            name=name,
        ),
        base64_of(32),
    ),
    line(
        "azure_cosmos_key",
        fit("AccountEndpoint=https://{name}.documents.azure.com:443/;AccountKey=@@;", name=name),
        (PLAIN64, 76),
        "ACDb",
        (BASE62, 5),
        ["A", "Q", "g", "w"],
        "==",
    ),
    value("azure_functions_key", *_signed(44, "AzFu", 5), ["A", "Q", "g", "w"], "=="),
    value("azure_search_key", *_signed(42, "AzSe", 6)),
    value("azure_acr_password", (PLAIN64, 42), "+ACR", (BASE62, 6)),
    value(
        "azure_openai_key",
        (HEX, 32),
        beside=("azure openai key", "azure openai api key", "ocp apim subscription key"),
    ),
    value("alibaba_access_key_id", "LTAI", (BASE62, 20)),
    value(
        "alibaba_secret_key",
        (BASE62, 30),
        beside=("alibaba cloud access key secret", "aliyun access key secret", "access key secret"),
    ),
    value("tencent_secret_id", "AKID", (BASE62, 32)),
    value("tencent_secret_key", (BASE62, 32), beside=("tencentcloud secret key", "tencent secret key")),
    value(
        "ibm_cloud_api_key", (URL64, 43), (BASE62, 1), beside=("ibmcloud api key", "ibm api key", "ibm cloud api key")
    ),
    value("digitalocean_pat", "dop_v1_", (HEX, 64)),
    value("digitalocean_oauth", "doo_v1_", (HEX, 64)),
    value("digitalocean_refresh", "dor_v1_", (HEX, 64)),
    value(
        "digitalocean_spaces_secret",
        (PLAIN64, 43),
        beside=("spaces secret access key", "do spaces secret", "spaces secret key"),
    ),
    value("hetzner_token", (BASE62, 64), beside=("hcloud token", "hetzner token", "hetzner api token")),
    value("linode_token", (HEX, 64), beside=("linode token", "linode cli token", "linode api token")),
    value("vultr_api_key", (UPPER36, 36), beside=("vultr api key",)),
    value("scaleway_secret_key", uuid, beside=("scw secret key", "scaleway secret key")),
    value("heroku_api_key", "HRKU-AA", (URL64, 57), (BASE62, 1)),
    value("fly_token", "fm2_", base64_of(400)),
    value("fly_oauth_token", "fo1_", (URL64, 42), (BASE62, 1)),
    value("vercel_token", (BASE62, 24), beside=("vercel token", "vercel access token", "vercel api token")),
    value("netlify_token", "nfp_", (BASE62, 36)),
    value("render_api_key", "rnd_", (BASE62, 28)),
    value("railway_token", uuid, beside=("railway token", "railway api token")),
    value(
        "cloudflare_api_token",
        (URL64, 39),
        (BASE62, 1),
        beside=("cloudflare api token", "cf api token", "cloudflare token"),
    ),
    value("cloudflare_global_key", (HEX, 37), beside=("cloudflare api key", "x auth key", "cf api key")),
    # developers.cloudflare.com, "token formats"; how the checksum is made is not published.
    value("cloudflare_user_token", "cfut_", (BASE62, 40), (HEX, 8)),
    value("cloudflare_account_token", "cfat_", (BASE62, 40), (HEX, 8)),
    value("cloudflare_scannable_global_key", "cfk_", (BASE62, 40), (HEX, 8)),
    value("cloudflare_origin_ca_key", "v1.0-", (HEX, 24), "-", (HEX, 146)),
)
