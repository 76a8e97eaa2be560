"""What an objective asks of monitoring, read from its words: a target, a period, thresholds, a Prometheus."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from genesis.security.edge.outbound import urls_in

MONTHS = (
    "january february march april may june july august september october november december".split()  # noqa: SIM905
)
UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800, "month": 2592000}

_SHARE = re.compile(r"(?<![\d.])((?:9\d|100)(?:[.,]\d{1,5})?)\s?(?:%|percent\b)")
_LAST = re.compile(
    r"(?i)\b(?:last|past|previous)\s+(?:(\d{1,4})\s+)?(second|minute|hour|day|week|month)s?\b|\b(\d{1,4})-day\b"
)
_MONTH = re.compile(
    rf"(?i)\b({'|'.join(one for one in MONTHS if one != 'may')})\b(?:\s+(20\d\d))?|\bMay\b(?:\s+(20\d\d))?"
)
_OVER = r"above|over|exceeds?|more than|greater than|higher than|beyond|>=?"
_UNDER = r"below|under|less than|lower than|falls? to|<=?"
_FILLERS = re.compile(
    r"(?i)\b(?:and|or|the|is|are|goes|gets|stays?|rises?|drops?|falls?|when|if|a|an|alert|alerts|page|me|us|on|warn|tell"
    r"|notify|write|rules?|for|that|it|its|our|my|as|soon|whenever|once)\b"
)
_LIMIT = re.compile(
    rf"(?i)(?:(?P<over>{_OVER})|(?P<under>{_UNDER}))\s+(?P<value>\d{{1,12}}(?:\.\d{{1,6}})?)\s?"
    r"(?P<unit>%|percent|ms|milliseconds?|s\b|secs?\b|seconds?|minutes?|[kmg]i?b\b)?"
    r"(?:[^.;,\n]{0,20}?\bfor\s+(?:more than\s+|at least\s+)?(?P<held>\d{1,4})\s?(?P<held_unit>[smhd])[a-z]*)?"
)


@dataclass(frozen=True)
class Threshold:
    """ "the queue is above 100 for 10 minutes": `subject` is what stands before, `held` a duration such as 10m."""

    subject: str
    operator: str
    value: float
    unit: str
    held: str | None
    text: str


@dataclass(frozen=True)
class Period:
    """A stretch of time: either absolute, or the last seconds of what there is."""

    text: str
    month: int | None = None
    year: int | None = None
    last_s: float | None = None

    def bounds(self, newest: float) -> tuple[float, float]:
        """Beginning and end of the month in seconds; without a year, the last such month that has begun by `newest`."""
        assert self.month is not None
        now = datetime.fromtimestamp(newest, UTC)
        year = self.year or (now.year if self.month <= now.month else now.year - 1)
        begin = datetime(year, self.month, 1, tzinfo=UTC)
        end = datetime(year + self.month // 12, self.month % 12 + 1, 1, tzinfo=UTC)
        return begin.timestamp(), end.timestamp()


def target_in(text: str) -> float | None:
    """The share of good events that is wanted, such as 0.999, when the words name one."""
    for match in _SHARE.finditer(text):
        value = float(match.group(1).replace(",", ".")) / 100
        if 0 < value < 1:
            return value
    nines = {"two": 0.99, "three": 0.999, "four": 0.9999, "five": 0.99999}
    named = re.search(r"(?i)\b(two|three|four|five) nines\b", text)
    return nines[named.group(1).lower()] if named else None


def period_in(text: str) -> Period | None:
    """The stretch of time that the words name."""
    last = _LAST.search(text)
    if last:
        if last.group(3):
            return Period(text=last.group(), last_s=float(last.group(3)) * UNITS["day"])
        return Period(text=last.group(), last_s=float(last.group(1) or 1) * UNITS[last.group(2).lower()])
    month = _MONTH.search(text)
    if month:
        year = month.group(2) or month.group(3)
        name = (month.group(1) or "may").lower()
        return Period(text=month.group(), month=MONTHS.index(name) + 1, year=int(year) if year else None)
    return None


def thresholds_in(text: str) -> list[Threshold]:
    """The limits that the words name, with what stands before each in its clause."""
    found = []
    for clause in re.split(r"[;\n]|(?<!\d)[.,](?!\d)|,(?=\s)|\.(?=\s|$)|\band (?:when|if)\b|\bor (?:when|if)\b", text):
        previous = 0
        for match in _LIMIT.finditer(clause):
            subject = _FILLERS.sub(" ", clause[previous : match.start()])
            previous = match.end()
            held = None
            if match.group("held"):
                held = f"{match.group('held')}{match.group('held_unit')[0].lower()}"
            found.append(
                Threshold(
                    subject=" ".join(subject.split())[-80:].strip(" :-*,"),
                    operator=">" if match.group("over") else "<",
                    value=float(match.group("value")),
                    unit=(match.group("unit") or "").lower(),
                    held=held,
                    text=" ".join(clause.split())[:150],
                )
            )
    return found


def prometheus_in(text: str) -> str | None:
    """The address of a Prometheus server: one whose name, port or the words before it say that it is one."""
    for url in urls_in(text):
        parts = urlsplit(url)
        before = text[: max(text.find(parts.netloc), 0)][-60:].lower()
        if "prom" in (parts.hostname or "") or parts.port == 9090 or "prometheus" in before or "/prom" in parts.path:
            root = parts.path.partition("/api/")[0].partition("/graph")[0].rstrip("/")
            return f"{parts.scheme}://{parts.netloc}{root}"
    return None


def expressions_in(text: str) -> tuple[str, ...]:
    """PromQL that the words quote in backticks."""
    return tuple(dict.fromkeys(one.strip() for one in re.findall(r"`([^`\n]{1,1000})`", text)))[:20]
