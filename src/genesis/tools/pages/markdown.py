"""A page from a Markdown document: its headings, paragraphs and lists as text. HTML in it is not taken over."""

from __future__ import annotations

from genesis.tools.write_pages import PageText, Section

MAX_SECTIONS = 60


def page_of(text: str, file: str, fallback: str) -> PageText | None:
    """The page, its title from the first heading (else `fallback`); None when nothing is said."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark", {"html": False}).parse(text[:200_000])
    title, lead = "", ""
    sections: list[tuple[str, list[str], list[str]]] = [("", [], [])]
    lists = 0
    for position, token in enumerate(tokens):
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            lists += 1
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            lists -= 1
        if token.type != "inline":
            continue
        words = " ".join("".join(_words(token)).split())
        opened = tokens[position - 1]
        if not words:
            continue
        if opened.type == "heading_open":
            if not title:
                title = words
            else:
                sections.append((words, [], []))
        elif lists:
            sections[-1][2].append(words)
        elif not lead and len(sections) == 1:
            lead = words
        else:
            sections[-1][1].append(words)
    kept = [
        Section(heading=heading, paragraphs=tuple(said), points=tuple(points)) for heading, said, points in sections
    ]
    kept = [one for one in kept if one.paragraphs or one.points][:MAX_SECTIONS]
    if not title and not lead and not kept:
        return None
    return PageText(
        file=file,
        title=(title or fallback.replace("_", " ").replace("-", " ").capitalize())[:150],
        description=lead[:160],
        lead=lead,
        sections=tuple(kept),
    )


def _words(token: object) -> list[str]:
    """The text of an inline token; a picture is its description, a link its text."""
    found = []
    for child in getattr(token, "children", None) or []:
        if child.type in {"text", "code_inline"}:
            found.append(child.content)
        elif child.type in {"softbreak", "hardbreak"}:
            found.append(" ")
    return found
