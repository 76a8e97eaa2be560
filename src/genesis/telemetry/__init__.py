"""Correlation ids, JSON logs and metrics."""
