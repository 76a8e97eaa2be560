"""Python as text: modules, names, where values come from and where they end up. Nothing is imported or run.

modules.py       a workspace's modules as syntax trees, names followed through imports
module_names.py  which module a file is, and which file an import means
outline.py       what one file says of itself
references.py    where a tree refers to a name of one of its modules
scope.py         what the names of a function may hold; origin.py says where that comes from
sinks.py         where text is handed to an interpreter; text.py takes it apart, trace.py follows it to the callers
"""
