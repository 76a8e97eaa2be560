"""The typed tools that agents use: one file each, named by its verb. Folders hold what tools share, by its subject.

`tool.py` says what a tool is.
"""
