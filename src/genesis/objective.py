"""What was asked. Data only: who admits a workspace is `security.workspace`, who plans is `plan`."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Literal

from pydantic import Field, field_validator

from genesis.errors import ObjectiveInvalid
from genesis.frozen import Frozen

MAX_OBJECTIVE_CHARS = 20_000

Trust = Literal["user", "system", "agent", "tool", "web", "file", "memory"]
"""Where a value came from. Only `user` and `system` may choose recipients, addresses, paths and code."""

Level = Literal["llm", "heuristic", "minimal"]
"""How a result was made, best first."""


Permission = Literal["install"]
"""An effect that work has only when asked for. `install`: packages from an index, into a throwaway environment."""

_ASKS: dict[Permission, re.Pattern[str]] = {
    "install": re.compile(
        r"\binstall(?:ing|s)?\b(?=[^.;?!]{0,60}\b(?:dependenc|requirement|packages?\b|whatever|what (?:it|they|its)))"
        r"|--install\b|\bpip install\b",
        re.IGNORECASE,
    )
}


def lowest(levels: list[Level]) -> Level:
    """The level that a whole may claim: that of its weakest part.

    >>> lowest(["llm", "minimal", "heuristic"])
    'minimal'
    """
    order: tuple[Level, ...] = ("minimal", "heuristic", "llm")
    return min(levels, key=order.index) if levels else "heuristic"


class Limits(Frozen):
    """Bounds that hold at every edit of a plan. Path length is not limited."""

    tasks: Annotated[int, Field(ge=1, le=100_000)] = 1000
    nesting: Annotated[int, Field(ge=1, le=100)] = 5
    children: Annotated[int, Field(ge=1, le=100_000)] = 200
    replans: Annotated[int, Field(ge=0, le=1000)] = 10


class Objective(Frozen):
    """An objective, as it came in.

    `permissions` were granted by the caller: what they allow does not wait for approval.
    `workspace` is an absolute path that has been admitted; `budget_usd` and `deadline_s` bound the whole run (None: no
    bound; the deadline counts from the run's creation). Raises `ObjectiveInvalid` for text that is empty, too long or
    not text.
    """

    text: str
    workspace: str | None = None
    agent: str | None = None
    task_type: str | None = None
    limits: Limits = Limits()
    budget_usd: Annotated[float, Field(ge=0)] | None = None
    deadline_s: Annotated[float, Field(gt=0)] | None = None
    trust: Trust = "user"
    permissions: tuple[Permission, ...] = ()

    @property
    def asks_for(self) -> frozenset[Permission]:
        """The effects that were granted, or are asked for in so many words (and wait for approval then).

        >>> Objective(text="Install the dependencies and run the tests").asks_for
        frozenset({'install'})
        >>> Objective(text="Write the install guide").asks_for
        frozenset()
        """
        said = {name for name, words in _ASKS.items() if words.search(self.text)}
        return frozenset(said.union(self.permissions))

    @field_validator("text", mode="before")
    @classmethod
    def _is_text(cls, text: object) -> str:
        if not isinstance(text, str):
            raise ObjectiveInvalid("the objective must be text")
        if len(text) > MAX_OBJECTIVE_CHARS:
            raise ObjectiveInvalid(
                f"the objective has {len(text):,} characters; at most {MAX_OBJECTIVE_CHARS:,} are read. "
                "Put the long part into a file of the workspace"
            )
        for position, character in enumerate(text):
            # Cc without tab and line ends, Cs: what binary data decodes to. Cf (joiners) is legitimate in many scripts.
            if unicodedata.category(character) in {"Cc", "Cs"} and character not in "\t\n\r":
                raise ObjectiveInvalid(
                    f"the objective holds a control character (U+{ord(character):04X}) at {position}"
                )
        stripped = text.strip()
        if not any(character.isalnum() for character in stripped):
            raise ObjectiveInvalid("the objective is empty; say in a sentence what is to be done")
        return stripped
