"""Code hosts."""

from __future__ import annotations

import zlib
from random import Random

from tests.security.redact.secrets.chars import (
    BASE62,
    DIGITS,
    HEX,
    LOWER36,
    UPPER_HEX,
    URL64,
    base62_crc,
    checked62,
    number_in,
    some,
)
from tests.security.redact.secrets.keys import signed_token
from tests.security.redact.secrets.sample import Kind, value


def _routable(rng: Random) -> str:
    """GitLab's routable tokens: payload, then version, length and CRC-32 in base 36 (GitLab handbook, "cells")."""
    payload = some(rng, URL64, rng.randint(27, 60))
    version = rng.choice([".01.", "."])
    head = payload + version + number_in(len(payload), LOWER36, 2)
    return head + number_in(zlib.crc32(f"glpat-{head}".encode()), LOWER36, 7)


def _atlassian(length: int) -> tuple[str, tuple[str, int], str, tuple[str, int]]:
    return "xFfGF0", (URL64, length), "=", (UPPER_HEX, 8)


def _fine_grained(rng: Random) -> str:
    body = some(rng, BASE62, 22) + "_" + some(rng, BASE62, 53)
    return body + base62_crc(body)


KINDS: tuple[Kind, ...] = (
    value("github_pat", "ghp_", checked62(30)),
    value("github_oauth", "gho_", checked62(30)),
    value("github_user_to_server", "ghu_", checked62(30)),
    value("github_server_to_server", "ghs_", checked62(30)),
    value("github_stateless_token", "ghs_", (DIGITS, 6, 8), "_", signed_token),
    value("github_refresh", "ghr_", [checked62(30), checked62(70)]),
    value("github_fine_grained_pat", "github_pat_", _fine_grained),
    value(
        "github_app_client_secret",
        (HEX, 40),
        beside=("github client secret", "github app client secret", "github oauth client secret"),
    ),
    value("gitlab_pat", "glpat-", (URL64, 20)),
    value("gitlab_routable_pat", "glpat-", _routable),
    value("gitlab_deploy_token", "gldt-", (URL64, 20)),
    value("gitlab_runner_token", "glrt-", (URL64, 20)),
    value("gitlab_ci_job_token", "glcbt-", (BASE62, 1, 5), "_", (URL64, 20)),
    value("gitlab_trigger_token", "glptt-", (HEX, 40)),
    value("gitlab_feed_token", "glft-", (URL64, 20)),
    value("gitlab_mail_token", "glimt-", (LOWER36, 25)),
    value("gitlab_agent_token", "glagent-", (URL64, 50)),
    value("gitlab_oauth_secret", "gloas-", (HEX, 64)),
    value("gitlab_scim_token", "glsoat-", (URL64, 20)),
    value("gitlab_runner_registration", "GR1348941", (URL64, 20)),
    value("bitbucket_app_password", "ATBB", (BASE62, 32)),
    value("bitbucket_access_token", "ATCTT3", *_atlassian(160)),
    value("atlassian_api_token", "ATATT3", *_atlassian(171)),
    value("sourcegraph_token", "sgp_", [(HEX, 16), "local"], "_", (HEX, 40)),
)
