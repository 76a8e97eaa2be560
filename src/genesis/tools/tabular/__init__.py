"""Tables as people keep them: what a file's bytes say, and what can be asked of them."""
