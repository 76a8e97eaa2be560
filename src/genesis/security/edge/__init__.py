"""What stands between the service and strangers: limits, keys and names inwards, and where a tool may connect."""
