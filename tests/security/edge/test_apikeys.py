"""API keys: only hashes are kept, the secret is compared whole, lives end when they should, and the file is private."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from genesis.errors import NotFound, RequestInvalid, StorageFailed, Unauthorized
from genesis.security.edge.apikeys import ApiKeys
from genesis.security.edge.principal import Owner


class Now:
    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def keys(tmp_path: Path, now: Now) -> ApiKeys:
    return ApiKeys(tmp_path, now)


def test_a_key_names_its_holder_and_only_its_hash_is_kept(tmp_path: Path, keys: ApiKeys) -> None:
    made, shown = keys.make("ann", tenant="acme", scopes=("read", "run"), agents=("qa",))
    found = keys.check(shown)
    assert (found.owner, found.scopes, found.agents, found.key) == (
        Owner("acme", "ann"), frozenset({"read", "run"}), frozenset({"qa"}), made.id
    )  # fmt: skip
    secret = shown[16:]
    for file in tmp_path.iterdir():
        assert secret.encode() not in file.read_bytes()
        assert file.stat().st_mode & 0o077 == 0
    assert secret not in repr(made)


def test_whatever_is_not_the_key_is_refused_alike(keys: ApiKeys) -> None:
    _, shown = keys.make("ann", tenant="acme", scopes=("read",))
    head, secret = shown[:15], shown[16:]  # the secret may hold a "_" of its own
    last = "A" if secret[-2] != "A" else "B"
    wrong = [
        f"{head}_{secret[:-2]}{last}{secret[-1]}",
        f"gk_{'0' * 12}_{secret}",
        f"{head}_{'A' * 43}",
        f"{head}_",
        shown + "A",
        shown[:-1],
        shown.upper(),
        "",
        "gk_",
        shown + "\n",
    ]
    told = set()
    for one in wrong:
        with pytest.raises(Unauthorized) as caught:
            keys.check(one)
        told.add(caught.value.message)
    assert len(told) == 1


def test_the_hash_is_of_this_home(tmp_path: Path, keys: ApiKeys, now: Now) -> None:
    _, shown = keys.make("ann", tenant="acme", scopes=("read",))
    other = tmp_path / "other"
    other.mkdir()
    (other / "keys.json").write_bytes((tmp_path / "keys.json").read_bytes())
    (other / "keys.json").chmod(0o600)
    with pytest.raises(Unauthorized):
        ApiKeys(other, now).check(shown)


def test_lives_end_on_the_second(keys: ApiKeys, now: Now) -> None:
    _, shown = keys.make("ann", tenant="acme", scopes=("read",), lasts_s=100)
    now.seconds += 99.9
    keys.check(shown)
    assert keys.any_alive()
    now.seconds += 0.1
    assert not keys.any_alive()
    with pytest.raises(Unauthorized):
        keys.check(shown)


def test_rotation_has_both_for_the_overlap_and_then_the_new_one(keys: ApiKeys, now: Now) -> None:
    old, shown = keys.make("ann", tenant="acme", scopes=("read",), agents=("qa",), lasts_s=10_000)
    now.seconds += 9_000
    new, fresh = keys.rotate(old.id, overlap_s=600)
    assert keys.check(shown).owner == keys.check(fresh).owner
    assert (new.scopes, new.agents, new.expires) == (old.scopes, old.agents, now.seconds + 10_000)
    now.seconds += 600
    keys.check(fresh)
    with pytest.raises(Unauthorized):
        keys.check(shown)
    with pytest.raises(NotFound):
        keys.rotate(old.id, overlap_s=600)  # what is dead is not woken up
    # The overlap never makes the old one live longer than it would have.
    last, _ = keys.rotate(new.id, overlap_s=1e9)
    assert {key.id: key.expires for key in keys.all()}[new.id] == new.expires
    assert last.id != new.id


def test_what_one_process_changes_the_other_sees_at_once(tmp_path: Path, keys: ApiKeys, now: Now) -> None:
    other = ApiKeys(tmp_path, now)
    made, shown = keys.make("ann", tenant="acme", scopes=("read",))
    other.check(shown)
    keys.revoke(made.id)
    with pytest.raises(Unauthorized):
        other.check(shown)
    with pytest.raises(NotFound):
        keys.revoke("nothing")


def test_processes_that_make_keys_at_once_lose_none(tmp_path: Path, now: Now) -> None:
    def make(number: int) -> None:
        shown.append(ApiKeys(tmp_path, now).make(f"p{number}", tenant="acme", scopes=("read",))[1])

    shown: list[str] = []
    threads = [threading.Thread(target=make, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = ApiKeys(tmp_path, now)
    assert {found.check(one).owner.subject for one in shown} == {f"p{number}" for number in range(12)}


@pytest.mark.parametrize("damage", ["text", "mode", "pepper"])
def test_files_that_are_not_as_they_must_be_let_nobody_in(tmp_path: Path, now: Now, damage: str) -> None:
    _, shown = ApiKeys(tmp_path, now).make("ann", tenant="acme", scopes=("read",))
    if damage == "text":
        (tmp_path / "keys.json").write_text("{")
    elif damage == "mode":
        (tmp_path / "keys.json").chmod(0o644)
    else:
        (tmp_path / "keys.hmac").chmod(0o644)
    with pytest.raises(StorageFailed) as caught:
        ApiKeys(tmp_path, now).check(shown)
    assert str(tmp_path) not in caught.value.message


@pytest.mark.parametrize("name", ["", "a b", "a\0", "x" * 129, "../x", "-x"])
def test_names_that_are_none_are_refused(keys: ApiKeys, name: str) -> None:
    for subject, tenant in ((name, "acme"), ("ann", name)):
        with pytest.raises(RequestInvalid):
            keys.make(subject, tenant=tenant, scopes=("read",))
    assert keys.all() == ()


def test_the_tenant_probe_is_for_checks_alone(keys: ApiKeys) -> None:
    keys.make("checks", tenant="probe", scopes=("probe",))
    with pytest.raises(RequestInvalid, match="probe"):
        keys.make("ann", tenant="probe", scopes=("read",))
    with pytest.raises(RequestInvalid, match="probe"):
        keys.make("ann", tenant="acme", scopes=("probe",))


def test_the_file_can_be_read_by_others_than_python(tmp_path: Path, keys: ApiKeys) -> None:
    made, _ = keys.make("ann", tenant="acme", scopes=("read",))
    [row] = json.loads((tmp_path / "keys.json").read_text())["keys"]
    assert (row["id"], row["subject"], len(row["hash"])) == (made.id, "ann", 64)
