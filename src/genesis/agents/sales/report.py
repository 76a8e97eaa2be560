"""Scores and drafts as Markdown and CSV. Addresses stay in the source file: `line` leads back to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from genesis.finding import Finding, NotDone
from genesis.tools.draft_outreach import DraftOutreachOutput
from genesis.tools.score_leads import CUT_A, CUT_B, Lead, ScoreLeadsOutput
from genesis.tools.tabular.export import to_csv
from genesis.tools.tabular.markdown import plain, table

CUTS = f"A from {CUT_A}, B from {CUT_B}, C below"


@dataclass(frozen=True)
class Draft:
    """A message: for one lead, or (None) for every lead of a segment."""

    lead: Lead | None
    segment: str
    message: DraftOutreachOutput


def label(lead: Lead) -> str:
    """Who a lead is, without a person's name."""
    at = f"line {lead.place.line}" if lead.place.line else f"row {lead.row + 1}"
    return f"{lead.company} ({at})" if lead.company else f"the lead on {at}"


def scoring(
    goal: str, summary: str, out: ScoreLeadsOutput, findings: Sequence[Finding], not_done: Sequence[NotDone]
) -> str:
    """The report on who scored what, and why."""
    lines = [
        "# Leads",
        "",
        f"Asked: {plain(goal[:500])}",
        "",
        f"**{plain(summary)}**",
        "",
        "## How leads are scored",
        "",
    ]
    lines += [plain(out.formula) + f". Segments: {CUTS}.", ""]
    parts = [(part.name, f"{part.weight:.4g}", ", ".join(part.columns), part.how) for part in out.parts]
    lines += [*table(("part", "weight", "columns", "how, from 0 to 1"), parts), ""]
    if out.unscored:
        lines += [f"Not scored, for want of a column: {plain(', '.join(out.unscored))}.", ""]
    lines += ["## The best leads", ""]
    names = [part.name for part in out.parts]
    rows = [
        (str(place), label(lead), f"{lead.score:.2f}", lead.segment, *(f"{lead.parts[name]:.2f}" for name in names))
        for place, lead in enumerate(out.leads[:25], start=1)
    ]
    lines += [*table(("rank", "lead", "score", "segment", *names), rows), ""]
    if findings:
        lines += ["## To look at", "", *[f"- **{one.severity}** {plain(one.message)}" for one in findings], ""]
    if not_done:
        lines += ["## Not done", "", *[f"- {plain(one.what)}: {plain(one.why)}" for one in not_done], ""]
    return "\n".join(lines)


def scores(out: ScoreLeadsOutput) -> str:
    """Every lead's score as CSV; `line` is its line in the source file, where its address is."""
    names = [part.name for part in out.parts]
    rows = [
        (
            place,
            lead.place.line or lead.row + 1,
            lead.company,
            lead.score,
            lead.segment,
            "yes" if lead.reachable else "no",
            *(lead.parts[name] for name in names),
        )
        for place, lead in enumerate(out.leads, start=1)
    ]
    return to_csv(("rank", "line", "company", "score", "segment", "reachable", *names), rows)


def outreach(drafts: Sequence[Draft], blanks: Sequence[str]) -> str:
    """The drafts. Nothing of them was sent."""
    lines = [
        "# Drafts",
        "",
        "Nothing was sent. Each is made of the lead's own fields and the workspace's own sentences.",
        "",
    ]
    if blanks:
        lines += [f"Fill in before use: {plain(', '.join(blanks))}", ""]
    for draft in drafts:
        who = (
            f"{label(draft.lead)}, segment {draft.segment}" if draft.lead else f"every lead of segment {draft.segment}"
        )
        lines += [f"## To {plain(who)}", "", f"Subject: {plain(draft.message.subject)}", ""]
        lines += [f"> {plain(line)}" if line else ">" for line in draft.message.body.split("\n")]
        lines.append("")
    return "\n".join(lines)
