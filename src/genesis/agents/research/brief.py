"""The brief as a Markdown page; and, where there is nothing to read, an outline of questions."""

from __future__ import annotations

from genesis.agents.research.aspects import Aspect
from genesis.agents.research.statements import Gathered
from genesis.finding import Source
from genesis.tools.search_documents import SearchDocumentsOutput


def brief_page(goal: str, gathered: list[Gathered], found: SearchDocumentsOutput) -> str:
    """The page: per aspect the quoted statements with numbered sources, then contradictions, gaps and sources."""
    numbers: dict[str, int] = {}

    def cite(*sources: Source) -> str:
        return "".join(f"[{numbers.setdefault(str(one), len(numbers) + 1)}]" for one in sources)

    out = ["# Research brief", "", f"**Asked:** {' '.join(goal.split())}", ""]
    out += [f"Every statement is quoted from the workspace ({found.documents} documents); nothing is added.", ""]
    for one in gathered:
        out += [f"## {one.aspect.text[:1].upper()}{one.aspect.text[1:]}", ""]
        for each in one.statements:
            agree = f" Also said in {len(each.agree)} other place(s) {cite(*each.agree)}." if each.agree else ""
            out.append(f"- “{' '.join(each.sentence.text.split())}” {cite(each.source)}{agree}")
        if not one.statements:
            out.append("Nothing was found.")
        for first, second in one.disagree:
            out += ["", "**The sources disagree:**", ""]
            out.append(f"- “{' '.join(first.sentence.text.split())}” {cite(first.source)}")
            out.append(f"- “{' '.join(second.sentence.text.split())}” {cite(second.source)}")
        out.append("")
    missing = [one for one in gathered if not one.statements]
    if missing:
        out += ["## What was not found", ""]
        for one in missing:
            unknown = f" (no document has: {', '.join(one.unknown)})" if one.unknown else ""
            out.append(f"- {one.aspect.text}{unknown}")
        out.append("")
    out += ["## Sources", ""] + [f"{number}. {place}" for place, number in numbers.items()]
    out += ["", "Not looked at: pages on the web."]
    return "\n".join(out) + "\n"


def outline(wanted: tuple[Aspect, ...]) -> tuple[str, ...]:
    """The questions that documents would have to answer."""
    asked = []
    for one in wanted:
        subject = f"{one.text.rstrip('?. ')}" + (f" ({one.within})" if one.within else "")
        asked += [
            f"{subject}: what is known, and which first-hand source says so?",
            f"{subject}: which figures describe it, of what date, measured how?",
            f"{subject}: who says otherwise, and on what evidence?",
        ]
    return tuple(asked)


def outline_page(goal: str, asked: tuple[str, ...]) -> str:
    """The outline, labelled as what it is."""
    out = ["# Research outline: questions, not findings", "", f"**Asked:** {' '.join(goal.split())}", ""]
    out += ["No document was there to be read, so nothing below is a finding.", ""]
    return "\n".join([*out, *(f"- [ ] {one}" for one in asked)]) + "\n"
