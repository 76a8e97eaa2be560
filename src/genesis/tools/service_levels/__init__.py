"""Service levels: counts of good and bad events, and what follows from them."""
