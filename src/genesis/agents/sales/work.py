"""Scores the leads of a table, segments them and drafts messages. Nothing is ever sent.

`outputs["outreach"]`: {"file", "leads", "segments": {"A", "B", "C": counts}, "formula", "top": [{"line", "company",
"score", "segment"}], "left_out": {why: count}, "drafts": how many, "sent": 0}.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from genesis.agents.result import Assignment, Result
from genesis.agents.sales import report
from genesis.agents.sales.offer import offer_of
from genesis.agents.sales.report import CUTS, Draft, label
from genesis.agents.toolbox import Toolbox
from genesis.errors import FileInvalid, NeedsMissing
from genesis.finding import Fact, Finding, NotDone, Source, by_severity
from genesis.frozen import JsonValue
from genesis.tools.collect_offer_facts import CollectOfferFactsInput, OfferFact, collect_offer_facts
from genesis.tools.draft_outreach import DraftOutreachInput, draft_outreach
from genesis.tools.find_tables import FindTablesInput, TableFile, find_tables
from genesis.tools.score_leads import Lead, ScoreLeadsInput, ScoreLeadsOutput, score_leads
from genesis.tools.tabular.words import words, wordset

LEADISH = wordset("lead prospect contact crm outreach pipeline signup attendee enquiry inquiry customer company")
PERSONAL = wordset("email mail name company organisation organization firm contact")
MAX_DRAFTS = 20
TOP = 5


async def work(task: Assignment, tools: Toolbox) -> Result:
    """Raises `NeedsMissing` when there is no table of leads: leads are not looked for outside the workspace."""
    if tools.workspace is None:
        raise NeedsMissing(
            "sales needs leads: give a workspace with a CSV of them (name or company, and what is known)"
        )
    asked = f"{task.goal}\n{task.objective}" if task.goal != task.objective else task.objective
    out, not_done = await _score(asked, task.type != "lead_generation", tools)
    findings = by_severity(_findings(out))
    facts = _facts(out)
    not_done += [NotDone(what=f"the part {name} of the score", why=_unscored(name, out.file)) for name in out.unscored]
    artifacts = [tools.artifact("leads.csv", "text/csv", report.scores(out))]
    drafts: list[Draft] = []
    wants_drafts = task.type != "lead_generation" or bool(
        re.search(r"draft|messag|e-?mail|write|outreach", asked, re.IGNORECASE)
    )
    if wants_drafts and out.leads:
        drafts, more, used = await _drafts(task.objective, out, tools)
        not_done += more
        facts += used
        blanks = sorted({blank for draft in drafts for blank in draft.message.blanks})
        artifacts.append(tools.artifact("drafts.md", "text/markdown", report.outreach(drafts, blanks)))
    summary = _summary(out, drafts)
    text = report.scoring(task.goal, summary, out, findings, not_done)
    artifacts.insert(0, tools.artifact("leads.md", "text/markdown", text))
    steps = ["Fill in the blanks of the drafts and send them yourself: nothing was sent."] if drafts else []
    return Result(
        summary=summary,
        facts=tuple(facts),
        findings=tuple(findings),
        not_done=tuple(not_done),
        next_steps=tuple(steps),
        artifacts=tuple(artifacts),
        outputs={"outreach": _output(out, drafts)},
    )


async def _score(asked: str, unscored: bool, tools: Toolbox) -> tuple[ScoreLeadsOutput, list[NotDone]]:
    found = await tools.call(find_tables, FindTablesInput())
    candidates = [one for one in found.tables if _promise(one, asked)]
    candidates.sort(key=lambda one: (-_promise(one, asked), one.file))
    not_done = [one for one in found.not_read if set(words(one.what)) & LEADISH]
    whys = []
    for one in candidates:
        try:
            given = ScoreLeadsInput(file=one.file, unscored=unscored, wanted=tuple(asked.split()[:500]))
            out = await tools.call(score_leads, given)
        except FileInvalid as error:
            whys.append(error.message)
            continue
        rest = [other.file for other in candidates if other is not one and _promise(other, asked) >= 3]
        not_done += [NotDone(what=file, why=f"{out.file} was taken; name the file to have it scored") for file in rest]
        return out, not_done
    seen = "; ".join(whys) or "no table has a column such as email, name or company"
    raise NeedsMissing(f"sales found no leads in the workspace ({seen}): put in a CSV with one lead per row")


def _unscored(name: str, file: str) -> str:
    if name == "fit":
        return f"neither the objective names a value of {file} that fits (an industry, a country) nor do past outcomes"
    return f"{file} has no column for it"


def _promise(table: TableFile, asked: str) -> int:
    """How likely a table is to be the one of leads; 0: it is not."""
    columns = {word for name in table.columns for word in words(name)}
    file = table.file.rsplit("/", 1)[-1]
    named = 10 if file.casefold() in asked.casefold() else 0
    people = len(columns & PERSONAL)
    return named + people + (3 if set(words(file)) & LEADISH else 0) if people else 0


def _facts(out: ScoreLeadsOutput) -> list[Fact]:
    counts = Counter(lead.segment for lead in out.leads)
    how = Source(file=out.file, formula=f"{out.formula}; {'; '.join(f'{p.name}: {p.how}' for p in out.parts)}"[:2000])
    cuts = Source(file=out.file, formula=f"segments by score: {CUTS}")
    left = Counter(one.why for one in out.left_out)
    said = "".join(f", {count} {why}" for why, count in sorted(left.items()))
    text = f"{out.file} has {out.rows:,} rows: {len(out.leads):,} leads{said}."
    whole = Fact(text=text, sources=(Source(file=out.file),))
    if not out.parts:
        return [whole]
    facts = [
        whole,
        Fact(text=f"Scores: {out.formula}.", sources=(how,)),
        Fact(
            text="Segments: " + ", ".join(f"{name} {counts[name]:,}" for name in ("A", "B", "C")) + f" ({CUTS}).",
            sources=(cuts, how),
        ),
    ]
    return facts + [_scored(lead, out) for lead in out.leads[:TOP]]


def _scored(lead: Lead, out: ScoreLeadsOutput) -> Fact:
    filled = " + ".join(f"{part.weight:.4g} x {lead.parts[part.name]:.4f}" for part in out.parts)
    text = f"{label(lead)} scores {lead.score:.2f}, segment {lead.segment}."
    formula = Source(formula=f"{filled} = {lead.score:.2f}")
    return Fact(text=text[:1].upper() + text[1:], sources=(lead.place, formula))


def _findings(out: ScoreLeadsOutput) -> list[Finding]:
    found: list[Finding] = []
    twice = [one for one in out.left_out if one.why == "duplicate"]
    if twice:
        pairs = ", ".join(f"line {one.place.line} of line {one.of.line}" for one in twice[:5] if one.of)
        message = f"{out.file}: left out as repeats of another lead: {len(twice)} {_rows(twice)} ({pairs})."
        remedy = "Merge them at the source, or people are written to twice."
        found.append(_finding("duplicate_lead", "low", message, twice[0].place, remedy))
    barred = [one for one in out.left_out if one.why == "asked not to be contacted"]
    if barred:
        message = (
            f"{out.file}: no contact is wanted by {len(barred)} {_rows(barred)}, which are in no score and no draft."
        )
        found.append(_finding("do_not_contact", "medium", message, barred[0].place, "Keep them out of every mailing."))
    dumb = [lead for lead in out.leads if not lead.reachable]
    if dumb:
        lines = ", ".join(str(lead.place.line or lead.row + 1) for lead in sorted(dumb, key=lambda lead: lead.row)[:5])
        message = f"{out.file}: {len(dumb)} of {len(out.leads):,} leads have no valid e-mail address (line {lines})."
        first = min(dumb, key=lambda lead: lead.row)
        found.append(
            _finding("no_address", "low", message, first.place, "Find another way to reach them, or drop them.")
        )
    return found


def _rows(many: Sequence[object]) -> str:
    return "row" if len(many) == 1 else "rows"


def _finding(kind: str, severity: str, message: str, source: Source, remedy: str) -> Finding:
    return Finding.model_validate(
        {"kind": kind, "severity": severity, "message": message, "source": source, "remedy": remedy}
    )


async def _drafts(
    objective: str, out: ScoreLeadsOutput, tools: Toolbox
) -> tuple[list[Draft], list[NotDone], list[Fact]]:
    """One message per lead of segment A (of the best ones when none is in A), one template per other segment."""
    offer, start, end = offer_of(objective)
    known = (await tools.call(collect_offer_facts, CollectOfferFactsInput(about=tuple(objective.split()[:200])))).facts
    not_done: list[NotDone] = []
    used = [Fact(text=f'Drafts quote {one.source}: "{one.text}"', sources=(one.source,)) for one in known[:3]]
    if offer:
        stated = Source(formula=f"stated in the objective, characters {start} to {end}", excerpt=offer)
        used.append(Fact(text=f'Drafts name the offer as the objective does: "{offer}".', sources=(stated,)))
    elif not known:
        why = "neither objective nor workspace says it: drafts have a blank (put it into an offer.md, or name it)"
        not_done.append(NotDone(what="what is offered", why=why))
    best = [lead for lead in out.leads if lead.segment == "A"] or list(out.leads[: 3 if out.parts else MAX_DRAFTS])
    reachable = [lead for lead in best if lead.reachable]
    drafts = [await _draft(lead, lead.segment, offer, known, tools) for lead in reachable[:MAX_DRAFTS]]
    if len(reachable) > MAX_DRAFTS:
        why = f"the best {MAX_DRAFTS} have drafts of their own; the others follow the same pattern"
        not_done.append(NotDone(what=f"drafts for {len(reachable) - MAX_DRAFTS} more leads of segment A", why=why))
    templates = [segment for segment in ("B", "C") if any(lead.segment == segment for lead in out.leads)]
    drafts += [await _draft(None, segment, offer, known, tools) for segment in templates]
    return drafts, not_done, used


async def _draft(lead: Lead | None, segment: str, offer: str, known: Sequence[OfferFact], tools: Toolbox) -> Draft:
    given = {"segment": segment, "offer": offer, "facts": tuple(one.text for one in known)}
    if lead is not None:
        first = lead.first or (lead.name.split()[0] if lead.name and "," not in lead.name else "")
        given |= {"first": first, "company": lead.company, "interest": lead.interest}
    return Draft(lead, segment, await tools.call(draft_outreach, DraftOutreachInput.model_validate(given)))


def _summary(out: ScoreLeadsOutput, drafts: Sequence[Draft]) -> str:
    if not out.leads:
        return f"{out.file} has {out.rows:,} rows and no lead left to score."
    counts = Counter(lead.segment for lead in out.leads)
    best = out.leads[0]
    if not out.parts:
        said = f"{len(drafts)} messages were drafted and none sent"
        return f"{len(out.leads):,} leads of {out.file} have no column to score by; {said}."
    drafted = f"; {len(drafts)} messages were drafted and none sent" if drafts else ""
    return (
        f"{len(out.leads):,} leads of {out.file} were scored: {counts['A']:,} in segment A, {counts['B']:,} in B, "
        f"{counts['C']:,} in C, best {label(best)} with {best.score:.2f} of 100{drafted}."
    )


def _output(out: ScoreLeadsOutput, drafts: Sequence[Draft]) -> dict[str, JsonValue]:
    counts = Counter(lead.segment for lead in out.leads)
    top: list[JsonValue] = [
        {"line": lead.place.line, "company": lead.company, "score": lead.score, "segment": lead.segment}
        for lead in out.leads[:20]
    ]
    return {
        "file": out.file,
        "leads": len(out.leads),
        "segments": {name: counts[name] for name in ("A", "B", "C")},
        "formula": out.formula,
        "top": top,
        "left_out": dict(sorted(Counter(str(one.why) for one in out.left_out).items())),
        "drafts": len(drafts),
        "sent": 0,
    }
