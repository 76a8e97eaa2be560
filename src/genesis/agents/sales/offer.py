"""What is offered, in the objective's own words."""

from __future__ import annotations

import re

_OFFER = re.compile(
    r"\b(?:about|for|promot\w{1,5}|pitch\w{0,4}|introduc\w{1,5}|sell\w{0,3}|offer\w{0,4}|launch of)\s+"
    r"(?P<what>(?:our|the|a|an)\s+[\w'-]+(?:\s+[\w'-]+){0,6})",
    re.IGNORECASE,
)
_END = re.compile(r"\s+(?:to|for|with|and|in|from|by|among|on|using|based|at|who|that|which)\b", re.IGNORECASE)
_NOT = re.compile(
    r"\b(?:leads?|lists?|csv|customers?|contacts?|files?|crm|prospects?|segments?|campaign|team|best|top)\b",
    re.IGNORECASE,
)


def offer_of(objective: str) -> tuple[str, int, int]:
    """The offer as the objective names it, with its first and last character (from 1); empty when it names none.

    >>> offer_of("Draft outreach about our new espresso machine to the best leads")[0]
    'our new espresso machine'
    """
    for match in _OFFER.finditer(objective[:5000]):
        what = _END.split(match["what"])[0].strip()
        if len(what.split()) > 1 and not _NOT.search(what):
            return what, match.start("what") + 1, match.start("what") + len(what)
    return "", 0, 0
