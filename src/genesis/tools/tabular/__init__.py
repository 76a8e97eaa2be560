"""Tables as people keep them: what a file's bytes say (sniff, cells, table), and what can be asked of them (database)."""
