"""A Python project that somebody else wrote: what it declares, with which interpreter it runs, tests and build."""
