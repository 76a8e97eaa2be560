"""Reviews the pages of the workspace."""

from __future__ import annotations

from collections import Counter

from genesis.agents.draft import Draft, many
from genesis.agents.result import Assignment
from genesis.agents.toolbox import Toolbox
from genesis.frozen import JsonValue
from genesis.tools.check_pages import CheckPagesInput, check_pages

SHOWN_OF_A_KIND = 8


async def review_pages(task: Assignment, tools: Toolbox, draft: Draft) -> bool:
    """Checks the pages. Whether there were any."""
    if tools.workspace is None:
        return False
    text = f"{task.goal} {task.objective}"
    named = tuple(
        file.name for file in tools.workspace.files if "." in file.name and file.name.rpartition("/")[2] in text
    )
    output = await tools.call(check_pages, CheckPagesInput(files=named[:50]))
    if not output.pages and named:
        output = await tools.call(check_pages, CheckPagesInput())
    draft.not_done.extend(output.not_done)
    if not output.pages:
        return False
    counts = Counter(finding.kind for finding in output.findings)
    kept: Counter[str] = Counter()
    for finding in output.findings:
        kept[finding.kind] += 1
        if kept[finding.kind] <= SHOWN_OF_A_KIND:
            draft.findings.append(finding)
    for kind, count in sorted(counts.items()):
        if count > SHOWN_OF_A_KIND:
            draft.skip(
                f"{count - SHOWN_OF_A_KIND} more places of {kind}", f"the first {SHOWN_OF_A_KIND} of {count} are given"
            )
    for page in output.pages:
        sort = "a template" if page.template else "a page" if page.whole else "a piece of a page"
        title = f" with the title {page.title!r}" if page.title else ""
        what = f"{page.headings} headings, {page.fields} fields and {page.links} links"
        draft.fact(f"{page.file} is {sort}{title}; it has {what}.", page.source)
    worst = ", ".join(f"{count} {kind}" for kind, count in counts.most_common(4))
    verdict = f"{many(len(output.findings), 'finding')} ({worst})" if output.findings else "no findings"
    templates = sum(page.template for page in output.pages)
    whole = many(len(output.pages), "page") + (f", {templates} of them templates," if templates else "")
    draft.lines.append(f"{whole} and {many(output.links_checked, 'link')} checked: {verdict}")
    findings: dict[str, JsonValue] = dict(sorted(counts.items()))
    draft.output.update({"checked": len(output.pages), "links": output.links_checked, "findings": findings})
    return True
