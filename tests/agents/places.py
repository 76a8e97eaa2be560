"""Whether what an agent says stands where it says."""

from __future__ import annotations

from pathlib import Path

from genesis.finding import Source
from tests.agents.conftest import Done


def check_places(done: Done, folder: Path) -> list[Source]:
    """Every excerpt stands at the file and line that is named. All that is named."""
    sources = [source for fact in done.result.facts for source in fact.sources]
    sources += [finding.source for finding in done.result.findings if finding.source]
    assert all(one.file or one.query or one.formula or one.url for one in sources)
    for source in sources:
        if source.file is not None:
            assert source.line is not None and source.excerpt is not None
            assert source.excerpt in (folder / source.file).read_text().splitlines()[source.line - 1]
    return sources
