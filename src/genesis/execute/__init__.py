"""RoutedPlan -> Run. Dataflow scheduler, batches of completions, resume, approvals, cancel."""
