"""What secrets look like: formats that providers publish, private keys, passwords in addresses.

A rule is tried only where its gate word occurs, and every expression is bounded, so that hostile text costs linear
time. No rule and no test holds a secret: prefixes and alphabets only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import log2

MAX_HITS = 1_000


@dataclass(frozen=True)
class Hit:
    """A secret in a text: `kind` names what it is; `start` and `end` bound its own characters; `sure` by its format."""

    kind: str
    start: int
    end: int
    sure: bool


@dataclass(frozen=True)
class Rule:
    """`gate` must occur in the text; group 1 of `pattern`, or all of it, is the secret."""

    kind: str
    gate: str
    pattern: re.Pattern[str]
    entropy: float = 3.0


def _rule(kind: str, gate: str, pattern: str, entropy: float = 3.0) -> Rule:
    # Neither side may continue the token: a prefix inside a longer word or a base64 blob is chance.
    return Rule(kind, gate, re.compile(rf"(?<![A-Za-z0-9_/+-])(?:{pattern})(?![A-Za-z0-9_])"), entropy)


RULES: tuple[Rule, ...] = (
    _rule("aws_access_key", "A", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}"),
    _rule("github_token", "gh", r"gh[pousr]_[A-Za-z0-9]{36,255}"),
    _rule("github_token", "github_pat_", r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    _rule("gitlab_token", "gl", r"gl(?:pat|dt|rt|cbt|ptt|soat|imt|agent|oas|ft)-[A-Za-z0-9_-]{20,64}"),
    _rule("slack_token", "xox", r"xox[abeprs]-(?:[A-Za-z0-9]{1,64}-){1,5}[A-Za-z0-9]{10,64}"),
    _rule("slack_token", "xapp-", r"xapp-\d-[A-Z0-9]{8,16}-\d{8,16}-[a-f0-9]{32,80}"),
    _rule("slack_webhook", "hooks.slack", r"hooks\.slack\.com/(services/T\w{6,12}/B\w{6,12}/[A-Za-z0-9]{20,30})"),
    _rule("discord_webhook", "api/webhooks/", r"discord(?:app)?\.com/api/webhooks/(\d{17,20}/[A-Za-z0-9_-]{60,70})"),
    _rule("stripe_key", "_live_", r"(?:sk|rk)_live_[A-Za-z0-9]{20,250}"),
    _rule("stripe_webhook_secret", "whsec_", r"whsec_[A-Za-z0-9+/]{32,64}"),
    _rule("google_api_key", "AIza", r"AIza[A-Za-z0-9_-]{35}"),
    _rule("google_oauth_secret", "GOCSPX-", r"GOCSPX-[A-Za-z0-9_-]{28}"),
    _rule("google_oauth_token", "ya29.", r"ya29\.[A-Za-z0-9_-]{40,400}"),
    _rule("openai_key", "sk-", r"sk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{40,250}"),
    _rule("openai_key", "T3BlbkFJ", r"sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}"),
    _rule("anthropic_key", "sk-ant-", r"sk-ant-[a-z]{3,6}\d{2}-[A-Za-z0-9_-]{80,120}"),
    _rule("huggingface_token", "hf_", r"hf_[A-Za-z]{34,40}"),
    _rule("groq_key", "gsk_", r"gsk_[A-Za-z0-9]{50,56}"),
    _rule("replicate_token", "r8_", r"r8_[A-Za-z0-9]{37}"),
    _rule("npm_token", "npm_", r"npm_[A-Za-z0-9]{36}"),
    _rule("pypi_token", "pypi-", r"pypi-AgE[A-Za-z0-9_-]{50,1000}"),
    _rule("rubygems_token", "rubygems_", r"rubygems_[a-f0-9]{48}"),
    _rule("docker_token", "dckr_", r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{27,40}"),
    _rule("sendgrid_key", "SG.", r"SG\.[A-Za-z0-9_-]{20,24}\.[A-Za-z0-9_-]{39,50}"),
    _rule("mailgun_key", "key-", r"key-[a-f0-9]{32}"),
    _rule("mailchimp_key", "-us", r"[a-f0-9]{32}-us\d{1,2}"),
    _rule("twilio_key", "SK", r"SK[a-f0-9]{32}"),
    _rule("telegram_token", ":AA", r"\d{8,10}:AA[A-Za-z0-9_-]{33}"),
    _rule("digitalocean_token", "_v1_", r"do[oprt]_v1_[a-f0-9]{64}"),
    _rule("shopify_token", "shp", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    _rule("square_token", "sq0", r"sq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,43}"),
    _rule("databricks_token", "dapi", r"dapi[a-f0-9]{32}(?:-\d)?"),
    _rule("vault_token", "hv", r"hv[sbr]\.[A-Za-z0-9_-]{24,200}"),
    _rule("terraform_token", ".atlasv1.", r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,80}"),
    _rule("atlassian_token", "ATATT3", r"ATATT3[A-Za-z0-9_=-]{100,300}"),
    _rule("linear_key", "lin_api_", r"lin_api_[A-Za-z0-9]{40}"),
    _rule("notion_token", "ntn_", r"ntn_[A-Za-z0-9]{40,50}"),
    _rule("grafana_token", "gl", r"gl(?:sa|c)_[A-Za-z0-9+/=_]{32,400}"),
    _rule("newrelic_key", "NRAK-", r"NRAK-[A-Z0-9]{27}"),
    _rule("sentry_token", "sntry", r"sntry[su]_[A-Za-z0-9+/=_]{60,400}"),
    _rule("postman_key", "PMAK-", r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}"),
    _rule("tailscale_key", "tskey-", r"tskey-[a-z]{2,10}-[A-Za-z0-9]{8,20}-[A-Za-z0-9]{20,60}"),
    _rule("doppler_token", "dp.", r"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{1,40}\.)?[A-Za-z0-9]{40,50}"),
    _rule("pulumi_token", "pul-", r"pul-[a-f0-9]{40}"),
    _rule("planetscale_token", "pscale_", r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{32,64}"),
    _rule("supabase_token", "sbp_", r"sbp_[a-f0-9]{40}"),
    _rule("netlify_token", "nf", r"nf[pcobu]_[A-Za-z0-9]{36}"),
    _rule("age_key", "AGE-SECRET-KEY-1", r"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
    _rule("azure_storage_key", "AccountKey=", r"AccountKey=([A-Za-z0-9+/]{86}==)"),
    _rule("jwt", "eyJ", r"eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{20,1000}"),
    Rule(
        "private_key",
        "PRIVATE KEY",
        re.compile(
            r"-----BEGIN (?:[A-Z0-9]{2,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----"
            # The body in its lines, with headers, quotes and written-out line ends between; 64 characters at least,
            # so that a mention of the marker, or an elided example, is no key.
            r"((?:[A-Za-z0-9+/=]{1,76}|\\[nr]|[\s\"',;:+().-]){2,400}?)"
            r"-----END (?:[A-Z0-9]{2,12} ){0,2}PRIVATE KEY"
        ),
        4.0,
    ),
)  # fmt: skip

USER_INFO = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,20}://[^\s:/@\"'<>]{1,80}:([^\s:/@\"'<>]{3,120})@([A-Za-z0-9._-]{1,200})", re.IGNORECASE
)
LOCAL = re.compile(
    r"localhost|127\.|0\.0\.0\.0|\[?::1|.*\.(?:example|test|invalid|local|localhost)\b|(?:.*\.)?example\.\w+|[a-z_-]+$"
)

PLACEHOLDER = re.compile(
    r"x{4,}|\*{3,}|\.{3}|…|<|>|\$\{|\{\{|\$\(|%\(|\{[a-z_]*\}|%s|change.?me|change.?this|replace|your|insert|example|sample|"
    r"dummy|placeholder|redacted|fake|foobar|f00|todo|fixme|deadbeef|12345|01234|abcd|qwerty|lorem|secret.?here|"
    r"not.?(?:a|the|so|very).|insecure|password|passwd|mypass|"
    r"notsecret|none|null|undefined|(.)\1{5,}",
    re.IGNORECASE,
)


def entropy(text: str) -> float:
    """Shannon entropy of the characters, in bits each.

    >>> round(entropy("abab"), 1)
    1.0
    """
    size = len(text)
    return -sum(text.count(c) / size * log2(text.count(c) / size) for c in set(text)) if size else 0.0


def find_by_format(text: str) -> Iterator[Hit]:
    """Secrets that are known by their own form."""
    count = 0
    for rule in RULES:
        if rule.gate not in text:
            continue
        for found in rule.pattern.finditer(text):
            group = 1 if rule.pattern.groups and found[1] is not None else 0
            value = found[group]
            body = re.sub(r"[^A-Za-z0-9]", "", value) if rule.kind == "private_key" else value
            if rule.kind == "private_key" and len(body) < 64:
                continue
            # A published format filled with "XXXX" or "0123456789" is an example in a manual.
            if entropy(body) < rule.entropy or (rule.kind != "private_key" and _is_example(value)):
                continue
            yield Hit(rule.kind, found.start(group), found.end(group), True)
            count += 1
            if count >= MAX_HITS:
                return
    if "://" in text and "@" in text:
        for found in USER_INFO.finditer(text):
            if not PLACEHOLDER.search(found[1]) and not LOCAL.match(found[2]) and not _is_word(found[1]):
                yield Hit("password_in_address", found.start(1), found.end(1), False)


def _is_example(value: str) -> bool:
    return bool(re.search(r"example|x{5,}|(.)\1{5,}|12345678|abcdefgh|EXAMPLE", value))


def _is_word(value: str) -> bool:
    """`user:pass@`, `postgres:postgres@`: what manuals and local set-ups write."""
    return bool(re.fullmatch(r"[a-z]{1,12}|[A-Z_]{1,40}|[:$%{].*", value))
