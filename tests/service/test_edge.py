"""The edge: bodies are cut off while they stream, web pages stay out, keys are private, names are safe."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.types import Message, Receive, Scope, Send

from genesis.errors import BodyTooLarge, RequestInvalid, StorageFailed, Unauthorized
from genesis.security.edge import keys
from genesis.security.edge.body import BodyLimit
from genesis.security.edge.upload import UploadedFile, unpack
from genesis.settings import Profile, Settings
from tests.service.conftest import Service


async def _read_all(scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass


async def test_reading_stops_as_soon_as_the_limit_is_passed() -> None:
    read = 0

    async def receive() -> Message:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": b"x" * 40, "more_body": True}

    async def send(message: Message) -> None:
        raise AssertionError("nothing is answered here")

    scope = {"type": "http", "path": "/", "headers": []}
    with pytest.raises(BodyTooLarge):
        await BodyLimit(_read_all, lambda path: 100)(scope, receive, send)
    assert read == 3
    declared = scope | {"headers": [(b"content-length", b"101")]}
    with pytest.raises(BodyTooLarge):
        await BodyLimit(_read_all, lambda path: 100)(declared, receive, send)
    assert read == 3  # refused unread


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 403),
        ({"host": "127.0.0.1.evil.example:80"}, 403),
        ({"host": ""}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"host": "localhost:1"}, 202),
        ({"host": "[::1]:1"}, 202),
    ],
)
async def test_web_pages_of_others_stay_out(service: Service, headers: dict[str, str], status: int) -> None:
    body = {"description": "Hi", "agent": "echo"}
    answer = await service.http.post("/task", json=body, headers=headers)
    assert answer.status_code == status
    assert len(await service.run_ids()) == (status == 202)


async def test_a_page_of_our_own_may_post(service: Service) -> None:
    body = {"description": "Hi", "agent": "echo"}
    assert (await service.http.post("/task", json=body, headers={"origin": service.url})).status_code == 202


def test_in_dev_a_key_is_made_for_the_owner_alone(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    key = keys.admin_key(settings)
    assert (tmp_path / "admin.key").stat().st_mode & 0o777 == 0o600
    assert keys.admin_key(settings) == key
    keys.check(key, key.get_secret_value())
    for wrong in (None, "", "x", key.get_secret_value() + "x"):
        with pytest.raises(Unauthorized):
            keys.check(key, wrong)
    (tmp_path / "admin.key").chmod(0o644)
    with pytest.raises(Unauthorized, match="chmod 600"):
        keys.admin_key(settings)


@pytest.mark.parametrize("profile", ["staging", "production"])
def test_other_profiles_need_a_key_and_loopback(tmp_path: Path, profile: Profile) -> None:
    good = SecretStr("k" * 20)
    assert keys.admin_key(Settings(home=tmp_path, profile=profile, admin_key=good)) == good
    with pytest.raises(Unauthorized, match="GENESIS_ADMIN_KEY"):
        keys.admin_key(Settings(home=tmp_path, profile=profile))
    with pytest.raises(Unauthorized, match="shorter"):
        keys.admin_key(Settings(home=tmp_path, profile=profile, admin_key=SecretStr("short")))


@pytest.mark.parametrize("profile", ["dev", "staging", "production"])
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "example.org"])
def test_no_profile_listens_off_loopback(tmp_path: Path, profile: Profile, host: str) -> None:
    with pytest.raises(Unauthorized, match="loopback"):
        keys.admin_key(Settings(home=tmp_path, profile=profile, host=host, admin_key=SecretStr("k" * 20)))


@pytest.mark.parametrize(
    "names",
    [["a", "A"], ["a", "a/b"], ["../a"], ["/a"], ["a//b"], ["a/"], [".."], ["."], ["a/.."], ["a\nb"], ["NUL.txt"],
     ["-rf"], ["~root"], ["a" * 101], ["/".join("a" * 11)]],
)  # fmt: skip
def test_names_that_are_not_safe_leave_nothing_behind(tmp_path: Path, names: list[str]) -> None:
    with pytest.raises(RequestInvalid):
        unpack([UploadedFile(name, b"x") for name in names], tmp_path / "up" / "run")
    assert not (tmp_path / "up").exists()


def test_an_upload_is_unpacked_once_and_whole(tmp_path: Path) -> None:
    files = [UploadedFile("src/app.py", b"1"), UploadedFile(".github/ci.yml", b"2"), UploadedFile("a b (1).txt", b"3")]
    target = unpack(files, tmp_path / "up" / "run")
    assert sorted(str(p.relative_to(target)) for p in target.rglob("*") if p.is_file()) == [
        ".github/ci.yml", "a b (1).txt", "src/app.py"
    ]  # fmt: skip
    assert unpack(files, target) == target
    assert [p.name for p in (tmp_path / "up").iterdir()] == ["run"]
    with pytest.raises(BodyTooLarge):
        unpack([UploadedFile("a", b"x" * 10_485_761)], tmp_path / "up" / "big")
    with pytest.raises(BodyTooLarge):
        unpack([UploadedFile(f"f{n}", b"") for n in range(2001)], tmp_path / "up" / "many")


def test_a_disk_that_fills_up_half_way_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if path.name == "second":
            raise OSError(28, "No space left on device")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StorageFailed, match="nothing was kept"):
        unpack([UploadedFile("first", b"1"), UploadedFile("second", b"2")], tmp_path / "up" / "run")
    assert list((tmp_path / "up").iterdir()) == []
