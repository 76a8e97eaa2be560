"""The answer as a Markdown page: quotations with their places, code kept, contradictions side by side."""

from __future__ import annotations

from genesis.agents.support.answering import Quote, Reply, cause_and_cure
from genesis.tools.search_documents import Cited, SearchDocumentsOutput


def answer_page(replies: list[Reply], found: SearchDocumentsOutput) -> str:
    """The page. Every line of it that states something names its file and line."""
    out = ["# Answer", ""]
    for one in replies:
        out += [f"## {one.question}", ""]
        out += _answered(one) if one.quote else _unanswered(one, found)
    return "\n".join(out).rstrip() + "\n"


def _answered(one: Reply) -> list[str]:
    assert one.quote is not None
    out = [f"*{' > '.join(one.quote.passage.path)}*", ""]
    out += _quoted(one.quote.passage.file, one.quote.sentences)
    if one.kind == "trouble":
        causes, cures = cause_and_cure(one.quote)
        for title, sentences in (("Documented cause", causes), ("Documented cure", cures)):
            if sentences:
                out += [f"**{title}**", "", *_quoted(one.quote.passage.file, sentences)]
    for mine, theirs in one.conflicts:
        out += ["**The documents disagree**", ""]
        out += _quoted(mine.passage.file, (mine.best,)) + _quoted(theirs.passage.file, (theirs.best,))
    if one.others:
        out += ["**See also**", ""] + [_line(other.best, other) for other in one.others] + [""]
    return out


def _unanswered(one: Reply, found: SearchDocumentsOutput) -> list[str]:
    out = [f"The documents do not say ({found.documents} documents, {found.searched} passages searched)."]
    if one.unknown:
        out.append(f"No document has: {', '.join(one.unknown)}.")
    if one.nearest:
        out += ["", "Nearest, which does not answer it:", "", _line(one.nearest.best, one.nearest)]
    return [*out, ""]


def _quoted(file: str, sentences: tuple[Cited, ...]) -> list[str]:
    out: list[str] = []
    for one in sentences:
        if one.kind == "code":
            fence = "````" if "```" in one.text else "```"
            out += ["", fence, one.text, fence, f"({file}:{one.line})", ""]
        elif one.number:
            out.append(f"{one.number}. {one.text} ({file}:{one.line})")
        else:
            out.append(f"- {one.text} ({file}:{one.line})")
    return [*out, ""]


def _line(sentence: Cited, quote: Quote) -> str:
    return f"- {' '.join(sentence.text.split())[:300]} ({quote.passage.file}:{sentence.line})"
