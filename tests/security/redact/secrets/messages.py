"""Chat, telephone and mail."""

from __future__ import annotations

import zlib
from base64 import b64encode
from random import Random

from tests.security.redact.secrets.chars import (
    BASE62,
    DIGITS,
    HEX,
    LETTERS,
    LOWER36,
    UPPER36,
    URL64,
    name,
    number_in,
    some,
    url64_of,
    uuid,
)
from tests.security.redact.secrets.sample import Kind, fit, url, value


def _slack_id(rng: Random) -> str:
    return some(rng, UPPER36, rng.randint(8, 10))


def _snowflake(rng: Random) -> str:
    return rng.choice("123456789") + some(rng, DIGITS, rng.randint(16, 18))


def _discord_token(rng: Random) -> str:
    """The bot's id in base64, the time, the signature: discord.com/developers, "authentication"."""
    bot = url64_of(_snowflake(rng))
    return f"{bot}.{some(rng, BASE62, 6)}.{some(rng, URL64, rng.choice([27, 38]) - 1)}{some(rng, BASE62, 1)}"


def _matrix_token(rng: Random) -> str:
    """Synapse: user, twenty letters, and the CRC-32 of what stands before it in base 62."""
    body = f"syt_{b64encode(name(rng).encode()).decode().rstrip('=')}_{some(rng, LETTERS, 20)}"
    return f"{body}_{number_in(zlib.crc32(body.encode()), BASE62, 6)}"


def _telegram_id(rng: Random) -> str:
    return rng.choice("123456789") + some(rng, DIGITS, rng.randint(7, 9))


GROUP = (DIGITS, 11, 13)

KINDS: tuple[Kind, ...] = (
    value("slack_bot_token", "xoxb-", GROUP, "-", GROUP, "-", (BASE62, 24)),
    value("slack_user_token", "xoxp-", GROUP, "-", GROUP, "-", GROUP, "-", (HEX, 32)),
    value("slack_app_token", "xapp-1-A", (UPPER36, 10), "-", (DIGITS, 13), "-", (HEX, 64)),
    value("slack_refresh_token", "xoxe-1-", (BASE62, 146)),
    value("slack_rotating_token", "xoxe.xox", ["b", "p"], "-1-", (BASE62, 166)),
    url(
        "slack_webhook_url",
        fit("https://hooks.slack.com/services/T{team}/B{room}/@@", team=_slack_id, room=_slack_id),
        (BASE62, 24),
    ),
    value("slack_signing_secret", (HEX, 32), beside=("slack signing secret",)),
    value("discord_bot_token", _discord_token),
    url(
        "discord_webhook_url",
        fit("https://discord.com/api/webhooks/{id}/@@", "https://discordapp.com/api/webhooks/{id}/@@", id=_snowflake),
        (URL64, 67),
        (BASE62, 1),
    ),
    value("discord_client_secret", (URL64, 31), (BASE62, 1), beside=("discord client secret",)),
    value("telegram_bot_token", _telegram_id, ":AA", (URL64, 32), (BASE62, 1)),
    url(
        "teams_webhook_url",
        fit("https://{name}.webhook.office.com/webhookb2/@@", name=lambda rng: name(rng).replace("_", "")),
        uuid,
        "@",
        uuid,
        "/IncomingWebhook/",
        (HEX, 32),
        "/",
        uuid,
    ),
    url(
        "google_chat_webhook_url",
        fit("https://chat.googleapis.com/v1/spaces/{room}/messages?@@", room=lambda rng: some(rng, BASE62, 11)),
        "key=AIza",
        (URL64, 35),
        "&token=",
        (URL64, 42),
        (BASE62, 1),
    ),
    value("twilio_api_key_sid", "SK", (HEX, 32)),
    value("twilio_auth_token", (HEX, 32), beside=("twilio auth token", "twilio token")),
    value("sendgrid_api_key", "SG.", (URL64, 22), ".", (URL64, 42), (BASE62, 1)),
    value("mailgun_api_key", "key-", (LOWER36, 32)),
    value("mailgun_new_api_key", (HEX, 32), "-", (HEX, 8), "-", (HEX, 8), beside=("mailgun api key", "mailgun key")),
    value("mailchimp_api_key", (HEX, 32), "-us", ["1", "6", "12", "21"]),
    value("mandrill_api_key", "md-", (URL64, 21), (BASE62, 1)),
    value("postmark_server_token", uuid, beside=("postmark server token", "x postmark server token", "postmark token")),
    value("brevo_api_key", "xkeysib-", (HEX, 64), "-", (BASE62, 16)),
    value("brevo_smtp_key", "xsmtpsib-", (HEX, 64), "-", (BASE62, 16)),
    value("resend_api_key", "re_", (BASE62, 8), "_", (BASE62, 24)),
    value("mailersend_api_key", "mlsn.", (HEX, 64)),
    value("matrix_access_token", _matrix_token),
    value("vonage_api_secret", (BASE62, 16), beside=("vonage api secret", "nexmo api secret")),
    value("intercom_token", "dG9rO", (BASE62, 54), "="),
    value("zendesk_token", (BASE62, 40), beside=("zendesk api token", "zendesk token")),
    value("mattermost_token", (LOWER36, 26), beside=("mattermost token", "mattermost access token")),
)
