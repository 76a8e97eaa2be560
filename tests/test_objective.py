"""Bad objectives stop at the door."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from genesis.errors import ObjectiveInvalid
from genesis.objective import MAX_OBJECTIVE_CHARS, Limits, Objective


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("?!… --", "empty"),
        ("a" * (MAX_OBJECTIVE_CHARS + 1), "20,001 characters"),
        ("ship it\x00now", "U+0000"),
        ("\x1b[2Jship it", "U+001B"),
        ("half \ud800 pair", "U+D800"),
        (b"ship it", "must be text"),
        (None, "must be text"),
    ],
)
def test_what_is_no_objective_is_refused(text: object, says: str) -> None:
    with pytest.raises(ObjectiveInvalid) as caught:
        Objective(text=text)  # type: ignore[arg-type]
    assert says in caught.value.message


@pytest.mark.parametrize(
    "text", ["Ship it", "Prüfe das Projekt", "検証して", "क्या यह तैयार है", "a\tb\r\nc", "x" * MAX_OBJECTIVE_CHARS]
)
def test_what_people_write_is_taken(text: str) -> None:
    assert Objective(text=f"  {text[:-4]}{text[-4:]}  "[2:-2]).text == text.strip()


def test_an_objective_is_closed_and_immutable() -> None:
    with pytest.raises(ValidationError):
        Objective(text="ship it", priority=1)  # type: ignore[call-arg]
    objective = Objective(text="ship it")
    with pytest.raises(ValidationError):
        objective.text = "other"
    assert objective.limits == Limits(tasks=1000, nesting=5, children=200, replans=10)
