"""Unified diffs of folders: made from two folders, and applied to one, wholly or not at all.

What `diff` makes, `git apply` and `patch -p1` take.
"""

from genesis.tools.patch.apply import apply, inside
from genesis.tools.patch.diff import Patch, diff

__all__ = ["Patch", "apply", "diff", "inside"]
