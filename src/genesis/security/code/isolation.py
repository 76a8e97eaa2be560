"""The kinds of isolation that a Linux kernel offers, each as the command line that runs a command inside it."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["bubblewrap+sandlock", "bubblewrap", "sandlock"]
KINDS: tuple[Kind, ...] = ("bubblewrap+sandlock", "bubblewrap", "sandlock")
"""Best first. Bubblewrap hides (own mounts, processes, network with a private loopback), sandlock filters system calls
and counts; sandlock alone has no network at all, not even loopback."""

WARDEN = Path(__file__).with_name("warden.py")
FILE_MB = 1_000
OWN_PROCESSES = 2  # the warden under sandlock, and room for a process that sandlock is about to refuse
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
ETC = (
    *("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "ssl/certs", "ssl/openssl.cnf", "ca-certificates"),
    *("pki/tls/certs", "localtime", "timezone", "mime.types", "protocols", "services", "magic", "fonts"),
)
DEVICES = ("null", "zero", "full", "random", "urandom")
OWNERS_CALLS = (
    *("chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchown", "fchownat"),
    *("utime", "utimes", "futimesat", "utimensat", "setxattr", "lsetxattr", "fsetxattr"),
    *("removexattr", "lremovexattr", "fremovexattr"),
)
OWN_ETC: Mapping[str, str] = {
    "passwd": "root:x:0:0::/nonexistent:/bin/false\nsandbox:x:1000:1000::/tmp/home:/bin/sh\n",
    "group": "root:x:0:\nsandbox:x:1000:\n",
    "hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}


@dataclass(frozen=True)
class Cell:
    """What a command may have. `private` is a folder of this run alone, for its home and temporary files."""

    folder: Path
    readable: tuple[Path, ...]
    private: Path
    memory_mb: int
    processes: int
    environment: Mapping[str, str]


def present(kind: Kind) -> bool:
    """Whether the parts of a kind are installed; whether they hold is another question."""
    parts = kind.split("+")
    return (
        sys.platform == "linux"
        and ("bubblewrap" not in parts or shutil.which("bwrap") is not None)
        and ("sandlock" not in parts or _sandlock() is not None)
    )


def command_line(kind: Kind, cell: Cell, command: Sequence[str]) -> list[str]:
    """What to execute so that `command` runs isolated."""
    sandlock = "sandlock" in kind
    order: dict[str, object] = {"memory_mb": cell.memory_mb, "processes": cell.processes, "file_mb": FILE_MB}
    inner = dict(order, part="limit")
    if sandlock:
        policy = _policy(cell, hidden="bubblewrap" in kind)
        inner = dict(order, part="confine", policy=policy, packages=str(_sandlock()))
    inside = [*_warden(inner), *command]
    if "bubblewrap" not in kind:
        return inside
    around = dict(order, part="watch", processes=cell.processes + (OWN_PROCESSES if sandlock else 0))
    return [*_warden(around), *_bubblewrap(cell), "--", *inside]


def _warden(order: Mapping[str, object]) -> list[str]:
    return [sys.executable, "-I", str(WARDEN), json.dumps(order)]


def environment(kind: Kind, cell: Cell) -> dict[str, str]:
    """All that the command sees of variables: nothing of ours."""
    home = Path("/tmp/home") if "bubblewrap" in kind else cell.private / "home"  # noqa: S108  (a tmpfs of its own)
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "TMPDIR": str(home.parent),
        "LANG": "C.UTF-8",
        "USER": "sandbox",
        "LOGNAME": "sandbox",
        **cell.environment,
    }


def _bubblewrap(cell: Cell) -> list[str]:
    program = shutil.which("bwrap") or "bwrap"  # in full: the PATH that it is started with is not ours
    line = [program, "--unshare-all", "--unshare-user", "--disable-userns", "--uid", "1000", "--gid", "1000"]
    line += ["--hostname", "sandbox", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    for name in SYSTEM:
        path = Path(name)
        if path.is_symlink():
            line += ["--symlink", str(path.readlink()), name]
        elif path.exists():
            line += ["--ro-bind", name, name]
    for name in ETC:
        line += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    for name, content in OWN_ETC.items():
        own = cell.private / name
        own.write_text(content)
        line += ["--ro-bind", str(own), f"/etc/{name}"]
    line += ["--proc", "/proc", "--dev", "/dev"]
    line += ["--size", str(cell.memory_mb * 1_000_000), "--tmpfs", "/tmp", "--dir", "/tmp/home"]  # noqa: S108
    for path in (*_runtime(), WARDEN, *cell.readable):
        line += ["--ro-bind", str(path), str(path)]
    # Root's processes are user 1000 in here and still own the kernel's settings, core_pattern and sysrq-trigger too.
    line += ["--remount-ro", "/proc"]
    return [*line, "--bind", str(cell.folder), str(cell.folder), "--chdir", str(cell.folder)]


def _policy(cell: Cell, *, hidden: bool) -> dict[str, object]:
    policy: dict[str, object] = {
        "max_memory": cell.memory_mb * 1_000_000,
        "max_processes": cell.processes,
        "cwd": str(cell.folder),
    }
    if hidden:  # what there is to read, and a network with nobody in it, is bubblewrap's part
        temporary = ["/tmp", "/dev"]  # noqa: S108
        return policy | {
            "fs_readable": ["/"],
            "fs_writable": [*temporary, str(cell.folder)],
            "net_allow": ["*:*"],
            "net_allow_bind": ["*"],
        }
    (cell.private / "home").mkdir()
    system = [Path(name) for name in SYSTEM] + [Path("/etc", name) for name in ETC]
    readable = [*system, Path("/proc"), *(Path("/dev", name) for name in DEVICES), *_runtime(), *cell.readable]
    return policy | {
        "fs_readable": [str(path) for path in _once(readable) if path.exists()],
        "fs_writable": [str(cell.folder), str(cell.private), "/dev/null"],
        # Landlock lets an owner change modes, times and attributes anywhere, so nobody may at all; a copy that would
        # keep them fails. (sandlock's `chroot` looks at their paths, but lists the folders above a readable one.)
        "extra_deny_syscalls": list(OWNERS_CALLS),
    }


def _runtime() -> tuple[Path, ...]:
    """The folders of the interpreter that runs us (it runs the warden), with and without their links."""
    named = [Path(sys.prefix), Path(sys.base_prefix)]
    if (sandlock := _sandlock()) is not None:
        named.append(sandlock / "sandlock")
    every = _once([*named, *(path.resolve() for path in named)])
    return tuple(path for path in every if not any(path.is_relative_to(name) for name in SYSTEM))


def _sandlock() -> Path | None:
    """The folder that has the sandlock package; it is not imported here (its library is 13 MB)."""
    try:
        spec = importlib.util.find_spec("sandlock")
    except ValueError:  # what find_spec says of a module that was ruled out
        return None
    return Path(spec.origin).parent.parent if spec is not None and spec.origin is not None else None


def _once(paths: Iterable[Path]) -> list[Path]:
    return list(dict.fromkeys(paths))
