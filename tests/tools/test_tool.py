"""The folder of tools holds tools: whatever lies there beside `tool.py` can be found by its name."""

from __future__ import annotations

import pkgutil

import genesis.tools
from genesis.tools.tool import find


def test_every_file_but_the_definition_is_a_tool_of_its_name() -> None:
    files = [
        info.name for info in pkgutil.iter_modules(genesis.tools.__path__) if not info.ispkg and info.name != "tool"
    ]
    assert "read_project" in files
    assert [find(name).name for name in files] == files
