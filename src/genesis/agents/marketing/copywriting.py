"""Arranges what is known about a product into a launch brief and page copy; every line keeps its source."""

from __future__ import annotations

from dataclasses import dataclass

from genesis.tools.product.facts import ProductFact, Role

TITLE_CHARS, DESCRIPTION_CHARS = 60, 155


@dataclass(frozen=True)
class Material:
    """What may be used. `bold`: claims without proof, which may not; `planned`: what is not there yet."""

    objective: str
    facts: tuple[ProductFact, ...]
    bold: tuple[ProductFact, ...]
    planned: tuple[str, ...]

    def of(self, *roles: Role) -> tuple[ProductFact, ...]:
        """The facts of some roles, in order."""
        return tuple(one for one in self.facts if one.role in roles)

    @property
    def proof(self) -> tuple[ProductFact, ...]:
        """Figures first, then features; each sentence once."""
        return tuple({one.text: one for one in (*self.of("figure"), *self.of("feature"))}.values())

    @property
    def name(self) -> str:
        """What it is called; "the product" when nothing says it."""
        names = self.of("name")
        return names[0].text if names else "the product"

    @property
    def tagline(self) -> str:
        """What it is, in the workspace's own words; empty when nothing says it."""
        lines = self.of("tagline")
        return lines[0].text if lines else ""


def missing(material: Material) -> tuple[str, ...]:
    """What a reader of the page will ask, and nothing says."""
    wanted: tuple[tuple[str, tuple[Role, ...]], ...] = (
        ("what it is, in one sentence", ("tagline",)),
        ("for whom it is", ("audience",)),
        ("what it does (a list of features)", ("feature",)),
        ("what is new (a changelog)", ("new",)),
        ("a figure that proves a benefit", ("figure",)),
        ("what it costs, or its licence", ("price", "licence")),
        ("how to get it", ("get", "link")),
        ("the date of the launch", ("date",)),
    )
    return tuple(what for what, roles in wanted if not material.of(*roles))


def sections(material: Material) -> list[tuple[str, tuple[ProductFact, ...]]]:
    """The page's parts that have something to say."""
    version = material.of("version")
    parts = [
        ("For whom", material.of("audience")),
        ("What it does", material.of("feature")),
        (f"New in {version[0].text}" if version else "New", material.of("new")),
        ("In figures", material.of("figure")),
        ("Price and licence", material.of("price", "licence")),
        ("How to get it", material.of("get", "link")),
    ]
    return [(heading, lines) for heading, lines in parts if lines]


def snippet(material: Material) -> tuple[str, str]:
    """Title and description for result pages, cut at a word."""
    tagline = material.tagline.rstrip(".")
    title = (
        f"{material.name}: {tagline}" if tagline and not tagline.startswith(material.name) else tagline or material.name
    )
    more = [one.text.rstrip(".") for one in (*material.of("tagline")[:1], *material.of("feature")[:3])]
    return _cut(title, TITLE_CHARS), _cut(". ".join(more) or material.name, DESCRIPTION_CHARS)


def _cut(text: str, limit: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"


class _Notes:
    """Numbers the sources of a page in order of use."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}

    def mark(self, one: ProductFact) -> str:
        place = f"{one.file}:{one.line}" if one.file else f"the objective, line {one.line}"
        return f"[{self.places.setdefault(place, len(self.places) + 1)}]"

    def lines(self, *facts: ProductFact) -> list[str]:
        return [f"- {one.text} {self.mark(one)}" for one in facts]

    def end(self) -> list[str]:
        return ["## Sources", "", *(f"{number}. {place}" for place, number in self.places.items())]


def copy_page(material: Material) -> str:
    """The page's copy. The numbers are sources, to be taken out before publication."""
    notes = _Notes()
    title, description = snippet(material)
    out = [f"# {material.name}", ""]
    taglines = material.of("tagline")
    if taglines:
        out += [f"**{taglines[0].text}** {notes.mark(taglines[0])}", ""]
        out += [f"{one.text} {notes.mark(one)}" for one in taglines[1:2]] + [""] * bool(taglines[1:2])
    for heading, lines in sections(material):
        out += [f"## {heading}", ""]
        out += [
            f"    {one.text}  {notes.mark(one)}" if one.role == "get" else f"- {one.text} {notes.mark(one)}"
            for one in lines
        ]
        out.append("")
    out += ["## For result pages", "", f"- Title: {title}", f"- Description: {description}", ""]
    out += [*notes.end(), "", "Take the numbers out before publication; each line was quoted from its source."]
    return "\n".join(out) + "\n"


def brief_page(material: Material) -> str:
    """The launch brief: what is known, what is not, where to say it."""
    notes = _Notes()
    out = [f"# Launch brief: {material.name}", "", f"Asked: {material.objective}", ""]
    parts: tuple[tuple[str, tuple[ProductFact, ...]], ...] = (
        ("What it is", material.of("tagline")),
        ("For whom", material.of("audience")),
        ("What is new", material.of("version", "new")),
        ("Proof points", material.proof),
        ("Price and licence", material.of("price", "licence")),
        ("How to get it", material.of("get", "link")),
        ("When", material.of("date")),
    )
    for heading, facts in parts:
        out += [f"## {heading}", "", *(notes.lines(*facts) or ["Not known: nothing says it."]), ""]
    if material.planned:
        out += ["## Planned, not to be announced as there", "", *(f"- {one}" for one in material.planned), ""]
    if material.bold:
        out += ["## Left out: claims without proof", "", *notes.lines(*material.bold), ""]
    gaps = missing(material)
    if gaps:
        out += ["## To find out first", "", *(f"- [ ] {one}" for one in gaps), ""]
    out += ["## Channels", "", *(f"- [ ] {one}" for one in channels(material)), ""]
    return "\n".join([*out, *notes.end()]) + "\n"


_CHANNELS = (
    (
        ("newsletter", "e-mail", "email", "mailing"),
        "Newsletter: one subject, one link; needs a list of people who agreed",
    ),
    (("linkedin",), "LinkedIn: one post by a person, with the first proof point"),
    (("instagram",), "Instagram: pictures of the product; the workspace's images need their rights checked"),
    (("twitter", "x.com", "mastodon", "bluesky"), "Short posts: one proof point each"),
    (("press", "journalist", "media"), "Press note: what it is, for whom, since when; needs a person to ask"),
    (("blog",), "Blog post: what is new, each item with an example"),
    (("hacker news", "reddit", "product hunt"), "Community site: a plain description, and somebody there to answer"),
    (("flyer", "poster", "shop window", "local"), "Print: name, one sentence, where and when"),
    (("partner", "reseller"), "Partners: a page that they may use, with the facts above"),
)


def channels(material: Material) -> list[str]:
    """Where to say it: the channels that the objective names, then those that the facts allow; with no figures."""
    asked = material.objective.lower()
    found = [text for words, text in _CHANNELS if any(word in asked for word in words)]
    if material.of("get"):
        found.append("Package page: its description says the same as the first sentence above")
    if material.of("new"):
        found.append(f"Release notes: the {len(material.of('new'))} items under “What is new”, the most useful first")
    if material.of("link"):
        found.append(f"Own site: {material.of('link')[0].text} shows the same copy")
    if not any(one.startswith("Newsletter") for one in found):
        found.append("People who use it already: tell them first; needs a list of people who agreed")
    found.append("Measure: decide before the launch which figure counts as success, and where it is read")
    return found
