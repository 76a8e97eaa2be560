"""The typed tools that agents use: one file each, named by its verb. `tool.py` says what a tool is."""
