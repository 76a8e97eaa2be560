"""The frontend agent: builds accessible pages and forms, or checks those that are there.

Gives `page`. When it built: {"site", "patch", "files", "pages": [{"file", "title"}], "forms": [{"file", "action",
"method", "fields"}]}, and `code` {"patch", "files"} beside it. When it checked: {"checked", "links", "findings": {kind:
count}}.
"""

from __future__ import annotations

import re

from genesis.agents.draft import Draft
from genesis.agents.frontend.build import build_pages, pages_of
from genesis.agents.frontend.review import review_pages
from genesis.agents.result import Assignment, Result
from genesis.agents.toolbox import Toolbox
from genesis.errors import NeedsMissing

_CHECK = re.compile(
    r"(?i)\b(?:check|review|audit|assess|verify|validate|inspect|evaluate|test|find|problems?|issues?|broken|wrong|missing"
    r"|improve\w*|suggest|fix|look (?:at|over|into)|can (?:people|users|everybody|anyone|blind)"
    r"|do(?:es)? (?:all|our|the|my|any)|(?:is|are) (?:all|our|the|my|any|every)|which of)\b"
)
_BUILD = re.compile(
    r"(?i)\b(?:build|make|create|scaffold|write|generate|design|implement|add|develop|draft|set up|turn|put)\b"
)
_WISH = re.compile(r"(?i)\b(?:need|want|like|give|new|form|page|site)\b")


async def work(task: Assignment, tools: Toolbox) -> Result:
    """Checks when the words ask for a check and there are pages; builds what they name otherwise."""
    draft = Draft()
    asks_check = _CHECK.search(task.goal) is not None
    # "I want our page checked" wishes for a check: a wish builds only where none is asked for.
    asks_build = _BUILD.search(task.goal) is not None or (not asks_check and _WISH.search(task.goal) is not None)
    checked = await review_pages(task, tools, draft) if asks_check else False
    if not checked or asks_build:
        found = await pages_of(task, tools) if asks_build or not asks_check else None
        if found is not None and found.pages and not (checked and not found.pages[0].page.form):
            await build_pages(task, tools, draft, found)
        elif not checked and not asks_check and await review_pages(task, tools, draft):
            checked = True
        elif not checked and tools.workspace is not None and asks_check:
            draft.lines.append("the workspace has no HTML pages, so there is nothing to check")
            draft.skip("checking pages", "there are none (.html, templates) outside tests")
        elif not checked:
            raise NeedsMissing(
                "frontend needs to know what stands on the page: name a form with its fields (`form with name and "
                "e-mail`), a site, or give a workspace with HTML, Markdown or an API document"
            )
    return draft.done("page")
