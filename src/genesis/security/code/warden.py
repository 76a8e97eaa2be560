"""Stands beside foreign code: a script of its own, started by `sandbox`, importing nothing of Genesis.

`python -I warden.py ORDER COMMAND...`. ORDER is JSON: `part`, `memory_mb`, `processes`, `file_mb`, and for sandlock its
`policy` and `packages` (the folder that has it). The parts:

    watch     outside of bubblewrap, out of reach of what is inside: ends it when all its processes together are over
              the limits, or on SIGTERM, and waits until the last one is gone
    limit     inside of bubblewrap: gives up capabilities, sets the limits of one process, becomes the command
    confine   inside of bubblewrap or alone: the same, under sandlock, which counts all processes together

Exits with the command's code: 128 + signal when a signal ended it, 125 when it could not be started.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import platform
import resource
import signal
import struct
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

CANNOT_START = 125
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER = 1, 24, 36
LINUX_CAPABILITY_VERSION_3 = 0x20080522
LOOK_EVERY_S = 0.05
NO_NEW_PRIVS, SET_SECCOMP, SECCOMP_FILTER = 38, 22, 2
ALLOW, REFUSE = 0x7FFF0000, 0x00050001  # the latter with EPERM
FAST_OPEN = 0x20000000
ANY, NOT_ZERO, HAS = "any", "not zero", "has"
CALLS: dict[str, tuple[int, dict[int, list[tuple[str, int, int]]]]] = {}
"""Machine -> audit number, and system call -> conditions (kind, argument, value), any one of which refuses it."""
for _machine, _audit, _numbers in (
    ("x86_64", 0xC000003E, (44, 46, 307, 302, 203, 144, 142, 314, 141, 251, 256, 279, 250, 248, 249)),
    ("aarch64", 0xC00000B7, (206, 211, 269, 261, 122, 119, 118, 274, 140, 30, 238, 239, 219, 217, 218)),
):
    _rules: list[list[tuple[str, int, int]]] = [
        # sendto, sendmsg, sendmmsg: opening a connection with its first data goes past Landlock's look at `connect`
        *([(HAS, flags, FAST_OPEN)] for flags in (3, 2, 3)),
        # prlimit64, sched_set{affinity,scheduler,param,attr}: another process's, of the host too where pids are shared
        *([(NOT_ZERO, 0, 0)] for _ in range(5)),
        # setpriority, ioprio_set: the same; which = user (2, and 3 of ioprio) means all of the user's processes
        *([(NOT_ZERO, 1, 0), (HAS, 0, 2)] for _ in range(2)),
        *([(NOT_ZERO, 0, 0)] for _ in range(2)),  # migrate_pages, move_pages
        *([(ANY, 0, 0)] for _ in range(3)),  # keyctl, add_key, request_key: the session's keys are inherited
    ]
    CALLS[_machine] = (_audit, dict(zip(_numbers, _rules, strict=True)))
BUBBLEWRAPS = 1  # the second process of bubblewrap, first of its namespace


def drop_capabilities() -> None:
    """Without this, root inside Landlock still sets the clock, makes device nodes and changes root (tried)."""
    libc = ctypes.CDLL(None, use_errno=True)
    number = 0
    while libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0) == 0:  # EINVAL past the last one, EPERM for ordinary users
        number += 1
    header = (ctypes.c_uint32 * 2)(LINUX_CAPABILITY_VERSION_3, 0)
    if libc.capset(header, (ctypes.c_uint32 * 6)()) != 0:
        sys.exit(CANNOT_START)


def filter_calls() -> None:
    """Refuses system calls that reach past namespaces and Landlock. Where the machine is not known there is no filter;
    whether the isolation holds without it, the hostile program finds out."""
    if platform.machine() not in CALLS:
        return
    audit, calls = CALLS[platform.machine()]
    load, equal, high, bits, answer = 0x20, 0x15, 0x35, 0x45, 0x06  # BPF: ld abs, jeq, jge, jset, ret
    program = [(load, 0, 0, 4), (equal, 1, 0, audit), (answer, 0, 0, REFUSE)]  # another machine's numbers
    program += [
        (load, 0, 0, 0),
        (high, 0, 1, 0x40000000),
        (answer, 0, 0, REFUSE),
    ]  # x32: the same machine, again others
    for number, conditions in calls.items():
        checks: list[tuple[int, int, int, int]] = []
        for kind, argument, value in conditions:
            checks.append((load, 0, 0, 16 + 8 * argument))  # the low half: pids and flags are ints
            if kind == HAS:
                checks += [(bits, 0, 1, value), (answer, 0, 0, REFUSE)]
            elif kind == NOT_ZERO:
                checks += [(equal, 1, 0, 0), (answer, 0, 0, REFUSE)]
            else:
                checks.append((answer, 0, 0, REFUSE))
        program += [(load, 0, 0, 0), (equal, 0, len(checks), number), *checks]
    program.append((answer, 0, 0, ALLOW))
    packed = b"".join(struct.pack("HBBI", *one) for one in program)
    room = ctypes.create_string_buffer(packed, len(packed))
    header = ctypes.create_string_buffer(struct.pack("HP", len(program), ctypes.addressof(room)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(SET_SECCOMP, SECCOMP_FILTER, header, 0, 0):
        sys.exit(CANNOT_START)


def set_limits(order: dict[str, Any]) -> None:
    def lower(what: int, to: int) -> None:
        hard = resource.getrlimit(what)[1]
        to = to if hard == resource.RLIM_INFINITY else min(to, hard)
        resource.setrlimit(what, (to, to))

    lower(resource.RLIMIT_CORE, 0)
    lower(resource.RLIMIT_FSIZE, order["file_mb"] * 1_000_000)
    if order["part"] == "limit":
        lower(resource.RLIMIT_DATA, order["memory_mb"] * 1_000_000)  # not AS: runtimes reserve far more than they use
        lower(resource.RLIMIT_NPROC, order["processes"])  # counted in bubblewrap's user namespace; does not bind root


def descendants(of: int) -> dict[int, int]:
    """Process ids below `of`, with their resident bytes."""
    parent: dict[int, int] = {}
    resident: dict[int, int] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208  (twenty times a second: names, not objects)
        if not name.isdigit():
            continue
        with contextlib.suppress(OSError, ValueError, IndexError):  # it ended while we looked
            fields = Path("/proc", name, "stat").read_bytes().rpartition(b")")[2].split()
            if fields[0] != b"Z":
                parent[int(name)] = int(fields[1])
                resident[int(name)] = int(fields[21]) * resource.getpagesize()
    found: dict[int, int] = {}
    for pid in parent:
        above: int | None = pid
        while above is not None and above != of:
            above = parent.get(above)
        if above == of and pid != of:
            found[pid] = resident[pid]
    return found


def end_descendants() -> None:
    """Until there are none: one that forks while it is being looked for is found in the next round."""
    while below := descendants(os.getpid()):
        for pid in below:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def say(what: str) -> None:
    os.write(2, f"\nsandbox: {what}\n".encode())


def confine(order: dict[str, Any], command: list[str]) -> int:
    """Under sandlock: system calls filtered, files by Landlock, memory and processes counted by its supervisor."""
    sys.path.append(order["packages"])
    from sandlock import Sandbox, SandlockError, StdioMode

    drop_capabilities()
    set_limits(order)
    filter_calls()
    try:
        process = Sandbox(**order["policy"]).popen(command, stdin=StdioMode.NULL)
    except (SandlockError, RuntimeError) as error:
        say(f"sandlock could not confine the command ({error})")
        return CANNOT_START
    ended: list[Any] = []
    done = threading.Event()

    def wait() -> None:  # in a thread: the foreign call would keep the signal below from being handled
        ended.append(process.wait())
        done.set()

    def end(*_: object) -> None:
        process.kill()
        end_descendants()

    signal.signal(signal.SIGTERM, end)
    threading.Thread(target=wait).start()
    done.wait()
    end_descendants()
    result = ended[0]
    return int(result.exit_code) if result.exit_code >= 0 else 128 + max(result.signal, 9)


def watch(order: dict[str, Any], command: list[str]) -> int:
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    signal.signal(signal.SIGTERM, lambda *_: process.kill())
    why = None
    while process.poll() is None:
        below = descendants(process.pid)
        if len(below) > order["processes"] + BUBBLEWRAPS:
            why = f"more than {order['processes']} processes at once"
        elif sum(below.values()) > order["memory_mb"] * 1_000_000:
            why = f"more than {order['memory_mb']} MB of memory"
        if why:
            process.kill()  # takes its first process along, and with that the kernel ends the whole namespace
            say(f"killed: {why}")
            break
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(LOOK_EVERY_S)
    code = process.wait()
    with contextlib.suppress(ChildProcessError):
        while True:  # its first process falls to us, and can be reaped only when all of its namespace are gone
            os.wait()
    return code if code >= 0 else 128 - code


def limit(order: dict[str, Any], command: list[str]) -> int:
    drop_capabilities()
    set_limits(order)
    filter_calls()
    try:
        os.execvp(command[0], command)  # noqa: S606
    except OSError as error:
        say(f"{command[0]}: could not be started ({error.strerror})")
    return CANNOT_START


def main() -> None:
    order, command = json.loads(sys.argv[1]), sys.argv[2:]
    if order["part"] != "limit":
        libc = ctypes.CDLL(None)
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # what detaches itself comes to us, and is ended with the rest
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    part = {"watch": watch, "limit": limit, "confine": confine}[order["part"]]
    code = part(order, command)
    os._exit(code)  # at once: threads of a supervisor must not hold the exit


if __name__ == "__main__":
    main()
