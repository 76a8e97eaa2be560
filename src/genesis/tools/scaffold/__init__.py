"""Code from words: what a text says of entities, functions and options, and the package that follows from it."""
