"""What a service keeps: entities with fields, types and references, and where they are read from.

entity.py       the types, and the names that code and SQL give them
words.py        entities from sentences; field_words.py reads their fields
files.py        entities from tables, classes and SQL of the workspace
"""
