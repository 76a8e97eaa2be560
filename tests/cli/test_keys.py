"""`genesis keys`, and a command line that brings its key, over a service in profile production."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from genesis.security.edge import keys
from genesis.settings import Profile, Settings
from tests.cli.conftest import Box

ADMIN = {"GENESIS_ADMIN_KEY": "generated-for-this-test"}


def made(box: Box, *arguments: str) -> tuple[str, str]:
    """The id and the key."""
    done = box.call("keys", "make", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)
    return row["id"], row["key"]


def test_from_make_to_revoke(box: Box, tmp_path: Path) -> None:
    own, key = made(box, "ann", "--days", "90")
    _, other = made(box, "bob")
    up = box.up("--profile", "production", **ADMIN)
    file = tmp_path / "key"
    file.write_text(key + "\n")
    run = box.call("run", "Hello", "--agent", "echo", "--target", up.url, "--json", GENESIS_KEY_FILE=str(file))
    assert run.returncode == 0, run.stderr
    name = json.loads(run.stdout)["task_id"]

    def show(with_key: str) -> int:
        return up.http.get(f"/task/{name}", headers={"authorization": f"Bearer {with_key}"}).status_code

    nobody = box.call("runs", "list", "--target", up.url)
    assert (nobody.returncode, "UNAUTHORIZED" in nobody.stderr) == (1, True)
    assert (show(key), show(other)) == (200, 404)
    rotated = json.loads(box.call("keys", "rotate", own, "--overlap", "0", "--json").stdout)
    assert (show(key), show(rotated["key"])) == (401, 200)
    assert box.call("keys", "revoke", rotated["id"]).returncode == 0
    assert show(rotated["key"]) == 401
    listed = box.call("keys", "list", "--json").stdout
    status = {row["id"]: row["status"] for row in json.loads(listed)}
    assert (status[own], status[rotated["id"]]) == ("expired", "revoked")
    for text in (listed, up.log.read_text()):
        for one in (key, other, rotated["key"]):
            assert one[16:] not in text


def test_a_key_is_never_taken_from_the_command_line_nor_sent_in_the_clear(box: Box) -> None:
    _, key = made(box, "ann")
    assert "--key" not in box.call("run", "--help").stdout
    refused = box.call("runs", "list", "--target", "http://genesis.example:8080", GENESIS_KEY=key)
    assert (refused.returncode, "unencrypted" in refused.stderr) == (1, True)
    assert key not in refused.stderr


def test_what_is_no_key_is_refused(box: Box) -> None:
    assert box.call("keys", "make", "a b").returncode == 1
    assert box.call("keys", "make", "ann", "--scope", "everything").returncode == 2
    assert box.call("keys", "revoke", "nothing").returncode == 1


@pytest.mark.parametrize("profile", ["staging", "production"])
def test_with_keys_the_service_may_be_reached_from_elsewhere(box: Box, profile: Profile) -> None:
    _, key = made(box, "ann")
    unnamed = box.call("up", "--port", "0", "--profile", profile, "--host", "0.0.0.0", **ADMIN)
    assert (unnamed.returncode, "GENESIS_URL" in unnamed.stderr) == (1, True)
    # Not listened on here: the suite binds loopback only. What decides is asked itself.
    settings = Settings(
        home=box.home, profile=profile, host="0.0.0.0", url="https://genesis.example", admin_key=SecretStr("k" * 20)
    )
    assert keys.admin_key(settings, others=True) == settings.admin_key
    own = key.split("_")[1]
    box.call("keys", "revoke", own)
    named = {**ADMIN, "GENESIS_URL": "https://genesis.example"}
    again = box.call("up", "--port", "0", "--profile", profile, "--host", "0.0.0.0", **named)
    assert (again.returncode, "genesis keys make" in again.stderr) == (1, True)


def test_dev_stays_on_loopback_whatever_keys_there_are(box: Box) -> None:
    made(box, "ann")
    refused = box.call("up", "--port", "0", "--host", "0.0.0.0", GENESIS_URL="https://genesis.example")
    assert (refused.returncode, "loopback" in refused.stderr) == (1, True)
