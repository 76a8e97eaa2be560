"""What Prometheus takes: rule files and expressions, read without it."""
