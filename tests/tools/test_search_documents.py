"""The passage index: what it reads, where it says it stands, and what it refuses to follow."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from genesis.clock import SystemClock
from genesis.security.workspace import Workspace
from genesis.tools.search_documents import SearchDocumentsInput, SearchDocumentsOutput, search_documents
from genesis.tools.tool import ToolContext

HANDBOOK = Path(__file__).parent / "handbook"


async def search(folder: Path, scratch: Path, *queries: str, **more: tuple[str, ...]) -> SearchDocumentsOutput:
    context = ToolContext(workspace=Workspace(folder), scratch=scratch, key="k", clock=SystemClock())
    return await search_documents.run(SearchDocumentsInput(queries=queries, **more), context)  # type: ignore[arg-type]


def written(kind: str, sections: list[tuple[str, str]]) -> str:
    """A document of one kind with these headings and sentences."""
    if kind == "md":
        return "# Top\n\n" + "".join(f"## {heading}\n\n{text}\n\n" for heading, text in sections)
    if kind == "rst":
        return "Top\n===\n\n" + "".join(f"{heading}\n{'-' * len(heading)}\n\n{text}\n\n" for heading, text in sections)
    if kind == "html":
        inner = "".join(f"<h2>{heading}</h2>\n<p>{text}</p>\n" for heading, text in sections)
        style = "<style\n media='all'>\n\np { color: red }\n</style>"
        return f"<html><head><title>Top\n</title>{style}</head><body>\n<!-- a\nb -->{inner}</body></html>\n"
    return "".join(f"{heading}\n{'-' * len(heading)}\n\n{text}\n\n" for heading, text in sections)


@pytest.mark.parametrize("seed", [3, 17])
@pytest.mark.parametrize("kind", ["md", "rst", "html", "txt"])
async def test_finds_each_sentence_where_it_stands(tmp_path: Path, kind: str, seed: int) -> None:
    chance = random.Random(seed)
    folder = tmp_path / "w"
    folder.mkdir()
    nonce = ["".join(chance.choices("bdfgklmnprstvz", k=4)) + f"o{n}" for n in range(24)]
    lines: dict[str, tuple[str, int]] = {}
    for number in range(3):
        sections = [
            (f"About {word}", f"The {word} holds {chance.randint(10, 99)} litres. It is {chance.choice('ab')}.")
            for word in nonce[number * 8 : number * 8 + 8]
        ]
        file = folder / f"doc{number}.{kind}"
        file.write_text(written(kind, sections))
        for at, line in enumerate(file.read_text().split("\n"), 1):
            for word in re.findall(r"The (\w+) holds", line):
                lines[word] = (file.name, at)
    done = await search(folder, tmp_path, *(f"how many litres does the {word} hold" for word in nonce))
    assert done.documents == 3
    for word, answer in zip(nonce, done.answers, strict=True):
        best = answer.passages[0]
        sentence = next(one for one in best.sentences if word in one.text)
        assert (best.file, sentence.line) == lines[word]
        assert best.path[-1] == f"About {word}"
        assert f"The {word} holds" in sentence.excerpt


async def test_every_excerpt_is_at_its_line(tmp_path: Path) -> None:
    done = await search(HANDBOOK, tmp_path, "password fee refund valve gate water visites perros Wasser")
    seen = 0
    for passage in done.answers[0].passages:
        lines = (HANDBOOK / passage.file).read_text().split("\n")
        for one in passage.sentences:
            assert one.excerpt and one.excerpt in lines[one.line - 1]
            seen += 1
    assert seen > 20


async def test_a_word_in_the_heading_ranks_the_passage_first(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / "a.md").write_text(
        "# A\n\n## Other things\n\nThe crane is mentioned here, and so are many cranes elsewhere.\n"
    )
    (folder / "b.md").write_text(
        "# B\n\n## The crane\n\nIt was built long ago and lifts everything that is heavy here.\n"
    )
    done = await search(folder, tmp_path, "crane")
    assert done.answers[0].passages[0].file == "b.md"


async def test_only_and_without_restrict_the_search(tmp_path: Path) -> None:
    only = await search(HANDBOOK, tmp_path, "refund", only=("accounts.md",))
    assert {one.file for one in only.answers[0].passages} <= {"accounts.md"}
    without = await search(HANDBOOK, tmp_path, "refund", without=("fees.rst",))
    assert "fees.rst" not in {one.file for one in without.answers[0].passages}


async def test_hostile_files_are_left_out_and_said(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    (tmp_path / "secret.md").write_text("# Secret\n\nThe vault opens with walnut.\n")
    (folder / "link.md").symlink_to(tmp_path / "secret.md")
    (folder / "binary.md").write_bytes(b"\x00\x01walnut\x00" * 100)
    (folder / "huge.md").write_text("# Huge\n\n" + "walnut " * 200_000 + "\n")
    (folder / "old.txt").write_bytes("Grüße vom Walnußbaum, das Öl kostet fünf Mark.".encode("cp1252"))
    (folder / "bad.html").write_text("<p>" + "<!--" * 40_000 + "<a " * 40_000 + "walnut")
    (folder / "bad.rst").write_text("=" * 50_000 + "\n" + ".. " * 20_000 + "\n`" * 20_000)
    (folder / "scan.pdf").write_bytes(b"%PDF-1.7")
    done = await search(folder, tmp_path, "vault walnut", "Öl Mark")
    texts = " ".join(one.text for passage in done.answers[0].passages for one in passage.sentences)
    assert "vault" not in texts
    assert any("fünf Mark" in one.text for passage in done.answers[1].passages for one in passage.sentences)
    assert {"binary.md", "scan.pdf"} <= {one.what for one in done.left_out}


async def test_an_empty_folder_has_no_passages(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    done = await search(folder, tmp_path, "anything")
    assert (done.documents, done.searched, done.answers[0].passages) == (0, 0, ())


async def test_a_changelog_ranks_below_the_guide_unless_changes_are_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / "CHANGES.md").write_text("# Changes\n\n## 1.2\n\n- The exporter writes colours.\n")
    (folder / "guide.md").write_text(
        "# Guide\n\n## Files\n\nThe exporter writes colours when asked, and much more besides that.\n"
    )
    done = await search(folder, tmp_path, "exporter colours", "since when has the exporter written colours")
    assert done.answers[0].passages[0].file == "guide.md"
    assert done.answers[1].passages[0].file == "CHANGES.md"
