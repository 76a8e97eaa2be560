"""HALO: Plan -> RoutedPlan. Readable rules, matching, cost, reasons and runners-up."""
