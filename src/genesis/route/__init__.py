"""HALO: Plan -> RoutedPlan. Readable rules, matching, cost, reasons and runners-up."""

from genesis.route.route import route

__all__ = ["route"]
