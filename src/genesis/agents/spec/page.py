"""Requirements, and the plan of their work, as Markdown pages."""

from __future__ import annotations

from genesis.agents.spec.planning import SIZE_RULE, Item
from genesis.finding import Source
from genesis.tools.extract_requirements import ExtractRequirementsOutput, Requirement
from genesis.tools.places.place import place


def source(one: Requirement) -> Source:
    """Where a requirement is stated."""
    return place(one.file, one.line, one.excerpt)


def requirements_page(done: ExtractRequirementsOutput, questions: tuple[str, ...]) -> str:
    """Numbered requirements with their places, remarks and criteria; things and attributes; open questions."""
    out = ["# Requirements", "", "| id | kind | requirement | where | remarks |", "|---|---|---|---|---|"]
    for at, one in enumerate(done.requirements):
        remarks = "; ".join(
            f"{each.fault.replace('_', ' ')}: {', '.join(each.words)}"
            if each.other is None
            else f"{each.fault} of {done.requirements[each.other].id}"
            for each in done.remarks
            if each.at == at
        )
        cells = (one.id, one.kind, one.text, str(source(one)), remarks)
        out.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    out += ["", "## Acceptance criteria", ""]
    for one in done.requirements:
        out += [f"**{one.id}** {one.text}", ""]
        out += [f"- Given {one.criterion.given}", f"- When {one.criterion.when}", f"- Then {one.criterion.then}", ""]
    if done.entities:
        out += ["## What it speaks of", ""]
        for name, attributes in done.entities.items():
            out.append(f"- **{name}**: {', '.join(attributes) or 'no attribute is stated'}")
        out.append("")
    if questions:
        out += ["## Open questions", ""] + [f"- [ ] {one}" for one in questions]
    return "\n".join(out).rstrip() + "\n"


def work_page(items: list[Item]) -> str:
    """The pieces of work in order, and the rule by which they were sized."""
    out = [
        "# Plan of work",
        "",
        "| no | work | requirement | size | why this size | after |",
        "|---|---|---|---|---|---|",
    ]
    for one in items:
        cells = (one.id, one.title, one.requirement, one.size, one.why, ", ".join(one.after) or "-")
        out.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    out += ["", f"Sizes: {SIZE_RULE}", ""]
    out.append(
        "Order: what others wait for comes first; among equals must, story, feature, should, may; then as stated."
    )
    return "\n".join(out) + "\n"
