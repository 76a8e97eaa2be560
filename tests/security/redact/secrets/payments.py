"""Payment."""

from __future__ import annotations

from random import Random

from tests.security.redact.secrets.chars import BASE62, DIGITS, HEX, LOWER36, PLAIN64, URL64, Piece, some, uuid
from tests.security.redact.secrets.sample import Kind, value

STRIPE: list[Piece] = [(BASE62, 24), (BASE62, 99)]


def _adyen(rng: Random) -> str:
    """Base64 in two parts: docs.adyen.com, "API credentials"."""
    return f"AQE{some(rng, BASE62, 60)}-{some(rng, PLAIN64, 42)}=-{some(rng, PLAIN64, 60)}"


KINDS: tuple[Kind, ...] = (
    value("stripe_secret_live", "sk_live_", STRIPE),
    value("stripe_secret_test", "sk_test_", STRIPE),
    value("stripe_restricted", "rk_", ["live_", "test_"], STRIPE),
    value("stripe_webhook_secret", "whsec_", (BASE62, 32)),
    value("square_access_token", "EAAA", (URL64, 59), (BASE62, 1)),
    value("square_oauth_secret", "sq0csp-", (URL64, 42), (BASE62, 1)),
    value("square_personal_token", "sq0atp-", (URL64, 21), (BASE62, 1)),
    value("paypal_client_secret", "E", (URL64, 78), (BASE62, 1), beside=("paypal client secret", "paypal secret")),
    value("paypal_braintree_token", "access_token$production$", (LOWER36, 16), "$", (HEX, 32)),
    value("adyen_api_key", _adyen),
    value("razorpay_key_secret", (BASE62, 24), beside=("razorpay key secret", "razorpay secret")),
    value("razorpay_key_id", "rzp_", ["live_", "test_"], (BASE62, 14)),
    value("plaid_secret", (HEX, 30), beside=("plaid secret", "plaid client secret")),
    value("plaid_access_token", "access-", ["sandbox-", "production-"], uuid),
    value("paystack_secret", "sk_", ["live_", "test_"], (HEX, 40)),
    value("flutterwave_secret", "FLWSECK", ["_TEST", ""], "-", (HEX, 32), "-X"),
    value("mollie_api_key", ["live_", "test_"], (BASE62, 30)),
    value("xendit_secret", "xnd_", ["production_", "development_"], (BASE62, 48)),
    value("mercadopago_token", "APP_USR-", (DIGITS, 16), "-", (DIGITS, 6), "-", (HEX, 32), "-", (DIGITS, 9)),
    value("paddle_api_key", "pdl_", ["live", "sdbx"], "_apikey_", (LOWER36, 26), "_", (BASE62, 22), "_", (BASE62, 3)),
    value("easypost_api_key", ["EZAK", "EZTK"], (BASE62, 54)),
    value("shippo_token", "shippo_", ["live_", "test_"], (HEX, 40)),
    value("duffel_token", "duffel_", ["live_", "test_"], (URL64, 42), (BASE62, 1)),
    value("coinbase_secret", (BASE62, 32), beside=("coinbase api secret", "coinbase secret")),
)
