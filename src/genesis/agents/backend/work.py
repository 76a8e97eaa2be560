"""The backend agent: builds a service from entities, or checks the API document and schema that are there.

Gives `api`. When it built: {"name", "package", "openapi", "schema", "patch", "files", "paths", "entities": [{"name",
"table", "fields": [{"name", "kind", "required", "references"}]}], "started": true|false|null}, and `code` {"patch",
"files"} beside it. When it checked: {"documents", "paths"} and {"tables": [{"name", "columns"}]}.
"""

from __future__ import annotations

import re

from genesis.agents.backend.build import TOLD, build_service, entities_of
from genesis.agents.backend.review import check_documents, list_endpoints, review_tables
from genesis.agents.draft import Draft
from genesis.agents.result import Assignment, Result
from genesis.agents.toolbox import Toolbox
from genesis.errors import NeedsMissing

_CHECK = re.compile(
    r"(?i)\b(?:check|review|valid(?:ate|ity)?|lint|audit|verify|inspect|assess|look (?:at|over|into)|problems?|wrong"
    r"|missing|up to date|consistent|compare|critique)\b"
)
_BUILD = re.compile(
    r"(?i)\b(?:build|make|create|scaffold|write|generate|design|sketch|turn|give me|set up|implement|add|develop|draft"
    r"|model)\b"
)
_WISH = re.compile(r"(?i)\b(?:need|want|like|new)\b")
_TABLES = re.compile(r"(?i)\b(?:sql|schema|database|tables?)\b")


async def work(task: Assignment, tools: Toolbox) -> Result:
    """Checks when the words ask for a check, or name nothing to build and there is something to check; else builds."""
    draft = Draft()
    asks_check = _CHECK.search(task.goal) is not None
    # "I need the schema checked" wishes for a check: a wish builds only where none is asked for.
    asks_build = _BUILD.search(task.goal) is not None or (not asks_check and _WISH.search(task.goal) is not None)
    found = await entities_of(task, tools, draft, from_workspace=asks_build or not asks_check)
    told = found.origin in TOLD
    checked = False
    if task.type in {"api", "database", "backend"} and (asks_check or not told):
        if task.type != "database":
            checked |= await check_documents(task, tools, draft)
        if task.type != "api" or (asks_check and _TABLES.search(task.goal)):
            checked |= await review_tables(tools, draft)
        if task.type == "api" and not checked and not found.entities:
            checked |= await list_endpoints(tools, draft)
    if found.entities and (not checked or (asks_build and told)):
        await build_service(task, tools, draft, found, program=task.type in {"backend", "server"})
    elif not checked:
        raise NeedsMissing(
            "backend needs to know what is to be kept: name it with its fields (`books with title and price; orders "
            "have lines`), or give a workspace with an API document, SQL, models or CSV files"
        )
    if asks_build and "patch" not in draft.output:
        why = "the words name nothing to keep; say, for example, `books with title and price`"
        draft.skip("building anything", why)
        draft.lines.insert(0, "nothing was built, for the words name nothing that is to be kept")
    return draft.done("api")
