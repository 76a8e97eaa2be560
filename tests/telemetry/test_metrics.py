"""Two services in one process do not share a number, and names are those that rules and dashboards read."""

from __future__ import annotations

from genesis.telemetry.metrics import Metrics


def test_registries_are_apart() -> None:
    first, second = Metrics(), Metrics()
    first.request("/task", "ok", 0.1)
    assert b'genesis_requests_total{arm="stable",outcome="ok",route="/task"} 1.0' in first.scrape()
    assert b'route="/task"' not in second.scrape()


def test_names() -> None:
    metrics = Metrics()
    metrics.request("/task", "ok", 0.1)
    metrics.prepared({"plan": 0.1, "route": 0.2, "vet": 0.3, "other": 1.0})
    metrics.task("qa", None, "failed", 1.0)
    metrics.run_failed("network", "NETWORK_FAILED")
    metrics.run_failed("resource", "BUDGET_EXCEEDED")
    metrics.switches("here", lambda: 4.0)
    text = metrics.scrape().decode()
    for line in (
        'genesis_request_duration_seconds_count{arm="stable",route="/task"} 1.0',
        "genesis_decomposition_duration_seconds_sum 0.1",
        "genesis_routing_duration_seconds_sum 0.2",
        "genesis_vetting_duration_seconds_sum 0.3",
        'genesis_tasks_total{agent="qa",arm="stable",level="none",outcome="failed"} 1.0',
        'genesis_task_duration_seconds_count{agent="qa",arm="stable"} 1.0',
        'genesis_errors_total{arm="stable",category="network"} 1.0',
        'genesis_switch_generation{replica="here"} 4.0',
    ):
        assert line in text
    assert 'category="resource"' not in text  # running out of its budget is what it was told to do
