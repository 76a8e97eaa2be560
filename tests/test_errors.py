"""The tree of errors: codes are stable, unique and drawn at the top of the file; clients see nothing from below."""

from __future__ import annotations

import errno

from genesis import errors


def tree(base: type[errors.GenesisError] = errors.GenesisError) -> list[type[errors.GenesisError]]:
    """The classes of the one tree; doors (A2A) may refine them with codes of their own protocol."""
    children = [child for child in base.__subclasses__() if child.__module__ == errors.__name__]
    return [base] + [one for child in children for one in tree(child)]


CODES = {
    "INTERNAL": 500, "DECOMPOSITION_FAILED": 422, "PLAN_INVALID": 422, "NO_AGENT": 422, "INVALID": 400,
    "OBJECTIVE_INVALID": 400, "REQUEST_INVALID": 400, "BODY_TOO_LARGE": 413, "METHOD_NOT_ALLOWED": 405,
    "ACTION_DENIED": 403, "ACTION_HELD": 403,
    "AGENT_FAILED": 502, "AGENT_REFUSED": 422, "FILE_INVALID": 400, "NOT_FOUND": 404,
    "CONFLICT": 409, "PLAN_REFUSED": 422, "NETWORK_FAILED": 502, "RESOURCE_EXHAUSTED": 503, "BUDGET_EXCEEDED": 402,
    "DEADLINE_EXCEEDED": 504, "HOME_IN_USE": 503, "PORT_IN_USE": 503, "STORAGE_FAILED": 503, "OVERLOADED": 503,
    "RATE_LIMITED": 429, "NEEDS_MISSING": 503, "MODEL_FAILED": 502, "REFUSED": 403, "UNAUTHORIZED": 401,
    "FORBIDDEN": 403,
    "WORKSPACE_REFUSED": 403, "SANDBOX_UNAVAILABLE": 503, "SWITCHED_OFF": 503,
}  # fmt: skip


def test_codes_and_statuses_are_those_that_machines_know() -> None:
    found = {one.code: one.http_status for one in tree() if one is not errors.UnclassifiedError}
    assert found == CODES


def test_every_class_but_the_unclassified_has_a_code_of_its_own() -> None:
    own = [one for one in tree() if one is not errors.UnclassifiedError]
    assert len({one.code for one in own}) == len(own)
    assert errors.UnclassifiedError.code == "INTERNAL"


def test_the_drawing_at_the_top_names_every_class_under_its_parent() -> None:
    drawing = errors.__doc__ or ""
    for one in tree():
        assert one.__name__ in drawing


def test_an_unknown_exception_says_nothing_of_itself() -> None:
    try:
        raise RuntimeError("password=hunter2 at /srv/secret")
    except RuntimeError as error:
        body = errors.classify(error).to_json("0" * 32)
    assert body["error"] == {
        "code": "INTERNAL",
        "category": "unknown",
        "message": "an internal error (RuntimeError); the log has it under the correlation id",
        "correlation_id": "0" * 32,
    }


def test_what_is_known_keeps_its_category() -> None:
    assert errors.classify(TimeoutError()).category == "resource"
    assert errors.classify(ConnectionResetError()).category == "network"
    assert errors.classify(OSError(errno.ENOSPC, "No space left")).code == "STORAGE_FAILED"
    assert errors.classify(OSError(errno.EACCES, "Permission denied")).category == "unknown"
    mine = errors.Overloaded("full", retry_after=2.0)
    assert errors.classify(mine) is mine
    assert mine.to_json("c")["error"]["retry_after"] == 2.0  # type: ignore[index]
