"""Architect: reviews the structure of a repository, or names the parts of a system that is to be.

`outputs["design"]`, for a review: {"kind": "review", "modules", "code_lines", "packages", "cycles" (lists of files),
"hot_spots", "third_party", "blocking" (findings that block a release), "artifacts"}; for a design: {"kind": "design",
"components": [{"name", "purpose", "runs"}], "seams": [{"from", "to", "by"}], "open_questions", "artifacts"}.
"""

from __future__ import annotations

from genesis.agents.architect.design import design
from genesis.agents.architect.review import review
from genesis.agents.result import Assignment, Result
from genesis.agents.toolbox import Toolbox


async def work(task: Assignment, tools: Toolbox) -> Result:
    """Does a task of one of the architect's types."""
    if task.type == "architecture":
        return await review(task, tools)
    return await design(task, tools)
