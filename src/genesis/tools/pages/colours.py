"""The colours in which an element's text is shown, as far as the page itself states them."""

from __future__ import annotations

import re

from genesis.tools.pages.contrast import Rgb, colour
from genesis.tools.pages.html import Element


def declared(element: Element, name: str) -> str | None:
    """The value of a CSS property in the element's own style, the last one."""
    found = None
    for part in (element.get("style") or "").split(";"):
        key, _, value = part.partition(":")
        if key.strip().lower() == name:
            found = value.replace("!important", "").strip()
    return found


def nearest(element: Element, what: str) -> Rgb | None:
    """The colour that holds here, if it is stated by this element or one around it; None once it cannot be told."""
    for one in (element, *element.up()):
        if what == "color":
            stated = declared(one, "color") or (one.get("color") if one.tag == "font" else None)
        else:
            stated = declared(one, "background-color") or declared(one, "background") or one.get("bgcolor")
            if one.get("background") or (one is not element and one.get("class")):
                return None  # a picture, or a style sheet may set another colour
        if stated and stated.lower() not in {"inherit", "transparent", "none"}:
            return colour(stated)
        if what == "color" and one is not element and one.get("class"):
            return None
    return None


def is_large(element: Element) -> bool:
    for one in (element, *element.up()):
        if one.tag in {"h1", "h2"}:
            return True
        size = re.fullmatch(r"(\d+(?:\.\d+)?)(px|pt|em|rem)", declared(one, "font-size") or "")
        if size:
            pixels = float(size.group(1)) * {"px": 1, "pt": 4 / 3, "em": 16, "rem": 16}[size.group(2)]
            bold = (declared(one, "font-weight") or "") in {"bold", "600", "700", "800", "900"} or one.tag in {
                "b",
                "th",
            }
            return pixels >= 24 or (bold and pixels >= 18.66)
    return False
