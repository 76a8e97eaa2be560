"""Where in a file secrets are: lines and columns, never the text. Run as a script by `isolated`, one JSON line a file.

In a process of its own because matching holds the interpreter lock for as long as a file is large.
"""

from __future__ import annotations

import bisect
import json
import re
import resource
import sys
from pathlib import Path
from typing import Any

from genesis.tools.places.text_lines import lines_of
from genesis.tools.secrets.search import search

ASSIGNED = re.compile(r"\s*(?:export )?\w+=\S")


def look(data: bytes, name: str) -> dict[str, Any]:
    """`{"text": False}` for what is binary, else the hits, and `assigned`: the first line that sets a variable."""
    if b"\0" in data[:8192]:
        return {"text": False}
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")  # every byte has a character there: scanned, not skipped
    starts = [0, *(found.end() for found in re.finditer(r"\r\n|\r|\n", text))]
    hits = []
    for hit in search(text, name):
        line = bisect.bisect_right(starts, hit.start)
        column = hit.start - starts[line - 1] + 1
        hits.append([hit.kind, line, column, column + hit.end - hit.start, hit.sure])
    assigned = None
    if "/.env" in f"/{name.lower()}":
        assigned = next((at for at, line in enumerate(lines_of(text), 1) if ASSIGNED.match(line)), None)
    return {"text": True, "hits": hits, "assigned": assigned}


def main(root: Path) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (300, 300))
    for file in json.load(sys.stdin):
        try:
            said = look((root / file).read_bytes(), file)
        except OSError as error:
            said = {"text": False, "error": f"could not be read ({error.strerror})"}
        sys.stdout.write(json.dumps({"file": file, **said}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[-1]))
