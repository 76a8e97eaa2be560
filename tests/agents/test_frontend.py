"""The frontend agent: its pages pass a checker written here a second time; its findings are where the faults are."""

from __future__ import annotations

import json
import random
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from genesis.errors import NeedsMissing
from tests.agents.conftest import Do, Done
from tests.agents.places import check_places


class Read(HTMLParser):
    """Tags with their attributes, and the text; enough to hold a page to what it must have."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in tags]


def page(done: Done) -> Any:
    return done.result.outputs["page"]


def assert_readable_by_all(text: str, files: set[str]) -> None:
    read = Read(text)
    assert read.tags[0][1].get("lang") and text.startswith("<!doctype html>")
    assert len(read.all("h1")) == 1 and len(read.all("title")) == 1 and len(read.all("main")) == 1
    ids = [one["id"] for _, one in read.tags if "id" in one]
    assert len(ids) == len(set(ids))
    labelled = {one.get("for") for one in read.all("label")}
    for control in read.all("input", "select", "textarea"):
        assert control["id"] in labelled
    assert not read.all("script") and not any(name.startswith("on") for _, one in read.tags for name in one)
    for link in read.all("a", "link"):
        target = link["href"] or ""
        assert target in files or target.removeprefix("#") in ids, target
    assert read.all("a")[0]["href"] == "#content"  # the first thing that a keyboard reaches


TYPES = {
    "e-mail": "email", "website": "url", "password": "password", "due date": "date", "number of seats": "number",
    "price": "number", "message": "textarea", "is urgent": "checkbox", "nickname": "text", "favourite colour": "text",
}  # fmt: skip


@pytest.mark.parametrize("seed", [3, 4, 5])
async def test_a_form_has_the_fields_that_were_named_and_anybody_can_use_it(do: Do, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    names = rng.sample(list(TYPES), rng.randint(2, 6))
    optional = rng.choice(names)
    listed = ", ".join(f"{name} (optional)" if name == optional else name for name in names)
    thing = rng.choice(["lend a drill", "report a pothole", "adopt a tree"])
    done = await do("frontend", None, f"Please make a form to {thing}: {listed}", type=rng.choice(["frontend", "ui"]))
    (form,) = page(done)["forms"]
    assert page(done)["pages"][0]["title"].lower() == thing
    text = done.files[form["file"]].decode()
    assert_readable_by_all(text, {form["file"], "style.css"})
    controls = {one["name"]: one for one in Read(text).all("input", "select", "textarea")}
    assert [str(name).replace("_", " ").replace("e mail", "e-mail") for name in controls] == names
    for name, control in zip(names, controls.values(), strict=True):
        assert control.get("type", "textarea") == TYPES[name]
        if TYPES[name] != "checkbox":
            assert ("required" in control) == (name != optional)

    folder = tmp_path / "w"
    folder.mkdir()
    (tmp_path / "p").write_bytes(done.files["changes.patch"])
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    subprocess.run(["git", "apply", tmp_path / "p"], cwd=folder, check=True)
    again = await do("frontend", folder, "check the accessibility of all pages", type="ui")
    assert again.result.findings == () and page(again)["checked"] == 1 and page(again)["links"] == 3


async def test_the_password_reset_form_is_an_ordinary_form(do: Do) -> None:
    done = await do("frontend", None, "Implement the password reset form", type="frontend")
    assert [form["fields"] for form in page(done)["forms"]] == [["e_mail"]]
    assert any("none are named" in note.why for note in done.result.not_done)
    done = await do("frontend", None, "password reset form with new password and code", type="frontend")
    assert [form["fields"] for form in page(done)["forms"]] == [["new_password", "code"]]
    assert not any("none are named" in note.why for note in done.result.not_done)


async def test_what_the_user_writes_stays_text(do: Do) -> None:
    goal = "a form to greet: name, note\nThe site is called 'A<script>alert(1)</script>&B'"
    done = await do("frontend", None, goal, type="web")
    text = next(content.decode() for name, content in done.files.items() if name.endswith(".html"))
    assert "<script" not in text and "&lt;script&gt;" in text


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_page_says_what_the_documents_say(do: Do, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    words = [f"w{rng.randint(1000, 9999)}" for _ in range(6)]
    (tmp_path / "README.md").write_text(
        f"# Title {words[0]}\n\nLead {words[1]} <b onclick=x>bold</b>.\n\n"
        f"## Part {words[2]}\n\n- point {words[3]}\n- two\n"
    )
    (tmp_path / "about.md").write_text(f"# About {words[4]}\n\nWho {words[5]}.\n")
    (tmp_path / "CHANGELOG.md").write_text("# Changes\n\n- never shown\n")
    done = await do("frontend", tmp_path, "make a web site", type="web")
    assert {one["file"] for one in page(done)["pages"]} == {"site/index.html", "site/about.html"}
    together = done.files["index.html"].decode() + done.files["about.html"].decode()
    assert all(word in together for word in words) and "never shown" not in together and "onclick=x&gt;" in together
    for name in ("index.html", "about.html"):
        assert_readable_by_all(done.files[name].decode(), {"index.html", "about.html", "style.css"})
    check_places(done, tmp_path)


async def test_copy_and_api_of_earlier_tasks_are_taken(do: Do) -> None:
    inputs = {
        "content": {
            "name": "Tidal",
            "sections": [{"heading": "Why", "lines": [{"text": "It is exact", "source": "a"}]}],
        },
        "api": {"entities": [{"name": "port", "table": "ports", "fields": [{"name": "depth", "kind": "number"}]}]},
    }
    done = await do("frontend", None, "build the site", type="web", inputs=inputs)
    assert "It is exact" in done.files["index.html"].decode()
    form = Read(done.files["port.html"].decode())
    assert form.all("form")[0]["action"] == "/ports" and form.all("input")[0]["type"] == "number"
    paper = {"report.md": b"# Harvest\n\nIt was good.\n\n- 12 tonnes\n"}
    told = await do("frontend", None, "put the figures on a page", type="web", artifacts=paper)
    assert "12 tonnes" in told.files["index.html"].decode()
    without = await do("frontend", None, "build the site", type="web", inputs={"content": inputs["content"]})
    assert "port.html" not in without.files


async def test_a_form_for_each_thing_that_the_api_document_takes(do: Do, tmp_path: Path) -> None:
    schema = {
        "type": "object",
        "required": ["name", "size"],
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "name": {"type": "string"},
            "size": {"type": "string", "enum": ["S", "M"]},
            "born": {"type": ["string", "null"], "format": "date"},
            "tags": {"type": "array"},
        },
    }
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Dog"}}}}
    post = {"summary": "Adds a dog", "requestBody": body, "responses": {}}
    document = {
        "openapi": "3.1.0",
        "info": {},
        "paths": {"/dogs": {"post": post}},
        "components": {"schemas": {"Dog": schema}},
    }
    (tmp_path / "openapi.json").write_text(json.dumps(document, indent=1))
    done = await do("frontend", tmp_path, "write a form for each schema of our API document", type="frontend")
    read = Read(done.files["dogs.html"].decode())
    assert [one["name"] for one in read.all("input", "select")] == ["name", "size", "born"]
    assert "Adds a dog" in read.texts and "M" in read.texts
    assert ["required" in one for one in read.all("input", "select")] == [True, True, False]
    check_places(done, tmp_path)


GOOD = [
    "<!doctype html>", '<html lang="en">', "<head><title>A page</title></head>", "<body>", "<h1>Top</h1>",
    '<p id="a1">Text</p>', "<h2>Part</h2>", '<img src="x.png" alt="A cat">', '<a href="#a1">up</a>',
    '<label for="q">Q</label>', '<input id="q" name="q">', "<button>Go</button>",
    '<p style="color: #000000; background-color: #ffffff">clear</p>', '<a href="other.html">other</a>',
    "</body>", "</html>",
]  # fmt: skip
FAULTS = {
    "no_language": ('<html lang="en">', "<html>"),
    "no_title": ("<head><title>A page</title></head>", "<head><title> </title></head>"),
    "no_doctype": ("<!doctype html>", "<!-- none -->"),
    "heading_level_skipped": ("<h2>Part</h2>", "<h4>Part</h4>"),
    "several_main_headings": ("<h2>Part</h2>", "<h1>Part</h1>"),
    "image_without_alternative": ('<img src="x.png" alt="A cat">', '<img\n  src="x.png">'),
    "field_without_label": ('<label for="q">Q</label>', "<span>Q</span>"),
    "button_without_name": ("<button>Go</button>", "<button><svg></svg></button>"),
    "link_without_name": ('<a href="other.html">other</a>', '<a href="other.html"><i class="icon"></i></a>'),
    "broken_link": ('<a href="other.html">other</a>', '<a href="gone.html">other</a>'),
    "broken_anchor": ('<a href="#a1">up</a>', '<a href="#a2">up</a>'),
    "duplicate_id": ("<h2>Part</h2>", '<h2 id="a1">Part</h2>'),
    "low_contrast": ("color: #000000", "color: #888888"),
    "tab_order_forced": ("<button>Go</button>", '<button tabindex="3">Go</button>'),
    "zoom_disabled": ("<h2>Part</h2>", '<meta name="viewport" content="width=1, user-scalable=no"><h2>Part</h2>'),
}


async def test_a_page_without_faults_has_no_findings(do: Do, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("\n".join(GOOD))
    (tmp_path / "other.html").write_text("\n".join(GOOD).replace("other.html", "index.html#a1"))
    (tmp_path / "x.png").write_bytes(b"\x89PNG")
    done = await do("frontend", tmp_path, "check our pages", type="web")
    assert done.result.findings == () and "no findings" in done.result.summary
    assert page(done)["links"] == 6


@pytest.mark.parametrize("kind", sorted(FAULTS))
async def test_each_fault_is_found_in_its_line(do: Do, tmp_path: Path, kind: str) -> None:
    rng = random.Random(kind)
    good, bad = FAULTS[kind]
    lines = "\n".join(GOOD).replace(good, bad).split("\n")
    shift = rng.randint(0, 9)  # blank lines before the body: the line is counted, not guessed
    lines[3:3] = [""] * shift
    (tmp_path / "index.html").write_text("\n".join(lines))
    (tmp_path / "other.html").write_text("<p>a piece</p>")
    (tmp_path / "x.png").write_bytes(b"\x89PNG")
    done = await do("frontend", tmp_path, "check our pages", type="ui")
    (finding,) = done.result.findings
    assert finding.kind == kind and finding.source is not None
    expected = "input" if kind == "field_without_label" else bad.split("\n")[0]
    assert expected in lines[(finding.source.line or 0) - 1]
    check_places(done, tmp_path)


async def test_what_a_template_fills_in_is_not_judged(do: Do, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<!doctype html>\n<html {% if l %}lang="{{ l }}"{% endif %}>\n<head>{% block t %}{% endblock %}</head>\n'
        '<body><img src="{{ s }}" {{ more }}>\n<a href="{% url "x" %}">{{ word }}</a>\n'
        "{% for f in fs %}{{ f.label_tag }}<input id=\"{{ f.id }}\">{% endfor %}\n"
        "{% if a %}<p id=x>{% else %}<p id=x>{% endif %}\n<img src=y>\n</body></html>"
    )  # fmt: skip
    done = await do("frontend", tmp_path, "check our pages", type="ui")
    assert [(one.kind, one.source.line) for one in done.result.findings if one.source] == [
        ("image_without_alternative", 8)
    ]


async def test_pages_about_templates_are_no_templates(do: Do, tmp_path: Path) -> None:
    text = "\n".join(GOOD).replace("<p id", "<pre>{{ name }}</pre><p id").replace("<h2>Part</h2>", "<h4>Part</h4>")
    (tmp_path / "index.html").write_text(text)
    (tmp_path / "other.html").write_text("x<p>")
    (tmp_path / "x.png").write_bytes(b"x")
    done = await do("frontend", tmp_path, "check our pages", type="ui")
    assert [one.kind for one in done.result.findings] == ["heading_level_skipped"]


async def test_nothing_to_go_by_is_said(do: Do, tmp_path: Path) -> None:
    with pytest.raises(NeedsMissing, match="what stands on the page"):
        await do("frontend", None, "do the frontend", type="frontend")
    (tmp_path / "a.py").write_text("x = 1\n")
    done = await do("frontend", tmp_path, "check all pages for accessibility", type="ui")
    assert "no HTML pages" in done.result.summary and not done.files


async def test_hostile_pages_are_survived(do: Do, tmp_path: Path) -> None:
    (tmp_path / "deep.html").write_text("<div>" * 50_000)
    (tmp_path / "many.html").write_text("<p " + " ".join(f"a{n}" for n in range(40_000)))
    (tmp_path / "huge.html").write_text("<p>x</p>" * 100_000)
    (tmp_path / "binary.html").write_bytes(b"\x00\x01<p>")
    (tmp_path / "latin.html").write_bytes("<p>caf\xe9".encode("latin-1"))
    (tmp_path / "open.html").write_text("<html><a href='../../../../etc/passwd'>x</a>{{" + "{%" * 5_000)
    (tmp_path / "out.html").symlink_to("/etc/hostname")
    done = await do("frontend", tmp_path, "check our pages", type="ui")
    refused = {note.what for note in done.result.not_done}
    assert {"deep.html", "many.html", "huge.html"} <= refused
    assert "1 page and" in done.result.summary
