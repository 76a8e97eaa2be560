"""Where nobody may connect, in every way of writing it; and a resolver that lies changes nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from genesis.clock import SystemClock
from genesis.errors import Forbidden, NetworkError
from genesis.security.edge.addresses import Resolve, parse, refusal
from genesis.security.edge.guarded import Guarded, client, fetch
from genesis.security.edge.outbound import get
from genesis.tools.probe_health import ProbeHealthInput, probe_health
from genesis.tools.tool import ToolContext
from tests.agents.loopback import serve

NEVER = [
    "169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "::169.254.169.254",
    "fe80::1", "fe80::a9fe:a9fe%eth0", "0.0.0.0", "0.1.2.3", "::", "224.0.0.1", "ff02::1", "255.255.255.255",
    "240.0.0.1", "100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254", "::ffff:0.0.0.0",
    "::ffff:0:169.254.169.254",
    "2002:e000:1::", "64:ff9b::e000:1", "64:ff9b::168.63.129.16", "2001:0:4136:e378:8000:63bf:5601:5601",
]  # fmt: skip
PRIVATE = [
    "127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "10.0.0.1", "172.16.0.1",
    "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.127.255.254", "fc00::1", "fd12:3456::1", "::ffff:10.0.0.1",
    "64:ff9b::10.0.0.1", "2002:0a00:1::", "64:ff9b:1::1.2.3.4", "198.18.0.1", "192.0.2.1", "2001:db8::1",
    "::ffff:100.64.0.1", "::127.0.0.1", "192.0.0.8", "::ffff:0:127.0.0.1", "::ffff:0:10.0.0.1", "4000::1", "::ffff",
]  # fmt: skip
PUBLIC = [
    "8.8.8.8",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::",
]


def resolver(*answers: list[str]) -> Resolve:
    """Answers in turn, the last one for ever."""
    left = list(answers)

    async def resolve(host: str, port: int) -> list[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


@pytest.mark.parametrize("text", NEVER)
def test_what_is_never_asked(text: str) -> None:
    for private in (True, False):
        said = refusal(parse(text), private=private)
        assert said is not None
        assert "never asked" in said


@pytest.mark.parametrize("text", PRIVATE)
def test_what_only_dev_asks(text: str) -> None:
    assert refusal(parse(text), private=False) is not None
    assert refusal(parse(text), private=True) is None or text.startswith("64:ff9b:1:")


@pytest.mark.parametrize("text", PUBLIC)
def test_what_may_be_asked(text: str) -> None:
    assert refusal(parse(text), private=False) is None


@pytest.mark.parametrize("text", ["127.0.0.1", "10.0.0.1", "::1", "fd00::1", "64:ff9b::7f00:1"])
async def test_a_public_name_that_leads_inside_is_refused(text: str) -> None:
    for answers in ([text], ["8.8.8.8", text], [text, "8.8.8.8"]):  # one bad address among good ones is enough
        with pytest.raises(Forbidden):
            await fetch("https://public.example/", private=False, max_bytes=10, total_s=5, resolve=resolver(answers))


async def test_numbers_in_every_notation_are_judged_by_what_they_are() -> None:
    """What the system's resolver makes of them is what is judged."""
    for host in ("0x7f000001", "2130706433", "0177.0.0.1", "127.1", "[::ffff:7f00:1]"):
        with pytest.raises((Forbidden, NetworkError)):
            await fetch(f"https://{host}/", private=False, max_bytes=10, total_s=5)


async def test_a_name_that_changes_its_mind_is_asked_where_it_was_checked() -> None:
    """DNS rebinding: the second answer would be the forbidden one."""
    with serve({"/x": (200, "text/plain", "yes")}) as server:
        url = f"http://named.example:{server.port}/x"
        resolve = resolver(["127.0.0.1"], ["169.254.169.254"])
        async with client(Guarded(private=True, resolve=resolve)) as http:
            assert (await http.get(url)).text == "yes"
            with pytest.raises(Forbidden):  # the next request is checked anew
                await http.get(url)


async def test_every_redirect_is_checked() -> None:
    with serve({"/inner": (200, "text/plain", "no")}) as inside:
        for target in (
            f"http://inside.example:{inside.port}/inner",
            "http://169.254.169.254/latest",
            "ftp://x/",
            "file:///etc/passwd",
        ):
            with serve({"/": (302, "location", target)}) as server:

                async def resolve(host: str, port: int) -> list[str]:
                    return ["127.0.0.1"] if host == "outside.example" else ["169.254.169.254"]

                async with client(Guarded(private=True, resolve=resolve)) as http:
                    with pytest.raises((Forbidden, httpx.UnsupportedProtocol)):
                        await http.get(f"http://outside.example:{server.port}/", follow_redirects=True)
        assert inside.asked == []


async def test_host_is_the_name_and_not_the_number() -> None:
    seen: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, client(Guarded(private=True, resolve=resolver(["127.0.0.1"]))) as http:
        await http.get(f"http://named.example:{port}/")
    assert f"host: named.example:{port}".encode() in seen[0].lower()


async def test_an_answer_that_drips_is_cut_off() -> None:
    hung_up, ended = asyncio.Event(), asyncio.Semaphore(0)

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        try:
            while not hung_up.is_set():
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.02)
        except ConnectionError:
            pass
        writer.close()
        ended.release()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server:
        with pytest.raises(NetworkError, match="slowly"):
            await fetch(url, private=True, max_bytes=1_000_000, total_s=0.3)
        with pytest.raises(NetworkError, match="more than 5 bytes"):
            await fetch(url, private=True, max_bytes=5, total_s=30)
        hung_up.set()
        for _ in range(2):
            await ended.acquire()


async def test_public_addresses_are_not_asked_in_the_clear() -> None:
    with pytest.raises(Forbidden, match="unencrypted"):
        await fetch("http://public.example/", private=True, max_bytes=10, total_s=5, resolve=resolver(["8.8.8.8"]))


async def test_a_resolver_that_says_nonsense_or_nothing_is_an_error_of_the_network() -> None:
    for answers in ([], ["not an address"], ["999.1.1.1"]):
        with pytest.raises(NetworkError):
            await fetch("https://x.example/", private=True, max_bytes=10, total_s=5, resolve=resolver(answers))


async def test_tools_outside_dev_ask_neither_this_machine_nor_a_private_network(tmp_path: Path) -> None:
    with serve({"/x": (200, "text/plain", "yes")}) as server:
        with pytest.raises(Forbidden, match="loopback or private"):
            await get(f"{server.url}/x", named=frozenset(), clock=SystemClock(), private=False)
        context = ToolContext(workspace=None, scratch=tmp_path, key="k", clock=SystemClock(), private=False)
        probed = await probe_health.run(ProbeHealthInput(urls=(f"{server.url}/x",)), context)
        assert "loopback or private" in str(probed)
        assert server.asked == []
        await probe_health.run(ProbeHealthInput(urls=(f"{server.url}/x",)), replace(context, private=True))
        assert server.asked


async def test_a_name_that_takes_long_to_look_up_is_no_way_past_the_time_limit() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        await asyncio.sleep(30)
        return ["8.8.8.8"]

    async with asyncio.timeout(5):
        with pytest.raises(NetworkError, match="in time"):
            await fetch("https://slow.example/", private=False, max_bytes=10, total_s=0.1, resolve=resolve)
