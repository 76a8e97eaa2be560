"""What the injection guard catches, what it wrongly refuses, and what it costs."""
