"""Builds pages: from words, an API, copy or documents; handed over as a patch that our own checker has passed."""

from __future__ import annotations

from genesis.agents.change import CHANGE, keep
from genesis.agents.draft import Draft
from genesis.agents.result import Assignment
from genesis.agents.toolbox import Toolbox
from genesis.finding import Source
from genesis.frozen import JsonValue
from genesis.tools.derive_pages import DerivePagesInput, DerivePagesOutput, derive_pages
from genesis.tools.inspect_project import InspectProjectInput, inspect_project
from genesis.tools.make_patch import MakePatchInput, make_patch
from genesis.tools.write_pages import Choice, PageText, WritePagesInput, write_pages


async def pages_of(task: Assignment, tools: Toolbox) -> DerivePagesOutput:
    """The pages that the task is about."""
    words = tuple(dict.fromkeys(one for one in (task.goal, task.objective) if one))
    papers = {
        one.name: tools.store.read(one).decode("utf-8", "replace")
        for one in task.artifacts
        if one.name.endswith(".md") and one.size < 200_000
    }
    api, content = task.inputs.get("api"), task.inputs.get("content")
    given = DerivePagesInput(words=words, api=api, content=content, papers=dict(sorted(papers.items())[:20]))
    return await tools.call(derive_pages, given)


async def build_pages(task: Assignment, tools: Toolbox, draft: Draft, found: DerivePagesOutput) -> None:
    """Writes the pages and says what is on them."""
    draft.not_done.extend(found.not_done)
    site = found.site
    folder = "site"
    if tools.workspace is not None:
        taken = {file.name.partition("/")[0] for file in tools.workspace.files}
        folder = next(one for one in ("site", *(f"site-{n}" for n in range(2, 1000))) if one not in taken)
        project = (await tools.call(inspect_project, InspectProjectInput())).name
        site = project.value if project and site == found.pages[0].page.title else site
    pages = tuple(one.page for one in found.pages)
    written = await tools.call(write_pages, WritePagesInput(site=site, language=found.language, pages=pages))
    patch = await tools.call(
        make_patch, MakePatchInput(files={f"{folder}/{name}": content for name, content in written.files.items()})
    )
    draft.artifacts.append(keep(tools, patch.text))
    for one in found.pages:
        draft.artifacts.append(tools.artifact(one.page.file, "text/html", written.files[one.page.file]))
        draft.fact(_said(one.page), one.source)
        if one.page.title in found.usual:
            why = "none are named, so those that such a form usually has were taken: name them to have others"
            draft.skip(f"the fields of {one.page.title!r}", why)
    forms = [one.page for one in found.pages if one.page.form]
    checked = f"{written.links} links and every rule of the page checker were checked on them: no findings"
    draft.fact(f"Of the pages written, {checked}.", Source(query="check_pages site/"))
    draft.fact(
        f"The lowest contrast of the colours used is {written.contrast:g}; 4.5 is needed.",
        Source(formula="(L1 + 0.05) / (L2 + 0.05), L = 0.2126 R + 0.7152 G + 0.0722 B on linear values (WCAG 2.2)"),
    )
    if forms and not isinstance(task.inputs.get("api"), dict):
        draft.skip(
            "what takes the forms", f"nothing answers {', '.join(str(p.form.action) for p in forms[:5] if p.form)} yet"
        )
    names = ", ".join(page.title for page in pages[:4]) + (" ..." if len(pages) > 4 else "")
    draft.lines.append(
        f"{len(pages)} page{'s' * (len(pages) != 1)} written ({names}) with {len(forms)} form{'s' * (len(forms) != 1)};"
        " they need no script, and the checker found nothing on them"
    )
    draft.next_steps.append(f"Apply changes.patch and open {folder}/{pages[0].file}.")
    forms_json: list[JsonValue] = [_form_json(page) for page in forms]
    draft.output.update(
        {
            "site": site,
            "patch": CHANGE,
            "files": list(patch.files),
            "pages": [{"file": f"{folder}/{page.file}", "title": page.title} for page in pages],
            "forms": forms_json,
        }
    )


def _said(page: PageText) -> str:
    if page.form:
        names = [one.field.name if isinstance(one, Choice) else one.name for one in page.form.fields]
        return f"{page.file} has a form that is sent to {page.form.action} with {', '.join(names)}."
    headings = [section.heading for section in page.sections if section.heading]
    parts = f"the parts {', '.join(headings[:8])}" if headings else f"{len(page.sections)} parts"
    return f"{page.file} says {page.title!r} with {parts}."


def _form_json(page: PageText) -> JsonValue:
    assert page.form is not None
    fields: list[JsonValue] = [one.field.name if isinstance(one, Choice) else one.name for one in page.form.fields]
    return {"file": page.file, "action": page.form.action, "method": page.form.method, "fields": fields}
