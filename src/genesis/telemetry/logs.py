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

Redact = Callable[[str], str]

MAX_TEXT = 8_000
"""Characters of one text in a line; the rest is cut and said to be."""

MAX_DEPTH = 4

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


class JsonLines(logging.Handler):
    """Writes each record as one JSON line, and keeps the last `keep` lines so that `/logs` can answer.

    `redact` goes over every text before it is written or kept. A line that cannot be written is counted in `lost` and
    never breaks what was being logged about.
    """

    def __init__(self, stream: BinaryIO, *, redact: Redact = str, keep: int = 10_000) -> None:
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
        event: dict[str, Any] = {
            "time": _utc(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._text(_message(record)),
            "correlation_id": owner,
        }
        for key, value in vars(record).items():
            if key not in _STANDARD and key != "correlation_id":
                event[key] = self._value(value)
        if record.exc_info and record.exc_info[0] is not None:
            event["exception"] = self._text(logging.Formatter().formatException(record.exc_info))
        return owner, orjson.dumps(event) + b"\n"

    def _value(self, value: object, depth: int = 0) -> object:
        """`value` as something that JSON has; what it has no word for is told by its repr."""
        if value is None or isinstance(value, bool | float) or (isinstance(value, int) and abs(value) < 1 << 63):
            return value
        if depth < MAX_DEPTH and isinstance(value, Mapping):
            return {self._text(str(key)): self._value(one, depth + 1) for key, one in value.items()}
        if depth < MAX_DEPTH and isinstance(value, list | tuple):
            return [self._value(one, depth + 1) for one in value]
        return self._text(value if isinstance(value, str) else repr(value))

    def _text(self, text: str) -> str:
        # Lone surrogates (undecodable file names) are no JSON; the log must not fall over them.
        clean = text.encode("utf-8", "backslashreplace").decode("utf-8")
        clean = self.redact(clean)
        return clean if len(clean) <= MAX_TEXT else f"{clean[:MAX_TEXT]}… ({len(clean):,} characters)"


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
