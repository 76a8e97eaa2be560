"""What a program in the sandbox gets at. Each also runs without it and does what it must not: so the tests can fail."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from pathlib import Path

import pytest

from genesis.security.code import sandbox
from genesis.security.code.isolation import Kind
from tests.security.code.programs import inside, outside

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")


READ = "import sys; open(sys.argv[1], 'rb').read(1); print('BREACH')"
LIST = "import sys, os; os.listdir(sys.argv[1]); print('BREACH')"
WRITE = "import sys; open(sys.argv[1], 'w').write('x'); print('BREACH')"
CONNECT = "import sys, socket; socket.create_connection((sys.argv[1], int(sys.argv[2])), 3); print('BREACH')"
DATAGRAM = """
import sys, socket
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', int(sys.argv[1])))
"""
SIGNAL = "import sys, os; os.kill(int(sys.argv[1]), 0); print('BREACH')"
ENVIRONMENT = "import sys, os; print('BREACH' if 'GENESIS_CANARY' in os.environ else 'clean')"
NEIGHBOUR = """
import sys
print('BREACH' if b'python' in open(f'/proc/{sys.argv[1]}/cmdline', 'rb').read() else 'clean')
"""


async def test_reads_nothing_that_it_was_not_given(kind: Kind, folder: Path) -> None:
    secret = folder.parent / "workspace"
    secret.mkdir()
    (secret / "file").write_text("x")
    for program, path in ((READ, secret / "file"), (LIST, secret)):
        ran = await inside(kind, folder, program, str(path))
        assert b"BREACH" not in ran.stdout and ran.exit_code == 1, (kind, path, ran)
        assert "BREACH" in outside(program, str(path))
    ran = await inside(kind, folder, READ, "/etc/shadow")
    assert b"BREACH" not in ran.stdout and ran.exit_code == 1

    if Path.home().is_dir() and os.access(Path.home(), os.W_OK):
        with tempfile.NamedTemporaryFile(dir=Path.home()) as home_file:
            ran = await inside(kind, folder, "import sys, os; print(os.listdir(sys.argv[1]))", str(Path.home()))
            assert Path(home_file.name).name not in ran.stdout.decode(), "only the way to an interpreter there is seen"
            assert b"BREACH" not in (await inside(kind, folder, READ, home_file.name)).stdout
            assert "BREACH" in outside(READ, home_file.name)


async def test_a_link_does_not_lead_out(kind: Kind, folder: Path) -> None:
    file = folder.parent / "file"
    file.write_text("kept")
    (folder / "link").symlink_to(file)
    assert b"BREACH" not in (await inside(kind, folder, READ, "link")).stdout
    await inside(kind, folder, WRITE, "link")
    assert file.read_text() == "kept"
    outside(WRITE, str(folder / "link"))
    assert file.read_text() == "x"


async def test_reads_what_it_was_given_and_cannot_change_it(kind: Kind, folder: Path) -> None:
    given = folder.parent / "given"
    given.mkdir()
    (given / "file").write_text("kept")
    for program, said in ((READ, b"BREACH\n"), (WRITE, b"")):
        ran = await sandbox.run(
            [sys.executable, "-c", program, str(given / "file")],
            folder=folder,
            readable=[given],
            seconds=20,
            memory_mb=200,
            processes=16,
            output_bytes=10_000,
            kind=kind,
        )
        assert ran.stdout == said
    assert (given / "file").read_text() == "kept"


async def test_writes_only_in_its_folder(kind: Kind, folder: Path) -> None:
    out = folder.parent / "out"
    await inside(kind, folder, WRITE, str(out))
    assert not out.exists(), "at most a temporary file system of its own was written"
    outside(WRITE, str(out))
    assert out.exists()
    ran = await inside(kind, folder, WRITE, str(folder / "new"))
    assert (folder / "new").read_text() == "x", ran


async def test_reaches_neither_the_hosts_loopback_nor_the_world(
    kind: Kind, folder: Path, listener: socket.socket
) -> None:
    port = str(listener.getsockname()[1])
    ran = await inside(kind, folder, CONNECT, "127.0.0.1", port)
    assert b"BREACH" not in ran.stdout and ran.exit_code == 1
    assert "BREACH" in outside(CONNECT, "127.0.0.1", port)

    ran = await inside(kind, folder, CONNECT, "1.1.1.1", "53")
    assert b"Network is unreachable" in ran.stderr or b"Permission denied" in ran.stderr, "must be refused here"

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        one.setblocking(False)
        await inside(kind, folder, DATAGRAM, str(one.getsockname()[1]))
        with pytest.raises(BlockingIOError):
            one.recv(1)
        outside(DATAGRAM, str(one.getsockname()[1]))
        assert one.recv(1) == b"x"


async def test_a_socket_file_of_the_host_is_out_of_reach(kind: Kind, folder: Path) -> None:
    program = "import sys, socket; socket.socket(socket.AF_UNIX).connect(sys.argv[1]); print('BREACH')"
    with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX) as one:
        one.bind(f"{short}/s")
        one.listen()
        assert b"BREACH" not in (await inside(kind, folder, program, f"{short}/s")).stdout
        assert "BREACH" in outside(program, f"{short}/s")


async def test_bubblewrap_has_a_loopback_of_its_own(kind: Kind, folder: Path) -> None:
    program = """
import socket
server = socket.create_server(('127.0.0.1', 0))
client = socket.create_connection(server.getsockname())
client.sendall(b'x')
print(server.accept()[0].recv(1))
"""
    ran = await inside(kind, folder, program)
    assert ran.stdout == (b"b'x'\n" if "bubblewrap" in kind else b""), ran


async def test_cannot_signal_or_see_the_parent(kind: Kind, folder: Path) -> None:
    for program in (SIGNAL, NEIGHBOUR):
        ran = await inside(kind, folder, program, str(os.getpid()))
        assert b"BREACH" not in ran.stdout, (kind, program, ran)
        assert "BREACH" in outside(program, str(os.getpid()))
    kill = "import os, signal; os.kill(os.getppid(), signal.SIGTERM); os.kill(-1, signal.SIGTERM)"
    await inside(kind, folder, kill)  # that this process lives on is the assertion


async def test_sees_nothing_of_our_environment(kind: Kind, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENESIS_CANARY", "x")
    assert (await inside(kind, folder, ENVIRONMENT)).stdout == b"clean\n"
    assert outside(ENVIRONMENT) == "BREACH\n"


async def test_has_no_capabilities(kind: Kind, folder: Path) -> None:
    program = "print([line for line in open('/proc/self/status') if line.startswith('CapEff')][0].split()[1])"
    ran = await inside(kind, folder, program)
    assert int(ran.stdout, 16) == 0, "root inside could set the clock or make devices"
    if os.geteuid() == 0:
        assert int(outside(program), 16) != 0
