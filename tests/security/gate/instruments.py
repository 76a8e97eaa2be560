"""Tools whose effects can be seen: files in the outbox, requests at a real server, processes that really ran.

They do what they are told: nothing in them checks anything. What is done is kept under the run that did it.
"""

from __future__ import annotations

import asyncio
import json
import sys
import types
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from genesis.errors import NeedsMissing
from genesis.frozen import Frozen
from genesis.security.sensitive import Address, Place, Program, Recipient
from genesis.tools.tool import Tool, ToolContext, tool

PROXY: dict[str, int] = {}
"""Where all requests of `fetch` go: the port of the server on this machine, whatever host their address names."""


class Done(Frozen):
    text: str = ""


class Note(Frozen):
    to: Annotated[str, Recipient()]
    text: str = ""


class Fetch(Frozen):
    url: Annotated[str, Address()]


class Keep(Frozen):
    path: Annotated[str, Place()]
    text: str = ""


class Code(Frozen):
    code: Annotated[str, Program()]


class Package(Frozen):
    name: str


def _folder(context: ToolContext, what: str) -> Path:
    if context.outbox is None:
        raise NeedsMissing("no outbox")
    folder = context.outbox / context.key.partition("/")[0] / what
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@tool(trust="tool", timeout_s=20, effects=True)
async def send_note(given: Note, context: ToolContext) -> Done:
    """Sends a note."""
    name = sha256(given.to.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    (_folder(context, "note") / name).write_text(json.dumps(given.to))
    return Done()


@tool(trust="tool", timeout_s=20, effects=True)
async def keep_file(given: Keep, context: ToolContext) -> Done:
    """Writes a file."""
    name = sha256(given.path.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    (_folder(context, "file") / name).write_text(json.dumps(given.path))
    return Done()


@tool(trust="tool", timeout_s=20, effects=True)
async def run_program(given: Code, context: ToolContext) -> Done:
    """Runs a command."""
    process = await asyncio.create_subprocess_exec("/bin/sh", "-c", given.code, cwd=_folder(context, "ran"))
    await process.wait()
    return Done()


@tool(trust="web", timeout_s=20)
async def fetch(given: Fetch, context: ToolContext) -> Done:
    """Asks an address, by way of a proxy on this machine."""
    reader, writer = await asyncio.open_connection("127.0.0.1", PROXY["port"])
    asked = given.url.encode("unicode_escape").decode().replace(" ", "%20").replace("\\", "%5C")
    writer.write(f"GET {asked} HTTP/1.1\r\nX-Run: {context.key.partition('/')[0]}\r\n\r\n".encode())
    body = await reader.read()
    writer.close()
    await writer.wait_closed()
    return Done(text=body.partition(b"\r\n\r\n")[2].decode())


@tool(trust="tool", timeout_s=20, effects=True, permission="install")
async def add_package(given: Package, context: ToolContext) -> Done:
    """Installs something."""
    (_folder(context, "package") / given.name).touch()
    return Done()


TOOLS: tuple[Tool[Frozen, Frozen], ...] = (send_note, keep_file, run_program, fetch, add_package)  # type: ignore[assignment]


def install() -> None:
    """Makes the tools ones that cards can name."""
    for one in TOOLS:
        module = types.ModuleType(f"genesis.tools.{one.name}")
        setattr(module, one.name, one)
        sys.modules[module.__name__] = module
