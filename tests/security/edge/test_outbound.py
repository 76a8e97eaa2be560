"""Where tools may connect: this machine and named hosts; nothing else, whatever a name resolves to."""

from __future__ import annotations

import pytest

from genesis.clock import SystemClock
from genesis.errors import Forbidden, NetworkError
from genesis.security.edge.outbound import Resolve, get, shown, urls_in
from tests.agents.loopback import serve


def resolver(address: str) -> Resolve:
    async def resolve(host: str, port: int) -> list[str]:
        return [address]

    return resolve


@pytest.mark.parametrize(
    "url",
    ["http://example.com/", "ftp://127.0.0.1/", "http://u:p@127.0.0.1/", "http://[fe80::1]/", "file:///etc/passwd"],
)
async def test_what_nobody_named_is_not_asked(url: str) -> None:
    with pytest.raises(Forbidden):
        await get(url, named=frozenset(), clock=SystemClock())


@pytest.mark.parametrize("address", ["169.254.169.254", "::ffff:169.254.169.254", "0.0.0.0", "224.0.0.1", "fe80::1"])
async def test_a_named_host_that_leads_to_the_metadata_of_a_cloud_is_refused(address: str) -> None:
    with pytest.raises(Forbidden, match="never asked"):
        await get(
            "http://named.example/", named=frozenset({"named.example"}), clock=SystemClock(), resolve=resolver(address)
        )


async def test_a_named_host_is_asked_where_it_resolved_to_once() -> None:
    asked: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with serve({"/x": (200, "text/plain", "yes")}) as server:
        url = f"http://named.example:{server.port}/x"
        answer = await get(url, named=frozenset({"named.example"}), clock=SystemClock(), resolve=resolve)
    assert (answer.status, answer.body, asked) == (200, b"yes", ["named.example"])


async def test_an_answer_without_end_is_cut_off() -> None:
    with serve({"/big": (200, "text/plain", "x" * 50_000)}) as server:
        with pytest.raises(NetworkError, match="more than 1,000 bytes"):
            await get(f"{server.url}/big", named=frozenset(), clock=SystemClock(), max_bytes=1_000)


async def test_a_circle_of_redirects_ends() -> None:
    with serve({"/a": (302, "location", "/b"), "/b": (302, "location", "/a")}) as server:
        with pytest.raises(NetworkError, match="more than three times"):
            await get(f"{server.url}/a", named=frozenset(), clock=SystemClock())
        assert len(server.asked) == 4


def test_addresses_are_found_in_words_and_shown_without_secrets() -> None:
    text = "see https://u:pw@a.example/x?token=1#f, (http://b.org/y) and localhost:80/z; not notes.md or a@b.com"
    found = urls_in(text)
    assert found == ("https://u:pw@a.example/x?token=1#f", "http://b.org/y", "http://localhost:80/z")
    assert shown(found[0]) == "https://a.example/x"
