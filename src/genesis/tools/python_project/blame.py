"""Why a test did not pass: the code's fault, something that is not installed here, or the sandbox.

Only the first is a failure. The others are said, naming what is missing, and never counted against the workspace.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from genesis.tools.python_project.project import Project, normalized
from genesis.tools.python_project.record import Raised

Kind = Literal["failed", "needs", "blocked", "too_long"]

FIXTURES = {
    "mocker": "pytest-mock",
    "benchmark": "pytest-benchmark",
    "httpserver": "pytest-httpserver",
    "requests_mock": "requests-mock",
    "httpx_mock": "pytest-httpx",
    "responses": "pytest-responses",
    "freezer": "pytest-freezer",
    "snapshot": "syrupy",
    "datadir": "pytest-datadir",
    "shared_datadir": "pytest-datadir",
    "data_regression": "pytest-regressions",
    "file_regression": "pytest-regressions",
    "event_loop": "pytest-asyncio",
    "aiohttp_client": "pytest-aiohttp",
    "client_factory": "pytest-django",
    "db": "pytest-django",
    "django_user_model": "pytest-django",
    "settings": "pytest-django",
    "qtbot": "pytest-qt",
    "fs": "pyfakefs",
    "faker": "Faker",
    "subtests": "pytest-subtests",
    "anyio_backend": "anyio",
    "nursery": "pytest-trio",
    "worker_id": "pytest-xdist",
    "testrun_uid": "pytest-xdist",
    "socket_enabled": "pytest-socket",
    "celery_app": "pytest-celery",
    "postgresql": "pytest-postgresql",
    "redisdb": "pytest-redis",
    "image_regression": "pytest-regressions",
    "cov": "pytest-cov",
}
MARKS = {
    "asyncio": "pytest-asyncio",
    "anyio": "anyio",
    "trio": "pytest-trio",
    "django_db": "pytest-django",
    "timeout": "pytest-timeout",
    "benchmark": "pytest-benchmark",
    "flaky": "flaky or pytest-rerunfailures",
    "vcr": "pytest-recording",
    "freeze_time": "pytest-freezer",
    "httpx_mock": "pytest-httpx",
    "xdist_group": "pytest-xdist",
    "parallel_threads": "pytest-run-parallel",
    "thread_unsafe": "pytest-run-parallel",
    "order": "pytest-order",
    "dependency": "pytest-dependency",
}
ASYNC_PLUGINS = ("pytest-asyncio", "anyio", "pytest-trio", "pytest-aiohttp", "pytest-tornasync")
COMPILED = (".c", ".cc", ".cpp", ".pyx", ".rs", ".f90", ".pyi")
NO_NETWORK = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL}
LIMITS = {errno.EFBIG, errno.ENOSPC, errno.EDQUOT, errno.EAGAIN}
SYSTEM = ("/etc/", "/var/", "/run/", "/sys/", "/opt/", "/srv/", "/root/", "/home/", "/proc/", "/dev/", "/mnt/")


@dataclass(frozen=True)
class Blame:
    """`what` names what is missing or what was refused; for a failure it is empty."""

    kind: Kind
    what: str = ""


def blame(chain: tuple[Raised, ...], text: str, project: Project, files: Collection[str]) -> Blame:
    """Who is to blame for an exception (outermost first, with what it came from). `files` are the workspace's."""
    if any(one.type == "TestTookTooLong" for one in chain):
        return Blame("too_long")
    for index, one in enumerate(chain):
        # What was merely being handled when something else went wrong (`except ImportError: import json`) explains
        # nothing, unless pytest itself did the handling.
        explains = one.link != "context" or chain[index - 1].module.startswith("_pytest")
        if explains and (what := _needs(one, project, files)):
            return Blame("needs", what)
        if what := _blocked(one):
            return Blame("blocked", what)
    if what := _pytest_needs(chain, text, project):
        return Blame("needs", what)
    return Blame("failed")


def _needs(one: Raised, project: Project, files: Collection[str]) -> str | None:
    name = str(one.name or "")
    if one.type == "PackageNotFoundError":
        return f"the distribution {name or one.message} to be installed"
    if one.is_a("ModuleNotFoundError") and name:
        return _module(name, project, files)
    if one.is_a("ImportError") and one.path and "cannot import name" in one.message:
        if one.frames and not _foreign(str(one.path)):
            return None
        return f"another version of {name.partition('.')[0]} than is installed ({_first_line(one.message)})"
    if one.is_a("FileNotFoundError") and any(file == "subprocess.py" for file, _ in one.last):
        program = str(one.filename or "")
        if program and not program.startswith(("/", ".")):
            return f"the program {program}"
    if one.module.startswith("django.") and one.type in ("ImproperlyConfigured", "AppRegistryNotReady"):
        return "Django's own test runner (manage.py test), or pytest-django"
    if one.type == "ZoneInfoNotFoundError":
        return "the time zone database (tzdata)"
    if one.module == "locale" and one.is_a("Exception"):
        return f"a locale that is not installed ({_first_line(one.message)})"
    return None


def _module(name: str, project: Project, files: Collection[str]) -> str | None:
    top = name.partition(".")[0]
    if project.owns(name):
        stem = PurePosixPath(project.packages[top]).parent / name.replace(".", "/")
        if any(f"{stem}{ending}" in files for ending in COMPILED) or stem.name in ("_version", "version"):
            return f"{name} to be built first"
        return None  # a module of its own that is not there: its own fault
    if top in sys.stdlib_module_names:
        return None
    here = [path for path in files if path.endswith((f"/{top}.py", f"/{top}/__init__.py")) or path == f"{top}.py"]
    if here:
        return f"the module {name} on the import path ({min(here)} is not)"
    where = project.declared.get(normalized(top))
    return f"the module {name}{f' (declared in {where})' if where else ''}"


def _foreign(path: str) -> bool:
    return "/site-packages/" in path or path.startswith((sys.base_prefix, "/usr/"))


def _pytest_needs(chain: tuple[Raised, ...], text: str, project: Project) -> str | None:
    for one in chain:
        if one.type == "FixtureLookupError":
            fixture = str(one.argname or "")
            if fixture in FIXTURES:
                return f"{FIXTURES[fixture]} (fixture {fixture!r})"
        if one.is_a("Warning") and one.module.split(".")[0] in ("pytest", "_pytest"):
            return f"another version of pytest ({one.type}: {_first_line(one.message)})"
        message = one.message or text
        if "async def functions are not natively supported" in message:
            plugin = next((name for name in ASYNC_PLUGINS if name in project.declared), "pytest-asyncio")
            return f"{plugin} (for `async def` tests)"
        if "not found in `markers` configuration option" in message:
            mark = message.partition("'")[2].partition("'")[0]
            if mark in MARKS:
                return f"{MARKS[mark]} (mark {mark!r})"
    return None


def _blocked(one: Raised) -> str | None:
    """What the sandbox refused. An error that code raises by itself has no errno, and is not this."""
    if one.is_a("MemoryError"):
        return "more memory than the sandbox gives"
    if one.type == "gaierror":
        return "name resolution (there is no network)"
    if not one.is_a("OSError") or not isinstance(one.errno, int):
        return None
    path = one.filename if isinstance(one.filename, str) else None
    if one.errno in NO_NETWORK and path is None:
        return "the network"
    if one.errno in LIMITS:
        return f"more than the sandbox gives ({_first_line(one.message)})"
    outside = path is not None and path.startswith("/") and one.own_file is None and not path.startswith("/tmp/")  # noqa: S108
    if one.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        if path is None:
            return f"a system call or the network ({_first_line(one.message)})"
        if outside:
            return f"the path {path}"
    if one.errno == errno.ENOENT and outside and path and path.startswith(SYSTEM) and os.path.lexists(path):
        return f"the path {path}"
    return None


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:160]
