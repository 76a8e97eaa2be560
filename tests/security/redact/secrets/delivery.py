"""Continuous integration and package registries."""

from __future__ import annotations

import json
from base64 import b64encode
from random import Random

from tests.security.redact.secrets.chars import (
    BASE62,
    HEX,
    LOWER,
    UPPER36,
    URL64,
    checked62,
    name,
    password,
    uuid,
)
from tests.security.redact.secrets.sample import Kind, line, value


def _docker_auth(rng: Random) -> str:
    return b64encode(f"{name(rng)}:{password(rng)}".encode()).decode()


def _docker_config(rng: Random, secret: str) -> str:
    registry = rng.choice(["https://index.docker.io/v1/", "registry.example.com", "ghcr.io"])
    return json.dumps({"auths": {registry: {"auth": secret}}}, separators=rng.choice([(",", ":"), (", ", ": ")]))


KINDS: tuple[Kind, ...] = (
    value("circleci_pat", "CCIPAT_", (BASE62, 22), "_", (HEX, 40)),
    value("circleci_project_token", "CCIPRJ_", (BASE62, 22), "_", (HEX, 40)),
    value("buildkite_token", "bkua_", (HEX, 40)),
    value("sonar_user_token", "squ_", (HEX, 40)),
    value("sonar_project_token", "sqp_", (HEX, 40)),
    value("sonar_global_token", "sqa_", (HEX, 40)),
    value("snyk_token", uuid, beside=("snyk token", "snyk api token")),
    value("codecov_token", uuid, beside=("codecov token",)),
    value("jenkins_token", "11", (HEX, 32), beside=("jenkins api token", "jenkins token")),
    value("octopus_api_key", "API-", (UPPER36, 26, 30)),
    value("travis_token", (URL64, 21), (BASE62, 1), beside=("travis token", "travis api token")),
    value("jfrog_api_key", "AKCp", (BASE62, 69)),
    value("jfrog_reference_token", "cmVmdGtu", (BASE62, 56)),
    value("npm_token", "npm_", checked62(30)),
    line("npm_legacy_token", lambda rng, secret: f"//registry.example.com/:_authToken={secret}", uuid),
    value("pypi_token", "pypi-AgEIcHlwaS5vcmc", (URL64, 149, 170), (BASE62, 1)),
    value("testpypi_token", "pypi-AgENdGVzdC5weXBpLm9yZw", (URL64, 149, 170), (BASE62, 1)),
    value("rubygems_key", "rubygems_", (HEX, 48)),
    value("nuget_key", "oy2", (LOWER + "234567", 43)),
    value("crates_token", "cio", (BASE62, 32)),
    value("dockerhub_pat", "dckr_pat_", (URL64, 26), (BASE62, 1)),
    value("dockerhub_org_token", "dckr_oat_", (URL64, 31), (BASE62, 1)),
    line("docker_config_auth", _docker_config, _docker_auth),
    value("clojars_token", "CLOJARS_", (HEX, 60)),
)
