"""Writes what a service needs to run: a container file, a compose file, a systemd unit."""

from __future__ import annotations

import json
import re
from typing import Annotated, Literal

from pydantic import Field

from genesis.errors import RequestInvalid
from genesis.frozen import Frozen
from genesis.tools.tool import ToolContext, tool

INSTRUCTIONS = frozenset(
    {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "EXPOSE", "HEALTHCHECK", "CMD", "ENTRYPOINT"}
)
USER_ID = 10001


class WriteUnitFilesInput(Frozen):
    """`start`: the command as words; `port`: where it listens; `health`: the path of its health check.

    `python`: the version for the image. `install`: how it is installed from /app.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,50}$")]
    language: Literal["python", "node", "html"]
    kinds: Annotated[tuple[Literal["dockerfile", "compose", "systemd"], ...], Field(min_length=1)]
    start: tuple[str, ...] = ()
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    health: str | None = None
    python: str = "3"
    install: tuple[str, ...] = ()


class WriteUnitFilesOutput(Frozen):
    files: dict[str, str]


@tool(trust="tool", timeout_s=10)
async def write_unit_files(given: WriteUnitFilesInput, context: ToolContext) -> WriteUnitFilesOutput:
    """Writes a Dockerfile, compose.yaml or a systemd unit, each with as few rights as it needs.

    Raises `RequestInvalid` when a file would not be well-formed, or when nothing says how the service is started.
    """
    if not given.start and given.language != "html":
        raise RequestInvalid("nothing says how the service is started")
    files: dict[str, str] = {}
    if "dockerfile" in given.kinds:
        files["Dockerfile"] = _dockerfile(given)
        files[".dockerignore"] = ".git\n.venv\n__pycache__\nnode_modules\n*.pem\n*.key\n.env*\n"
        _hold_dockerfile(files["Dockerfile"])
    if "compose" in given.kinds:
        files["compose.yaml"] = _compose(given)
    if "systemd" in given.kinds:
        if given.language == "html":
            raise RequestInvalid("pages are served by a web server that is there; they have no unit of their own")
        files[f"{given.name}.service"] = _unit(given)
    return WriteUnitFilesOutput(files=files)


def _dockerfile(given: WriteUnitFilesInput) -> str:
    if given.language == "html":
        lines = ["FROM nginxinc/nginx-unprivileged:stable-alpine", "COPY . /usr/share/nginx/html", "EXPOSE 8080"]
        return "\n".join(lines) + "\n"
    image = f"python:{given.python}-slim" if given.language == "python" else "node:lts-slim"
    lines = [f"FROM {image}", "WORKDIR /app"]
    if given.language == "python":
        lines.append("ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1")
    lines += ["COPY . .", *(f"RUN {command}" for command in given.install)]
    # The service can write to /data alone, and is nobody in particular.
    lines.append(f"RUN mkdir /data && chown {USER_ID}:{USER_ID} /data")
    lines.append(f"USER {USER_ID}:{USER_ID}")
    if given.port:
        lines.append(f"EXPOSE {given.port}")
    if given.port and given.health:
        lines.append(f"HEALTHCHECK --interval=30s --timeout=3s --start-period=10s CMD {json.dumps(_probe(given))}")
    lines.append(f"CMD {json.dumps(list(given.start))}")
    return "\n".join(lines) + "\n"


def _probe(given: WriteUnitFilesInput) -> list[str]:
    """A health check with what the image has: it holds no curl."""
    url = f"http://127.0.0.1:{given.port}{given.health}"
    if given.language == "python":
        return ["python", "-c", f"import urllib.request as u; u.urlopen('{url}', timeout=2)"]
    return ["node", "-e", f"fetch('{url}').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]


def _hold_dockerfile(text: str) -> None:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    words = [line.split(" ", 1)[0] for line in lines]
    wrong = [word for word in words if word not in INSTRUCTIONS]
    if wrong or words[0] != "FROM":
        raise RequestInvalid(f"the Dockerfile would not build: {wrong or words[:1]}")
    for line in lines:
        if line.startswith(("CMD", "ENTRYPOINT")):
            found = json.loads(line.split(" ", 1)[1])
            if not isinstance(found, list) or not found:
                raise RequestInvalid("the Dockerfile would start nothing")


def _compose(given: WriteUnitFilesInput) -> str:
    import yaml

    port = given.port or (8080 if given.language == "html" else None)
    service: dict[str, object] = {"build": ".", "restart": "unless-stopped", "read_only": True, "tmpfs": ["/tmp"]}  # noqa: S108
    service["security_opt"] = ["no-new-privileges:true"]
    service["cap_drop"] = ["ALL"]
    if port:
        service["ports"] = [f"127.0.0.1:{port}:{port}"]
    content: dict[str, object] = {"services": {given.name: service}}
    if given.language != "html":
        service["volumes"] = ["data:/data"]
        content["volumes"] = {"data": None}
    text = yaml.safe_dump(content, sort_keys=False)
    read = yaml.safe_load(text)
    if read != content:
        raise RequestInvalid("the compose file would not read back as it was written")
    return text


def _unit(given: WriteUnitFilesInput) -> str:
    """systemd.exec(5) names each of these."""
    start = " ".join(_quoted(word) for word in _absolute(given))
    unit = [
        "[Unit]",
        f"Description={given.name}",
        "Wants=network-online.target",
        "After=network-online.target",
        "",
        "[Service]",
        f"ExecStart={start}",
        f"WorkingDirectory=/opt/{given.name}",
        "Restart=on-failure",
        "RestartSec=2",
        "DynamicUser=yes",
        f"StateDirectory={given.name}",
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "PrivateTmp=yes",
        "PrivateDevices=yes",
        "NoNewPrivileges=yes",
        "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
        "SystemCallFilter=@system-service",
        "",
        "[Install]",
        "WantedBy=multi-user.target",
    ]
    return "\n".join(unit) + "\n"


def _absolute(given: WriteUnitFilesInput) -> list[str]:
    """systemd starts programs by their full path: those of an environment in the service's own folder."""
    first, *rest = given.start
    if first.startswith("/"):
        return [first, *rest]
    return [f"/opt/{given.name}/.venv/bin/{first}" if given.language == "python" else f"/usr/bin/{first}", *rest]


def _quoted(word: str) -> str:
    plain = word.replace("%", "%%").replace("$", "$$")  # both mean something to systemd
    return plain if re.fullmatch(r"[\w./:=@%+,-]+", plain) else json.dumps(plain)
