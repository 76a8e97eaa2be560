"""What stands between a stranger and the service: limits, keys, names."""
