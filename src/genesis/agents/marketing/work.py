"""Writes launch briefs and page copy from what the workspace itself says, and checks pages for search engines.

Gives `content`: {"name", "tagline", "title", "description", "sections": [{"heading", "lines": [{"text", "source"}]}],
"missing": [...]} or, for `seo`, {"pages": n, "faults": {kind: count}}.
"""

from __future__ import annotations

from genesis.agents.marketing.copywriting import Material, brief_page, copy_page, missing, sections, snippet
from genesis.agents.marketing.seo import check
from genesis.agents.result import Assignment, Result
from genesis.agents.toolbox import Toolbox
from genesis.errors import NeedsMissing
from genesis.finding import Fact, Finding, NotDone, Source
from genesis.frozen import JsonValue
from genesis.tools.gather_product_facts import GatherProductFactsInput, gather_product_facts
from genesis.tools.places.place import place
from genesis.tools.product.facts import SUPERLATIVE, ProductFact, Role

_COUNTED: tuple[tuple[Role, str], ...] = (("feature", "features"), ("new", "news"), ("figure", "figures"))


async def work(task: Assignment, tools: Toolbox) -> Result:
    """A check of pages for `seo`; else copy, with a launch brief for `marketing`."""
    if task.type == "seo":
        return await check(task, tools)
    done = await tools.call(gather_product_facts, GatherProductFactsInput(objective=task.objective))
    planned = _planned(task.inputs.get("requirements"))
    told = [one for one in done.facts if one.file is not None]
    if not done.facts and not planned:
        raise NeedsMissing(
            "marketing needs facts about the product: give a workspace with a README, documents or package "
            "metadata, or say in "
            "the objective what it is, for whom and for how much"
        )
    bold = [one for one in done.facts if _unproven(one)]
    material = Material(
        objective=" ".join(task.objective.split())[:300],
        facts=tuple(one for one in done.facts if one not in bold or one.role == "name"),
        bold=tuple(bold),
        planned=planned,
    )
    gaps = missing(material)
    pages = [tools.artifact("page-copy.md", "text/markdown", copy_page(material))]
    if task.type == "marketing":
        pages.insert(0, tools.artifact("launch-brief.md", "text/markdown", brief_page(material)))
    used = [one for one in material.facts if one.role != "link"]
    title, description = snippet(material)
    files = len({one.file for one in told})
    said = [f"{files} file{'s' if files > 1 else ''}"] if files else []
    said += ["the objective"] if len(told) < len(done.facts) else []
    brief = "launch brief and " if task.type == "marketing" else ""
    counted = ", ".join(f"{len(material.of(role))} {word}" for role, word in _COUNTED)
    summary = (
        f"{material.name}: {brief}page copy from {len(used)} facts of {' and '.join(said) or 'earlier tasks'} "
        f"({counted}), "
        f"each with its source; {len(gaps)} things are not known, {len(bold)} claims were left out for lack of proof."
    )
    output: dict[str, JsonValue] = {
        "name": material.name,
        "tagline": material.tagline,
        "title": title,
        "description": description,
        "sections": [
            {"heading": heading, "lines": [{"text": one.text, "source": str(_source(one))} for one in lines]}
            for heading, lines in sections(material)
        ],
        "missing": list(gaps),
    }
    return Result(
        summary=summary,
        facts=tuple(dict.fromkeys(Fact(text=one.text, sources=(_source(one),)) for one in used)),
        findings=tuple(
            Finding(
                kind="unproven_claim",
                severity="low",
                message=f"“{one.text}” claims the utmost without a figure, so it is not used.",
                source=_source(one),
                remedy="Prove it with a figure and its source, or say what it does instead.",
            )
            for one in bold
        ),
        not_done=(
            *(NotDone(what=one, why="neither the workspace nor the objective says it") for one in gaps),
            NotDone(
                what="polished prose",
                why="no model is configured: the copy is arranged from the workspace's own sentences",
            ),
            *done.left_out,
        ),
        next_steps=tuple(f"Find out and add: {one}" for one in gaps[:4]),
        artifacts=tuple(pages),
        outputs={"content": output},
    )


def _unproven(one: ProductFact) -> bool:
    return (
        one.role in {"tagline", "feature", "audience", "new"}
        and SUPERLATIVE.search(one.text) is not None
        and not any(character.isdigit() for character in one.text)
    )


def _source(one: ProductFact) -> Source:
    return place(one.file, one.line, one.excerpt)


def _planned(given: JsonValue) -> tuple[str, ...]:
    """What earlier tasks require: plans, which must not be announced as there."""
    statements = given.get("statements") if isinstance(given, dict) else None
    return tuple(
        str(one["text"])[:200]
        for one in (statements if isinstance(statements, list) else [])[:20]
        if isinstance(one, dict) and "text" in one
    )
