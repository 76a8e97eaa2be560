"""Writes web pages that anybody can read: semantic, labelled, with a skip link, and without a script."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field as Constrained

from genesis.errors import RequestInvalid
from genesis.frozen import Frozen
from genesis.security.workspace import Workspace
from genesis.tools.check_pages import CheckPagesInput, check_pages
from genesis.tools.entities.entity import Field
from genesis.tools.pages.contrast import ENOUGH, colour, ratio
from genesis.tools.tool import ToolContext, tool

TEMPLATE = Path(__file__).with_name("page_template")
COLOURS = {"ink": "#1b1b1b", "paper": "#ffffff", "link": "#0b4f9e", "hint": "#4d4d4d", "border": "#6b6b6b"}
PAIRS = (("ink", "paper"), ("link", "paper"), ("hint", "paper"), ("border", "paper"), ("paper", "link"))

Language = Literal["en", "de", "es", "fr", "it", "nl"]
WORDS: dict[str, dict[str, str]] = {
    "en": {
        "skip": "Skip to content",
        "menu": "Pages",
        "send": "Send",
        "optional": "optional",
        "choose": "Please choose",
    },
    "de": {
        "skip": "Zum Inhalt",
        "menu": "Seiten",
        "send": "Senden",
        "optional": "freiwillig",
        "choose": "Bitte wählen",
    },
    "es": {"skip": "Ir al contenido", "menu": "Páginas", "send": "Enviar", "optional": "opcional", "choose": "Elija"},
    "fr": {
        "skip": "Aller au contenu",
        "menu": "Pages",
        "send": "Envoyer",
        "optional": "facultatif",
        "choose": "Choisissez",
    },
    "it": {
        "skip": "Vai al contenuto",
        "menu": "Pagine",
        "send": "Invia",
        "optional": "facoltativo",
        "choose": "Scegliere",
    },
    "nl": {
        "skip": "Naar de inhoud",
        "menu": "Pagina's",
        "send": "Versturen",
        "optional": "optioneel",
        "choose": "Kies",
    },
}
NEEDED = {
    "en": "Fields that are not marked as optional are needed.",
    "de": "Felder ohne den Zusatz „freiwillig“ werden gebraucht.",
    "es": "Los campos que no dicen «opcional» son necesarios.",
    "fr": "Les champs sans la mention « facultatif » sont nécessaires.",
    "it": "I campi senza la nota «facoltativo» sono necessari.",
    "nl": "Velden zonder de vermelding 'optioneel' zijn nodig.",
}
INPUTS = {"email": "email", "url": "url", "password": "password", "date": "date", "datetime": "datetime-local"}
INPUTS |= {"integer": "number", "number": "number", "boolean": "checkbox", "text": "textarea"}
# https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#autofill
AUTOFILL = {
    "name": "name",
    "full_name": "name",
    "first_name": "given-name",
    "last_name": "family-name",
    "city": "address-level2",
}
AUTOFILL |= {
    "phone": "tel",
    "telephone": "tel",
    "company": "organization",
    "street": "street-address",
    "country": "country-name",
}
AUTOFILL |= {"postcode": "postal-code", "zip": "postal-code", "postal_code": "postal-code", "birthday": "bday"}

FileName = Annotated[str, Constrained(pattern=r"^[a-z0-9][a-z0-9-]{0,60}\.html$")]


class Choice(Frozen):
    """A field with options to choose from."""

    field: Field
    options: tuple[str, ...]


class Form(Frozen):
    """`action`: where it is sent. `purpose` tells what a password is for: one that exists, or a new one."""

    action: Annotated[str, Constrained(pattern=r"^[^\s\"<>]{1,500}$")]
    method: Literal["get", "post"] = "post"
    fields: Annotated[tuple[Field | Choice, ...], Constrained(min_length=1, max_length=60)]
    submit: str = ""
    purpose: Literal["", "sign-in", "sign-up"] = ""


class Section(Frozen):
    heading: str = ""
    paragraphs: tuple[str, ...] = ()
    points: tuple[str, ...] = ()


class PageText(Frozen):
    """One page: what it says, and the form on it."""

    file: FileName
    title: Annotated[str, Constrained(min_length=1, max_length=150)]
    description: str = ""
    lead: str = ""
    sections: tuple[Section, ...] = ()
    form: Form | None = None


class WritePagesInput(Frozen):
    site: Annotated[str, Constrained(min_length=1, max_length=150)]
    language: Language = "en"
    pages: Annotated[tuple[PageText, ...], Constrained(min_length=1, max_length=60)]


class WritePagesOutput(Frozen):
    """`files`: contents by name. `contrast`: the lowest ratio of the colours used. `links`: those that were checked."""

    files: dict[str, str]
    contrast: float
    links: int


@tool(trust="tool", timeout_s=60)
async def write_pages(given: WritePagesInput, context: ToolContext) -> WritePagesOutput:
    """Writes pages and their style sheet, and hands them over only when the checker of pages finds nothing.

    Raises `RequestInvalid`, naming the flaw.
    """
    files, lowest = await asyncio.to_thread(_write, given)
    folder = context.scratch / "pages"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    own = ToolContext(Workspace(folder), context.scratch, context.key, context.clock)
    checked = await check_pages.run(CheckPagesInput(), own)
    if checked.findings:
        first = checked.findings[0]
        raise RequestInvalid(f"the pages would have a flaw: {first.source}: {first.message}")
    return WritePagesOutput(files=files, contrast=round(lowest, 2), links=checked.links_checked)


def _write(given: WritePagesInput) -> tuple[dict[str, str], float]:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    # The style sheet is escaped as well: nothing of the user's is in it.
    environment = Environment(loader=FileSystemLoader(TEMPLATE), autoescape=True, undefined=StrictUndefined)
    ratios = {f"{one} on {other}": _ratio(one, other) for one, other in PAIRS}
    lowest = min(ratios.values())
    if lowest < ENOUGH:
        raise RequestInvalid(f"the colours have a contrast of {lowest:.2f}; {ENOUGH} is needed")
    words = {**WORDS[given.language], "needed": NEEDED[given.language]}
    template = environment.get_template("page.html")
    files = {}
    for page in given.pages:
        shown = page.model_dump()
        if page.form:
            fields = [_input(one, page.form) for one in page.form.fields]
            shown["form"] = {**page.form.model_dump(exclude={"fields"}), "fields": fields}
        files[page.file] = (
            template.render(site=given.site, lang=given.language, words=words, page=shown, links=given.pages).strip()
            + "\n"
        )
    told = ", ".join(f"{pair} {value:.1f}:1" for pair, value in ratios.items())
    files["style.css"] = environment.get_template("style.css").render(**COLOURS, colours=told) + "\n"
    return files, lowest


def _ratio(one: str, other: str) -> float:
    front, back = colour(COLOURS[one]), colour(COLOURS[other])
    assert front is not None and back is not None
    return ratio(front, back)


def _input(one: Field | Choice, form: Form) -> dict[str, object]:
    """What the template needs of a field; `rest` are its further attributes."""
    from markupsafe import Markup

    field = one.field if isinstance(one, Choice) else one
    options = one.options if isinstance(one, Choice) else ()
    hint = "At least 8 characters." if field.kind == "password" and form.purpose == "sign-up" else ""
    hint = "For example https://example.org/" if field.kind == "url" else hint
    rest: dict[str, str | None] = {}
    if field.required:
        rest["required"] = None
    if field.kind == "number":
        rest["step"] = "any"
    if field.kind == "password":
        rest["autocomplete"] = "current-password" if form.purpose == "sign-in" else "new-password"
        rest["minlength"] = "8" if form.purpose == "sign-up" else None
    elif field.kind == "email":
        rest["autocomplete"] = "email"
    elif field.name in AUTOFILL:
        rest["autocomplete"] = AUTOFILL[field.name]
    if hint:
        rest["aria-describedby"] = f"hint-{field.name}"
    if "minlength" in rest and rest["minlength"] is None:
        del rest["minlength"]
    written = Markup("").join(
        Markup(" {}").format(name) if value is None else Markup(' {}="{}"').format(name, value)
        for name, value in rest.items()
    )
    return {
        "name": field.name,
        "label": label(field.name),
        "type": INPUTS.get(field.kind, "text"),
        "required": field.required or field.kind == "boolean",
        "options": options,
        "hint": hint,
        "rest": written,
    }


def label(name: str) -> str:
    """A field's name as people read it.

    >>> label("e_mail"), label("due_date"), label("is_gift"), label("customer_id"), label("isbn")
    ('E-mail', 'Due date', 'Gift', 'Customer', 'ISBN')
    """
    words = re.sub(r"^is_|_id$", "", name).replace("e_mail", "e-mail").replace("_", " ")
    known = {"isbn": "ISBN", "url": "URL", "id": "ID", "vat": "VAT", "iban": "IBAN", "sku": "SKU"}
    shown = " ".join(known.get(word, word) for word in words.split())
    return shown[:1].upper() + shown[1:]
