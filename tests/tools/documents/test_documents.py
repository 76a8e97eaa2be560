"""Reading documents: what is text, what is code, what heads what, and on which line each begins."""

from __future__ import annotations

import pytest

from genesis.tools.documents.blocks import Block
from genesis.tools.documents.library import is_document, lies_aside, read_document, role_of
from genesis.tools.documents.passages import passages
from genesis.tools.documents.questions import kind_of, questions
from genesis.tools.documents.sentences import sentences
from genesis.tools.documents.words import guess_language, parts, stem

REST = """\
Settings
========

.. _label:

.. py:data:: MAX_SIZE

    The largest :ref:`upload <uploads>`, in bytes.

    .. versionadded:: 2.0

    Default: ``None``

Ordinary text of the section::

    code --here

.. note:: Keep it
   small.

.. a comment
   over two lines

term
    What the term means.

+------+-------+
| Key  | Value |
+======+=======+
| a    | 1     |
+------+-------+

1. One
2. Two
"""
MARKDOWN = """\
---
title: The guide
---

Intro with **bold**, `code` and [a link](https://x.example).

!!! note "Careful"
    This is text, not code.

```python
# not a heading
x = 1
```

| A | B |
|---|---|
| 1 | 2 |

- [ ] first thing
  goes on
- second

Who may enter?

Members only.
"""


def told(name: str, text: str) -> list[tuple[str, int, str]]:
    return [(block.kind, block.line, block.text) for block in read_document(name, text).blocks]


def test_rest_with_sphinx_directives() -> None:
    assert told("a.rst", REST) == [
        ("heading", 1, "Settings"),
        ("heading", 6, "MAX_SIZE"),
        ("paragraph", 8, "The largest upload, in bytes."),
        ("paragraph", 10, "New in version 2.0"),
        ("paragraph", 12, "Default: None"),
        ("end", 14, ""),
        ("paragraph", 14, "Ordinary text of the section:"),
        ("code", 16, "    code --here"),
        ("paragraph", 18, "Keep it\nsmall."),
        ("paragraph", 24, "term:\nWhat the term means."),
        ("row", 30, "Key: a; Value: 1"),
        ("item", 33, "One"),
        ("item", 34, "Two"),
    ]


def test_markdown_as_people_write_it() -> None:
    assert read_document("a.md", MARKDOWN).title == "The guide"
    assert told("a.md", MARKDOWN) == [
        ("paragraph", 5, "Intro with bold, code and a link."),
        ("paragraph", 7, "Careful\nThis is text, not code."),
        ("code", 11, "# not a heading\nx = 1"),
        ("row", 17, "A: 1; B: 2"),
        ("item", 19, "first thing\ngoes on"),
        ("item", 21, "second"),
        ("heading", 23, "Who may enter?"),
        ("paragraph", 25, "Members only."),
    ]


def test_html_without_navigation_and_scripts() -> None:
    page = (
        "<html><head><title>T</title></head><body><nav>menu</nav>\n"
        "<script>var a = '<p>no</p>'</script>\n<h2>Head</h2>\n"
        "<p>One\ntwo &amp; three</p>\n<ol><li>First</li></ol>\n"
        "<table><tr><th>K</th><th>V</th></tr><tr><td>a</td><td>1</td></tr></table><pre>\nx\n</pre></body></html>"
    )
    assert told("a.html", page) == [
        ("heading", 3, "Head"),
        ("paragraph", 4, "One\ntwo & three"),
        ("item", 6, "First"),
        ("row", 7, "K: a; V: 1"),
        ("code", 8, "x"),
    ]


def test_a_text_file_is_read_as_what_it_looks_like() -> None:
    assert told("a.txt", ".. note:: Wait.\n")[0][2] == "Wait."
    assert told("a.txt", "Rules\n-----\n\nWait.\n") == [("heading", 1, "Rules"), ("paragraph", 4, "Wait.")]


def test_passages_keep_lists_whole_and_their_headings() -> None:
    text = (
        "# Top\n\n## Steps\n\n"
        + "".join(f"{n}. Step {n} {'word ' * 30}\n" for n in range(1, 16))
        + "\n## Other\n\nText.\n"
    )
    found = passages(read_document("a.md", text))
    assert [one.path for one in found] == [("Top", "Steps"), ("Top", "Other")]
    assert len(found[0].blocks) == 15 and found[0].line == 3


def test_sentences_know_their_lines() -> None:
    block = Block(
        kind="paragraph", text="It costs approx. 5 euros, e.g. in May. Dr. Who\npays. Is\nit so? Yes.", line=10
    )
    assert [(one.line, one.text) for one in sentences(block)] == [
        (10, "It costs approx. 5 euros, e.g. in May."),
        (10, "Dr. Who pays."),
        (11, "Is it so?"),
        (12, "Yes."),
    ]


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        *(("configuring", "configuration", "en"), ("queries", "query", "en"), ("deleted", "deletion", "en")),
        *(("passwords", "password", "en"), ("Gebühren", "Gebühr", "de"), ("Öffnung", "offnung", "de")),
        *(("tarifs", "tarif", "fr"), ("pedidos", "pedido", "es")),
    ],
)
def test_forms_of_a_word_share_a_stem(one: str, other: str, language: str) -> None:
    assert stem(one, language) == stem(other, language)


def test_different_words_do_not() -> None:
    assert len({stem(word) for word in ("user", "use", "press", "present", "class", "bus", "business")}) == 7
    assert parts("MAX_CONTENT_LENGTH") == ["max", "content", "length"] and parts("mail") == []


def test_languages_are_told_apart() -> None:
    texts = {
        "en": "The gate is open when the sun is up.",
        "de": "Das Tor ist offen, wenn die Sonne scheint.",
        "fr": "La porte est ouverte quand il fait beau.",
        "es": "La puerta está abierta cuando hace sol.",
    }
    assert {name: guess_language(text) for name, text in texts.items()} == {name: name for name in texts}


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("A customer asks: how do I reset my password? Answer from the docs.", ["how do I reset my password?"]),
        (
            "Find out whether we ship to Norway and how long it takes.",
            ["whether we ship to Norway", "how long it takes"],
        ),
        ("Hi team, can you tell me how I change my address? Thanks", ["how I change my address?"]),
        ("Hello, the app crashes on start. What should I do?", ["the app crashes on start."]),
        ("Explain to the tenant how the deposit is paid back", ["how the deposit is paid back"]),
        ("Wie kann ich stornieren?", ["Wie kann ich stornieren?"]),
        ("Sort the inbox", []),
    ],
)
def test_finds_what_is_asked(text: str, asked: list[str]) -> None:
    assert [one.text for one in questions(text)] == asked


def test_kinds_of_question() -> None:
    kinds = {
        "How do I retry a task when it fails?": "how_to",
        "How long is data kept?": "quantity",
        "What is the default port?": "quantity",
        "What is a blueprint?": "definition",
        "Why is it slow?": "trouble",
        "The upload fails with E12": "trouble",
        "Can I bring a dog?": "yes_no",
        "Where are files served from?": "place",
        "refund rules": "topic",
    }
    assert {text: kind_of(text) for text in kinds} == kinds


def test_which_files_are_documents() -> None:
    names = [
        "README",
        "docs/a.md",
        "requirements.txt",
        "robots.txt",
        "a.py",
        "page.HTML",
        "LICENSE",
        "docs/requirements.md",
    ]
    assert [name for name in names if is_document(name)] == [
        "README",
        "docs/a.md",
        "page.HTML",
        "LICENSE",
        "docs/requirements.md",
    ]
    assert lies_aside("tests/data/a.md") and not lies_aside("docs/testing/a.md")
    roles = {
        "CHANGES.rst": "changelog",
        "docs/releases/4.2.txt": "changelog",
        "docs/whatsnew-5.1.rst": "changelog",
        "LICENSE": "licence",
        "docs/history-of-rome.md": "guide",
        "release-checklist.md": "guide",
    }
    assert {name: role_of(name) for name in roles} == roles
