"""What the service counts about itself. One object, its own registry: two services in one process do not mix."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

STABLE = "stable"
"""The arm of everything, until a rollout runs a candidate beside it."""

_REQUEST_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 1.0, 2.5, 5.0, 10.0)
_STAGE_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0, 15.0)
_TASK_BUCKETS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The instruments; label children are kept, because looking them up costs more than counting."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._requests = Counter(
            "genesis_requests", "Requests answered.", ("route", "arm", "outcome"), registry=registry
        )
        self._duration = Histogram(
            "genesis_request_duration_seconds",
            "From arrival to the first durable answer; waiting for a run, streams and agent work are not in it.",
            ("route", "arm"),
            buckets=_REQUEST_BUCKETS,
            registry=registry,
        )
        self.stages = {
            stage: Histogram(
                f"genesis_{name}_duration_seconds", f"Seconds of {name}.", buckets=_STAGE_BUCKETS, registry=registry
            )
            for stage, name in (("plan", "decomposition"), ("route", "routing"), ("vet", "vetting"))
        }
        self._tasks = Counter(
            "genesis_tasks", "Attempts at tasks that ended.", ("agent", "level", "arm", "outcome"), registry=registry
        )
        self._task_duration = Histogram(
            "genesis_task_duration_seconds", "Seconds of an attempt.", ("agent", "arm"), buckets=_TASK_BUCKETS,
            registry=registry,
        )  # fmt: skip
        self._errors = Counter(
            "genesis_errors",
            "Answers with a 5xx, and runs that failed otherwise than by refusal, cancel or budget.",
            ("category", "arm"),
            registry=registry,
        )
        self._blocked = Counter(
            "genesis_guard_blocked", "What was refused, held or pointed out for safety.", ("kind",), registry=registry
        )
        self._served = Counter(
            "genesis_guard_served", "Answers of the served guard model: yes, no or unknown.", ("answer",),
            registry=registry,
        )  # fmt: skip
        self._redactions = Counter(
            "genesis_redactions", "Secrets that were taken out of what is written, stored or told.", ("kind",),
            registry=registry,
        )  # fmt: skip
        self._generation = Gauge(
            "genesis_switch_generation", "Generation of the switches that this replica obeys.", ("replica",),
            registry=registry,
        )  # fmt: skip
        self._request_children: dict[str, tuple[dict[str, Counter], Histogram]] = {}

    def request(self, route: str, outcome: str, seconds: float) -> None:
        """A request was answered. `route` is a path template, never a path; `outcome`: ok, refused or error."""
        known = self._request_children.get(route)
        if known is None:
            known = self._request_children[route] = ({}, self._duration.labels(route, STABLE))
        counters, histogram = known
        counter = counters.get(outcome)
        if counter is None:
            counter = counters[outcome] = self._requests.labels(route, STABLE, outcome)
        counter.inc()
        histogram.observe(seconds)

    def prepared(self, seconds: dict[str, float]) -> None:
        """A plan was made; `seconds` by stage (plan, route, vet)."""
        for stage, value in seconds.items():
            if stage in self.stages:
                self.stages[stage].observe(value)

    def task(self, agent: str, level: str | None, outcome: str, seconds: float) -> None:
        """An attempt ended; `outcome`: done, failed, canceled or held (it begins again once somebody has answered)."""
        self._tasks.labels(agent, level or "none", STABLE, outcome).inc()
        self._task_duration.labels(agent, STABLE).observe(seconds)

    def attempts(self, agent: str) -> dict[str, int]:
        """How many attempts of `agent` have ended, by outcome."""
        found: dict[str, int] = {}
        for sample in next(iter(self._tasks.collect())).samples:
            if sample.name == "genesis_tasks_total" and sample.labels["agent"] == agent:
                outcome = sample.labels["outcome"]
                found[outcome] = found.get(outcome, 0) + int(sample.value)
        return found

    def error(self, category: str) -> None:
        """An error of this arm, by the definition that rollouts and alerts read."""
        self._errors.labels(category, STABLE).inc()

    def blocked(self, kind: str) -> None:
        """Something was refused, held or pointed out for safety; `kind` is a category of the guard, `served`,
        `action_…` or `orders_in_material`, never a text."""
        self._blocked.labels(kind).inc()

    def guard_served(self, answer: str) -> None:
        """The served guard model was asked; `answer`: yes, no, or unknown when none came."""
        self._served.labels(answer).inc()

    def run_failed(self, category: str, code: str) -> None:
        """A run ended as failed. One that ran out of its budget, or was denied an action, did what it was told to."""
        if code not in ("ACTION_DENIED", "BUDGET_EXCEEDED"):
            self.error(category)

    def redacted(self, kind: str) -> None:
        """A secret of that kind was taken out of something."""
        self._redactions.labels(kind).inc()

    def switches(self, replica: str, generation: Callable[[], float]) -> None:
        """The gauge asks `generation` whenever it is scraped."""
        self._generation.labels(replica).set_function(generation)

    def log_lines(self, written: Callable[[], int], lost: Callable[[], int]) -> None:
        """The counter asks the log handler whenever it is scraped."""
        self.registry.register(_LogLines(written, lost))

    def scrape(self) -> bytes:
        """The text that Prometheus reads."""
        return generate_latest(self.registry)


class _LogLines(Collector):
    def __init__(self, written: Callable[[], int], lost: Callable[[], int]) -> None:
        self._written = written
        self._lost = lost

    def collect(self) -> list[Metric]:
        family = CounterMetricFamily("genesis_log_lines", "Log lines, written and lost.", labels=["format"])
        family.add_metric(["json"], self._written())
        family.add_metric(["lost"], self._lost())
        return [family]
