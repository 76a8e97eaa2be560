"""What the service is called."""

from __future__ import annotations

import re

from genesis.agents.result import Assignment
from genesis.agents.toolbox import Toolbox
from genesis.finding import Source
from genesis.tools.inspect_project import InspectProjectInput, inspect_project


async def service_name(task: Assignment, tools: Toolbox) -> tuple[str, Source | None]:
    """The name of the service in small letters and dashes, and where it is stated; `service` when nobody says."""
    if tools.workspace is not None:
        project = await tools.call(inspect_project, InspectProjectInput())
        if project.name and (name := dashed(project.name.value)):
            return name, project.name.source
    for product in ("deployment", "api"):
        given = task.inputs.get(product)
        if isinstance(given, dict) and isinstance(given.get("name"), str) and (name := dashed(str(given["name"]))):
            return name, None
    return "service", None


def dashed(text: str) -> str:
    """A name that Prometheus, containers and file systems all take.

    >>> dashed("My_Shop 2!")
    'my-shop-2'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:50]
