"""JSON logs: one line, one event, for every logger of the process, our own and other people's."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

import orjson

from genesis.telemetry import correlation

Redact = Callable[[dict[str, Any]], dict[str, Any]]
"""Takes secrets out of what is JSON by now: by the names in it and by its texts."""

MAX_TEXT = 8_000
"""Characters of one text in a line; the rest is cut and said to be."""

MAX_DEPTH = 4

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


class JsonLines(logging.Handler):
    """Writes each record as one JSON line, and keeps the last `keep` lines so that `/logs` can answer.

    `redact` goes over message, exception and extras before they are cut, written or kept. A line that cannot be
    written is counted in `lost` and never breaks what was being logged about.
    """

    def __init__(self, stream: BinaryIO, *, redact: Redact = dict, keep: int = 10_000) -> None:
        super().__init__()
        self.stream = stream
        self.redact = redact
        self.written = 0
        self.lost = 0
        self._kept: deque[tuple[str, bytes]] = deque(maxlen=keep)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            owner, line = self._line(record)
            self._kept.append((owner, line))
            self.stream.write(line)
            self.stream.flush()
            self.written += 1
        except (OSError, ValueError):  # the other end of the pipe is gone, or the stream is closed
            self.lost += 1

    def lines(self, correlation_id: str) -> list[bytes]:
        """The kept lines of one correlation id, oldest first."""
        return [line for owner, line in tuple(self._kept) if owner == correlation_id]

    def _line(self, record: logging.LogRecord) -> tuple[str, bytes]:
        owner = getattr(record, "correlation_id", None) or correlation.current()
        told: dict[str, Any] = {"message": _text(_message(record))}
        for key, value in vars(record).items():
            if key not in _STANDARD and key != "correlation_id":
                told[key] = _value(value)
        if record.exc_info and record.exc_info[0] is not None:
            told["exception"] = _text(logging.Formatter().formatException(record.exc_info))
        event = {
            "time": _utc(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "correlation_id": owner,
            **_cut(self.redact(told)),
        }
        return owner, orjson.dumps(event) + b"\n"


def _value(value: object, depth: int = 0) -> object:
    """`value` as something that JSON has; what it has no word for is told by its repr."""
    if value is None or isinstance(value, bool | float) or (isinstance(value, int) and abs(value) < 1 << 63):
        return value
    if depth < MAX_DEPTH and isinstance(value, Mapping):
        return {_text(str(key)): _value(one, depth + 1) for key, one in value.items()}
    if depth < MAX_DEPTH and isinstance(value, list | tuple):
        return [_value(one, depth + 1) for one in value]
    return _text(value if isinstance(value, str) else repr(value))


def _text(text: str) -> str:
    # Lone surrogates (undecodable file names) are no JSON; the log must not fall over them.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _cut(value: Any) -> Any:
    # After redaction: half a secret would not be known any more.
    if isinstance(value, str):
        return value if len(value) <= MAX_TEXT else f"{value[:MAX_TEXT]}… ({len(value):,} characters)"
    if isinstance(value, dict):
        return {_cut(key): _cut(one) for key, one in value.items()}
    return [_cut(one) for one in value] if isinstance(value, list) else value


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):  # a caller's arguments do not fit its format
        return f"{record.msg} {record.args!r}"


def _utc(seconds: float) -> str:
    whole = int(seconds)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(whole))}.{int((seconds - whole) * 1000):03d}Z"


def install(handler: JsonLines, level: int = logging.INFO) -> None:
    """Makes `handler` the only one of the process: root, uvicorn, warnings, and exceptions that nobody caught."""
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in list(logging.Logger.manager.loggerDict):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    # What libraries say of every call is not our log.
    for name in ("httpx", "httpcore", "asyncio", "watchfiles"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    log = logging.getLogger("genesis.process")

    def uncaught(kind: Any, error: Any, trace: Any) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        log.critical("uncaught exception", exc_info=(kind, error, trace))

    sys.excepthook = uncaught
    threading.excepthook = lambda args: uncaught(args.exc_type, args.exc_value, args.exc_traceback)
