"""JSON logs: whatever is logged, by whomever, is one line that parses."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import orjson
import pytest

from genesis.telemetry import correlation
from genesis.telemetry.logs import JsonLines

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def logged(handler: JsonLines, *args: object, **more: object) -> dict[str, object]:
    """The line that a call of a logger made."""
    logger = logging.Logger("test")
    logger.addHandler(handler)
    logger.error(*args, **more)  # type: ignore[arg-type]
    assert isinstance(handler.stream, io.BytesIO)
    [*_, line] = handler.stream.getvalue().splitlines()
    found: dict[str, object] = orjson.loads(line)
    return found


def test_fields_and_correlation_id() -> None:
    with correlation.bound(TRACE):
        line = logged(JsonLines(io.BytesIO()), "made %d of %s", 3, "them", extra={"agent": "qa", "size": 4.5})
    assert line | {"level": "error", "logger": "test", "message": "made 3 of them", "correlation_id": TRACE} == line
    assert (line["agent"], line["size"]) == ("qa", 4.5)
    assert str(line["time"]).endswith("Z")
    line = logged(JsonLines(io.BytesIO()), "of a run", extra={"correlation_id": "a" * 32})
    assert line["correlation_id"] == "a" * 32


@pytest.mark.parametrize(
    "args",
    [("two\nlines",), ("\udcff lone surrogate",), ('quo"te \x00\x1b[31m',), ("%d of", "wrong type"), ("%s %s", "few"),
     ("é€🙂",), (object(),), ("100 %",), ("%(a)s", {"b": 1})],
)  # fmt: skip
def test_any_message_is_one_line(args: tuple[object, ...]) -> None:
    handler = JsonLines(io.BytesIO())
    assert isinstance(logged(handler, *args)["message"], str)
    assert isinstance(handler.stream, io.BytesIO)
    assert handler.stream.getvalue().count(b"\n") == 1


@pytest.mark.parametrize(
    "value", [object(), {1: {2}}, b"\xff", Path("/x"), "\udcff", 10**30, float("nan"), {"a": object()}]
)
def test_any_extra_is_taken(value: object) -> None:
    assert "value" in logged(JsonLines(io.BytesIO()), "x", extra={"value": value})


def test_an_exception_is_in_its_line() -> None:
    handler = JsonLines(io.BytesIO())
    try:
        raise ValueError("two\nlines")
    except ValueError:
        line = logged(handler, "broke", exc_info=True)
    assert "ValueError: two\nlines" in str(line["exception"])


def test_the_redactor_sees_every_text_before_it_is_written_or_kept() -> None:
    handler = JsonLines(io.BytesIO(), redact=lambda told: orjson.loads(orjson.dumps(told).replace(b"hunter2", b"***")))
    try:
        raise ValueError("hunter2")
    except ValueError:
        with correlation.bound(TRACE):
            logged(handler, "key %s", "hunter2", extra={"a": "hunter2", "b": ["hunter2"], "c": {"d": "hunter2"}},
                   exc_info=True)  # fmt: skip
    assert isinstance(handler.stream, io.BytesIO)
    assert b"hunter2" not in handler.stream.getvalue()
    [kept] = handler.lines(TRACE)
    assert kept == handler.stream.getvalue()


def test_the_last_lines_are_kept_by_correlation_id() -> None:
    handler = JsonLines(io.BytesIO(), keep=3)
    for number in range(5):
        with correlation.bound(TRACE if number % 2 else "b" * 32):
            logged(handler, "line %d", number)
    assert [orjson.loads(line)["message"] for line in handler.lines(TRACE)] == ["line 3"]
    assert [orjson.loads(line)["message"] for line in handler.lines("b" * 32)] == ["line 2", "line 4"]
    assert handler.written == 5


def test_a_stream_that_is_gone_is_counted_and_breaks_nothing() -> None:
    stream = io.BytesIO()
    handler = JsonLines(stream)
    stream.close()
    logging.getLogger("lost").addHandler(handler)
    logging.getLogger("lost").error("nobody hears")
    logging.getLogger("lost").removeHandler(handler)
    assert (handler.written, handler.lost) == (0, 1)
