"""Genesis runs fleets of agents in production, and ships them safely.

What somebody who writes an agent or a tool imports is here; each name is loaded when it is first used, so that
`import genesis` costs next to nothing.
"""

__version__ = "0.1.0"

TYPE_CHECKING = False  # type checkers take the name for true; importing `typing` would cost 5 ms for nothing

if TYPE_CHECKING:
    from genesis.agents.result import Assignment, Result
    from genesis.agents.toolbox import Toolbox
    from genesis.errors import GenesisError, NeedsMissing
    from genesis.finding import Fact, Finding, NotDone, Source
    from genesis.frozen import Frozen
    from genesis.objective import Objective
    from genesis.tools.tool import ToolContext, tool

__all__ = [
    "Assignment",
    "Fact",
    "Finding",
    "Frozen",
    "GenesisError",
    "NeedsMissing",
    "NotDone",
    "Objective",
    "Result",
    "Source",
    "ToolContext",
    "Toolbox",
    "__version__",
    "tool",
]

_HOMES = {
    "Assignment": "genesis.agents.result",
    "Fact": "genesis.finding",
    "Finding": "genesis.finding",
    "Frozen": "genesis.frozen",
    "GenesisError": "genesis.errors",
    "NeedsMissing": "genesis.errors",
    "NotDone": "genesis.finding",
    "Objective": "genesis.objective",
    "Result": "genesis.agents.result",
    "Source": "genesis.finding",
    "ToolContext": "genesis.tools.tool",
    "Toolbox": "genesis.agents.toolbox",
    "tool": "genesis.tools.tool",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'genesis' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
