"""Where a statement stands: lines of text, keys of YAML and JSON, and quotes that a reader can check."""
