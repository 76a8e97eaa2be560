"""What is wrong with a page for those who read it with a screen reader, a keyboard or tired eyes.

Rules and numbers in brackets: WCAG 2.2. What a template fills in is not judged: precision before count.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator

from genesis.finding import Severity
from genesis.frozen import Frozen
from genesis.tools.pages.colours import is_large, nearest
from genesis.tools.pages.contrast import ENOUGH, ENOUGH_LARGE, ratio
from genesis.tools.pages.html import FILLED, Element, Page

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
UNLABELLED_INPUTS = frozenset({"hidden", "submit", "reset", "button", "image"})
# What style sheets commonly hide by; their own rules are not read.
_HIDING = frozenset({"hidden", "d-none", "is-hidden", "hide", "invisible"})


class Flaw(Frozen):
    kind: str
    severity: Severity
    message: str
    line: int
    remedy: str


def flaws(page: Page) -> list[Flaw]:
    """The flaws of a page, in order of line."""
    found = [*_images(page), *_fields(page), *_names(page), *_ids(page), *_contrast(page), *_other(page)]
    if page.whole:
        found += _document(page)
    return sorted(found, key=lambda flaw: (flaw.line, flaw.kind))


def _document(page: Page) -> Iterator[Flaw]:
    """What only a whole document can have or lack."""
    root = page.root
    if not (root.get("lang") or root.get("xml:lang") or "").strip() and not root.open_ended:
        yield Flaw(
            kind="no_language",
            severity="medium",
            message="the page does not say which language it is in [3.1.1]",
            line=root.line,
            remedy='Write, for example, <html lang="en">: screen readers pronounce by it.',
        )
    titles = [one for one in page.all("title") if not any(up.tag == "svg" for up in one.up())]
    head = next(iter(page.all("head")), root)
    if not any(one.text().strip() for one in titles) and not (page.template and FILLED in head.text()):
        yield Flaw(
            kind="no_title",
            severity="medium",
            message="the page has no title, or an empty one [2.4.2]",
            line=titles[0].line if titles else head.line,
            remedy="Give it a <title> that tells it from the other pages.",
        )
    if not page.doctype and not page.template:
        yield Flaw(
            kind="no_doctype",
            severity="low",
            message="the page does not begin with <!doctype html>, so browsers imitate those of the nineties",
            line=1,
            remedy="Make <!doctype html> the first line.",
        )
    headings = [one for one in page.all(*HEADINGS) if not _hidden(one)]
    first = [one for one in headings if one.tag == "h1"]
    if not first and headings and not page.template:
        yield Flaw(
            kind="no_main_heading",
            severity="low",
            message=f"the first of {len(headings)} headings is <{headings[0].tag}>, and there is no <h1>",
            line=headings[0].line,
            remedy="Make the page's own heading an <h1>.",
        )
    if len(first) > 1 and not page.template:
        yield Flaw(
            kind="several_main_headings",
            severity="low",
            message=f"there are {len(first)} <h1>; which is the page's own?",
            line=first[1].line,
            remedy="Keep one <h1>, and make the others <h2>.",
        )
    if not page.template:
        for before, after in itertools.pairwise(headings):
            if int(after.tag[1]) > int(before.tag[1]) + 1:
                yield Flaw(
                    kind="heading_level_skipped",
                    severity="low",
                    message=f"<{after.tag}> follows <{before.tag}>: a level is left out",
                    line=after.line,
                    remedy=f"Make it <h{int(before.tag[1]) + 1}>; style sheets set the size.",
                )


def _images(page: Page) -> Iterator[Flaw]:
    for one in page.elements:
        kind = (one.get("type") or "").lower()
        if one.tag not in {"img", "area"} and not (one.tag == "input" and kind == "image"):
            continue
        if one.tag == "area" and one.get("href") is None:
            continue
        if one.get("alt") is None and not one.open_ended and not _hidden(one) and not _named_by_attribute(one):
            source = (one.get("src") or "").rpartition("/")[2][:60].replace(FILLED, "")
            yield Flaw(
                kind="image_without_alternative",
                severity="medium",
                message=f"<{one.tag}>{f' {source}' if source else ''} has no `alt` text [1.1.1]",
                line=one.line,
                remedy='Say what it shows, or write alt="" when it only decorates.',
            )


def _fields(page: Page) -> Iterator[Flaw]:
    labels = page.all("label")
    targets = {one.get("for") for one in labels}
    unknown = any(FILLED in (target or "") for target in targets) or any(one.open_ended for one in labels)
    for one in page.all("input", "select", "textarea"):
        kind = (one.get("type") or "text").lower()
        if kind in UNLABELLED_INPUTS or FILLED in kind or one.open_ended or _hidden(one) or _named_by_attribute(one):
            continue
        identity = one.get("id")
        around = next((up for up in one.up() if up.tag == "label"), None)
        if around is not None and around.text().strip():
            continue
        if identity and (identity in targets or FILLED in identity or unknown):
            continue
        name = (one.get("name") or identity or kind).replace(FILLED, "")
        yield Flaw(
            kind="field_without_label",
            severity="medium",
            message=f"<{one.tag}> {name[:60]!r} has no label"
            + (", only a placeholder" if one.get("placeholder") else "")
            + " [1.3.1, 4.1.2]",
            line=one.line,
            remedy="Add a <label> whose `for` is its id.",
        )


def _names(page: Page) -> Iterator[Flaw]:
    """Buttons, links and frames that say nothing of what they do."""
    for one in page.elements:
        if one.open_ended or _hidden(one) or _named_by_attribute(one):
            continue
        kind = (one.get("type") or "").lower()
        if one.tag == "button" or (one.tag == "input" and kind == "button"):
            if not (one.get("value") or "").strip() and not _says_something(one):
                yield Flaw(
                    kind="button_without_name",
                    severity="medium",
                    message="the button has neither text nor a name [4.1.2]",
                    line=one.line,
                    remedy="Write in it what it does, or give it an aria-label.",
                )
        elif one.tag == "a" and one.get("href") is not None and not _says_something(one):
            yield Flaw(
                kind="link_without_name",
                severity="medium",
                message=f"the link to {(one.get('href') or '')[:60].replace(FILLED, '')!r} has no text [2.4.4]",
                line=one.line,
                remedy="Write in it where it leads.",
            )
        elif one.tag == "iframe":
            yield Flaw(
                kind="frame_without_name",
                severity="low",
                message="the frame has no title [4.1.2]",
                line=one.line,
                remedy="Give it a `title` that says what is in it.",
            )


def _ids(page: Page) -> Iterator[Flaw]:
    if page.template:  # the branches of a template may each have the id
        return
    seen: dict[str, Element] = {}
    counts: Counter[str] = Counter()
    used = {
        one.get(name) for one in page.elements for name in ("for", "aria-labelledby", "aria-describedby", "headers")
    }
    for one in page.elements:
        identity = one.get("id")
        if not identity or any(up.tag == "svg" for up in one.up()):
            continue
        counts[identity] += 1
        if identity in seen and counts[identity] == 2:
            yield Flaw(
                kind="duplicate_id",
                severity="medium" if identity in used else "low",
                message=f"id {identity[:60]!r} is that of line {seen[identity].line} already",
                line=one.line,
                remedy="Give each its own; labels and links reach only the first.",
            )
        seen.setdefault(identity, one)


def _contrast(page: Page) -> Iterator[Flaw]:
    """Where both colours stand in the element or those around it."""
    for one in page.elements:
        own = one.get("style") or ""
        coloured = "color" in own or one.tag == "font"
        direct = "".join(child for child in one.children if isinstance(child, str)).strip()
        if not coloured or not direct or _hidden(one):
            continue
        front, back = nearest(one, "color"), nearest(one, "background")
        if front is None or back is None:
            continue
        found = ratio(front, back)
        needed = ENOUGH_LARGE if is_large(one) else ENOUGH
        if found < needed:
            yield Flaw(
                kind="low_contrast",
                severity="medium",
                message=f"text on its background has a contrast of {found:.2f}; {needed:g} is needed [1.4.3]",
                line=one.line,
                remedy="Darken one of the two colours, or lighten the other.",
            )


def _other(page: Page) -> Iterator[Flaw]:
    for one in page.elements:
        tabindex = (one.get("tabindex") or "").strip()
        if re.fullmatch(r"[1-9]\d{0,5}", tabindex):
            yield Flaw(
                kind="tab_order_forced",
                severity="low",
                message=f"tabindex {tabindex} takes the element out of the order of reading [2.4.3]",
                line=one.line,
                remedy="Use 0 and put the element where it belongs.",
            )
        if one.tag == "meta" and (one.get("name") or "").lower() == "viewport":
            content = (one.get("content") or "").lower().replace(" ", "")
            largest = re.search(r"maximum-scale=(\d+(?:\.\d+)?)", content)
            if re.search(r"user-scalable=(?:no|0)", content) or (largest and float(largest.group(1)) < 2):
                yield Flaw(
                    kind="zoom_disabled",
                    severity="medium",
                    message="readers may not enlarge the page [1.4.4]",
                    line=one.line,
                    remedy="Remove user-scalable and maximum-scale.",
                )


def _says_something(element: Element) -> bool:
    if element.text().strip():
        return True
    for one in element.walk():
        if one.tag in {"img", "input"} and ((one.get("alt") or "").strip() or one.open_ended):
            return True
        if one is not element and (_named_by_attribute(one) or one.open_ended):
            return True
        if one.tag == "title" and one.text().strip():  # of an svg
            return True
    return False


def _named_by_attribute(element: Element) -> bool:
    names = ("aria-label", "aria-labelledby", "title")
    presented = (element.get("role") or "") in {"presentation", "none"}
    return presented or any((element.get(name) or "").strip() for name in names)


def _hidden(element: Element) -> bool:
    for one in (element, *element.up()):
        style = (one.get("style") or "").replace(" ", "").lower()
        if one.get("hidden") is not None or one.get("aria-hidden") == "true" or "display:none" in style:
            return True
        if one.tag in {"template", "noscript"} or _HIDING & set((one.get("class") or "").lower().split()):
            return True
    return False
