"""Contrast of colours. Formulas: WCAG 2.2, "relative luminance" and "contrast ratio"."""

from __future__ import annotations

import re

NAMED = {
    **{"black": "000000", "white": "ffffff", "red": "ff0000", "lime": "00ff00", "blue": "0000ff", "yellow": "ffff00"},
    **{
        "cyan": "00ffff",
        "aqua": "00ffff",
        "magenta": "ff00ff",
        "fuchsia": "ff00ff",
        "silver": "c0c0c0",
        "gray": "808080",
    },
    **{
        "grey": "808080",
        "maroon": "800000",
        "olive": "808000",
        "green": "008000",
        "purple": "800080",
        "teal": "008080",
    },
    **{"navy": "000080", "orange": "ffa500", "pink": "ffc0cb", "brown": "a52a2a", "gold": "ffd700", "tomato": "ff6347"},
    **{"lightgray": "d3d3d3", "lightgrey": "d3d3d3", "darkgray": "a9a9a9", "darkgrey": "a9a9a9", "gainsboro": "dcdcdc"},
    **{"dimgray": "696969", "dimgrey": "696969", "whitesmoke": "f5f5f5", "beige": "f5f5dc", "ivory": "fffff0"},
    **{"crimson": "dc143c", "darkred": "8b0000", "darkblue": "00008b", "darkgreen": "006400", "lightblue": "add8e6"},
    **{
        "lightgreen": "90ee90",
        "lightyellow": "ffffe0",
        "steelblue": "4682b4",
        "slategray": "708090",
        "indigo": "4b0082",
    },
}

Rgb = tuple[int, int, int]

ENOUGH, ENOUGH_LARGE = 4.5, 3.0
"""Level AA: for text, and for text of at least 24 px (or 18.66 px when bold)."""


def colour(text: str) -> Rgb | None:
    """A colour of CSS as red, green, blue from 0 to 255; None when it is none that can be told (variables, alpha).

    >>> colour("#fff"), colour("rgb(1, 2, 3)"), colour("Teal"), colour("var(--x)"), colour("rgba(0,0,0,.5)")
    ((255, 255, 255), (1, 2, 3), (0, 128, 128), None, None)
    """
    word = text.strip().lower()
    word = f"#{NAMED[word]}" if word in NAMED else word
    if re.fullmatch(r"#[0-9a-f]{3}", word):
        word = "#" + "".join(letter * 2 for letter in word[1:])
    if re.fullmatch(r"#[0-9a-f]{6}", word):
        return int(word[1:3], 16), int(word[3:5], 16), int(word[5:7], 16)
    numbers = re.fullmatch(
        r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*(?:[,/]\s*(?:1|1\.0+|100%)\s*)?\)", word
    )
    if numbers and all(int(one) <= 255 for one in numbers.groups()):
        return int(numbers[1]), int(numbers[2]), int(numbers[3])
    return None


def luminance(rgb: Rgb) -> float:
    """The relative luminance, from 0 (black) to 1 (white)."""
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in (one / 255 for one in rgb)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: Rgb, other: Rgb) -> float:
    """The contrast ratio, from 1 to 21.

    >>> round(ratio((0, 0, 0), (255, 255, 255)), 2), round(ratio((119, 119, 119), (255, 255, 255)), 2)
    (21.0, 4.48)
    """
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)
