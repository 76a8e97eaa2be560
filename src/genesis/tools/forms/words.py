"""Forms and pages as people ask for them: "a password reset form with e-mail", "one to register, one to cancel"."""

from __future__ import annotations

import itertools
import re
from typing import NamedTuple

from genesis.tools.entities.entity import Field, identifier
from genesis.tools.entities.field_words import fields_in
from genesis.tools.write_pages import Choice, Form, Language, PageText


class _Known(NamedTuple):
    """A form that everybody knows, and the fields that it usually has."""

    pattern: str
    title: str
    fields: str
    submit: str = ""
    purpose: str = ""
    method: str = "post"


KNOWN = (
    _Known(
        r"password[- ]reset|reset \w* ?password|forgot\w* password", "Reset your password", "e-mail", "Send the link"
    ),
    _Known(r"newsletter|subscri\w+", "Subscribe to the newsletter", "e-mail", "Subscribe"),
    _Known(r"regist\w*(?: \w+){0,2} for (?!an? account)|enrol\w*", "Register", "name, e-mail", "Register"),
    _Known(
        r"sign[- ]?up|regist\w+|create an account",
        "Create an account",
        "name, e-mail, password",
        "Create it",
        "sign-up",
    ),
    _Known(r"log[- ]?in|sign[- ]?in", "Log in", "e-mail, password", "Log in", "sign-in"),
    _Known(r"contact|enquir\w+|inquir\w+", "Contact us", "name, e-mail, message"),
    _Known(r"cancel\w*", "Cancel", "e-mail, reference, optional reason"),
    _Known(r"feedback|complain\w*", "Give feedback", "optional name, optional e-mail, message"),
    _Known(r"book\w*|reserv\w+|appointments?", "Book", "name, e-mail, date, optional notes", "Book"),
    _Known(r"check[- ]?out|order(?:ing)?", "Order", "name, e-mail, street, postcode, city", "Order"),
    _Known(r"search", "Search", "q (string)", "Search", "", "get"),
)
_FORM = re.compile(
    r"(?i)\b(?:forms?|(?:log[- ]?in|sign[- ]?(?:in|up)|contact|registration|check-?out|booking) (?:page|screen))\b"
)
_FIELDS = re.compile(
    r"(?i)\b(?:with(?: the)?(?: fields?)?|(?:that |which )?asks?(?: people| users)? for|asking for|fields?"
    r"|collect(?:s|ing)|containing|consisting of|has|have)\b\s*:?\s+(.+)$|:\s+(.+)$"
)
_ONE_TO = re.compile(r"(?i)\bone\s+(to|for)\s+(.+?)(?=,?\s+(?:and\s+)?one\s+(?:to|for)\b|[.;]|$)")
_SITE = re.compile(r"(?i)\b(?:web ?sites?|sites?|home ?pages?|landing pages?|web pages?)\b")
_QUOTED = r"[\"'\u201c\u2018\u00ab]([^\"'\u201d\u2019\u00bb\n]{2,100})[\"'\u201d\u2019\u00bb]"
_PROPER = r"([A-Z][\w&-]*(?: [A-Z][\w&-]*){0,4})"
_TITLE = re.compile(rf"(?i:\b(?:named|called|titled|title)\s+(?:is\s+|should be\s+)?)(?:{_QUOTED}|{_PROPER})")
_DESCRIPTION = re.compile(rf"(?i)\bdescription\s+(?:is|should be|of|:)?\s*{_QUOTED}")
_ABOUT = re.compile(
    r"(?i)\b(?:web ?site|site|homepage|landing page|page|front ?end)\s+(?:for|about|of)\s+(?:my|our|the|an?|their)?\s*"
    r"((?:[\w'-]+ ?){1,5}?)(?=\s*(?:$|[,.;:!?]|\b(?:with|where|that|which|and|so|in|on|using|named|called)\b))"
)
_STOPWORDS: dict[Language, str] = {
    "de": "und der die das mit für eine ein nicht auf bitte unsere ich wir",
    "es": "el la los las una para con que por en nuestra nuestro necesito",
    "fr": "le la les une pour avec des sur nous notre est je besoin",
    "it": "il la le una per con che nostro nostra della sono vorrei",
    "nl": "de het een voor met van wij onze niet graag en op",
    "en": "the a for with and our my of to in please we need is that",
}


class Asked(NamedTuple):
    """What words ask for. `usual`: titles of forms whose fields nobody named, so that the usual ones were taken."""

    pages: tuple[PageText, ...]
    usual: tuple[str, ...]
    nameless: tuple[str, ...]


def forms_in(text: str) -> Asked:
    """The forms that the words ask for, as pages. `nameless` are forms of which no field is known."""
    pages: dict[str, PageText] = {}
    usual: list[str] = []
    nameless: list[str] = []
    for words in _mentions(text):
        listed = _FIELDS.search(words)
        fields = fields_in(next(group for group in listed.groups() if group)) if listed else ()
        head = words[: listed.start()] if listed else words
        known = next((one for one in KNOWN if re.search(rf"(?i)\b(?:{one.pattern})\b", head)), None)
        title = _title(head, known)
        if not fields and known:
            fields = fields_in(known.fields)
            usual.append(title)
        if not fields:
            nameless.append(title)
            continue
        name = identifier(title).replace("_", "-")[:55].strip("-") or "form"
        shown: tuple[Field | Choice, ...] = tuple(fields)
        method, purpose = ("get" if known and known.method == "get" else "post"), (known.purpose if known else "")
        form = Form.model_validate(
            {
                "action": f"/{name}",
                "method": method,
                "fields": shown,
                "submit": known.submit if known else "",
                "purpose": purpose,
            }
        )
        pages.setdefault(name, PageText(file=f"{name}.html", title=title, form=form))
    return Asked(tuple(pages.values()), tuple(usual), tuple(dict.fromkeys(nameless)))


def _mentions(text: str) -> list[str]:
    """The stretches of words that are about one form each."""
    found = []
    for clause in re.split(r"[;\n]+|(?<=[\w)'\"])[.!?](?:\s|$)", text[:20_000]):
        if not _FORM.search(clause):
            continue
        several = _ONE_TO.findall(clause)
        if len(several) > 1:
            found += [f"form {word} {rest}" for word, rest in several]
            continue
        cuts = [0]
        for before, after in itertools.pairwise(_FORM.finditer(clause)):
            joint = max(clause.rfind(word, before.end(), after.start()) for word in (" and ", ", ", " plus "))
            cuts += [joint] if joint >= 0 else []
        found += [clause[begin:end] for begin, end in itertools.pairwise([*cuts, len(clause)])]
    return found


def _title(words: str, known: _Known | None) -> str:
    """ "form to register for a course" -> "Register for a course"; a known form has its own title."""
    told = re.search(r"(?i)\bform\s+(?:to|for)\s+((?:[\w'-]+ ?){1,8})", words)
    if told and (known is None or len(told.group(1).split()) > 1):
        text = re.sub(r"(?i)\s+(?:on|in|with|please|and|that|which|where)\b.*$", "", told.group(1)).strip()
        return text[:1].upper() + text[1:80]
    if known:
        return known.title
    before = re.search(r"(?i)((?:[\w'-]+ ){1,4})form\b", words)
    kept = [one for one in (before.group(1).split() if before else []) if one.lower() not in _EMPTY]
    return (" ".join(kept[-3:]).capitalize() or "Form")[:80]


_EMPTY = frozenset(
    [
        "a",
        "an",
        "the",
        "our",
        "my",
        "your",
        "accessible",
        "simple",
        "new",
        "html",
        "web",
        "good",
        "nice",
        "please",
        "build",
        "make",
        "create",
        "implement",
        "write",
        "add",
        "scaffold",
        "i",
        "we",
        "want",
        "need",
        "give",
        "me",
        "design",
        "for",
        "with",
        "page",
    ]
)


def asks_for_site(text: str) -> bool:
    """Whether the words ask for a site, which has something to say, and not only for a page with a function."""
    return _SITE.search(text) is not None


def site_in(text: str) -> tuple[str | None, str | None]:
    """The name and the description of a site, as far as the words state them."""
    named, described, about = _TITLE.search(text), _DESCRIPTION.search(text), _ABOUT.search(text)
    name = (named.group(1) or named.group(2)) if named else None
    if name is None and about and about.group(1).strip():
        name = about.group(1).strip().capitalize()
    return (name.strip() if name else None), (described.group(1).strip() if described else None)


def language_of(text: str) -> Language:
    """The language of a text, by its small words; English when they do not tell."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    counts = {language: sum(word in set(stops.split()) for word in words) for language, stops in _STOPWORDS.items()}
    best: Language = max(counts, key=lambda one: (counts[one], one == "en"))
    return best if counts[best] > counts["en"] else "en"
