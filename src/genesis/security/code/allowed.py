"""What agent-written code may name. What is not here is refused: a list of what is forbidden is never complete."""

from __future__ import annotations

import builtins
import importlib
from functools import cache
from types import ModuleType

BUILTINS: frozenset[str] = frozenset(  # a long list reads better as words
    """abs all any ascii bin bool bytearray bytes callable chr classmethod complex dict divmod enumerate filter float
    format frozenset hasattr hash hex id input int isinstance issubclass iter len list map max memoryview min next
    object oct ord pow print property range repr reversed round set slice sorted staticmethod str sum super tuple type
    zip getattr True False None NotImplemented Ellipsis __name__ __doc__""".split()  # noqa: SIM905
) | frozenset(
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)
)
"""`type` and `getattr` are bound to one form each by `check`."""

FORBIDDEN_BUILTINS: frozenset[str] = frozenset(vars(builtins)) - BUILTINS

MODULES: dict[str, frozenset[str]] = {
    # Module -> public names in it that are kept back all the same.
    "__future__": frozenset(),
    "abc": frozenset({"get_cache_token", "ABCMeta"}),  # a metaclass makes classes of any dictionary
    "argparse": frozenset({"FileType"}),  # opens files
    "array": frozenset(),
    "base64": frozenset({"main", "test"}),
    "bisect": frozenset(),
    "calendar": frozenset({"main"}),
    "cmath": frozenset(),
    "collections": frozenset(),
    "collections.abc": frozenset(),
    "colorsys": frozenset(),
    "contextlib": frozenset({"chdir"}),
    "copy": frozenset({"dispatch_table"}),
    "csv": frozenset(),
    "dataclasses": frozenset({"make_dataclass"}),  # builds source from strings
    "datetime": frozenset(),
    "decimal": frozenset(),
    "difflib": frozenset(),
    # metaclasses; the others write into a module by its name
    "enum": frozenset({"EnumMeta", "EnumType", "global_enum", "global_enum_repr", "global_str"}),
    "fractions": frozenset(),
    # the first can merge another function's globals into ours, the others evaluate annotations that are strings
    "functools": frozenset({"update_wrapper", "singledispatch", "singledispatchmethod"}),
    "graphlib": frozenset(),
    "hashlib": frozenset({"file_digest"}),
    "heapq": frozenset(),
    "hmac": frozenset(),
    "html": frozenset(),
    "itertools": frozenset(),
    "json": frozenset(),
    "math": frozenset(),
    "numbers": frozenset(),
    "operator": frozenset({"attrgetter", "methodcaller"}),  # reach attributes by a string
    "pprint": frozenset(),
    "random": frozenset(),
    "re": frozenset(),
    "secrets": frozenset(),
    "statistics": frozenset(),
    "string": frozenset({"Formatter"}),  # reaches attributes by a format string
    "textwrap": frozenset(),
    "time": frozenset({"clock_settime", "clock_settime_ns", "tzset"}),
    "typing": frozenset({"get_type_hints", "ForwardRef", "evaluate_forward_ref"}),  # evaluate strings
    "unicodedata": frozenset(),
    "urllib.parse": frozenset(),
    "uuid": frozenset({"getnode", "uuid1", "uuid6", "main"}),  # ask the machine for its address by running programs
}

ONLY: dict[str, frozenset[str]] = {
    # Modules of which only these names are given.
    "sys": frozenset({"argv", "exit", "stdin", "stdout", "stderr", "maxsize", "float_info", "version_info"}),
    "pytest": frozenset({"approx", "fixture", "mark", "param", "raises"}),
}

UNLISTED: dict[str, frozenset[str]] = {"hashlib": frozenset({"scrypt"}), "calendar": frozenset({"January", "February"})}
"""Documented names that a module leaves out of its `__all__`."""

FORMS: dict[str, str] = {
    "dataclasses.dataclass": "as a decorator",  # builds source from a class's annotations: they must be a class body's
    "typing.TypedDict": "as the base of a class",  # as a function it makes annotations of any strings
    "argparse.ArgumentParser": "to make a parser, with its arguments written out",  # one of them makes it read files
}
"""Names that are given for one use alone."""

METHODS: frozenset[str] = frozenset(
    f"__{name}__"
    for name in """init post_init repr str bytes format eq ne lt le gt ge hash bool len iter next getitem setitem
    delitem contains missing reversed call enter exit aenter aexit aiter anext await add sub mul matmul truediv floordiv
    mod divmod pow lshift rshift and or xor radd rsub rmul rtruediv rfloordiv rmod rpow rand ror rxor iadd isub imul
    itruediv ifloordiv imod ipow iand ior ixor neg pos abs invert int float complex index round trunc floor ceil
    """.split()  # noqa: SIM905
)
"""The special methods that a class may define. Those that intercept attributes or make classes are not among them."""

ASSIGNED: frozenset[str] = frozenset(
    {"__all__", "__slots__", "__version__", "__author__", "__hash__", "__match_args__", "__test__"}
)
READ: frozenset[str] = frozenset({"__init__", "__post_init__", "__name__", "__doc__", "__enter__", "__exit__"})
"""Special attributes that lead nowhere."""

FORBIDDEN_ATTRIBUTES: frozenset[str] = frozenset(
    """f_back f_builtins f_code f_globals f_locals f_trace gi_frame gi_code gi_yieldfrom cr_frame cr_code cr_await
    cr_origin ag_frame ag_code ag_await tb_frame tb_next co_code co_consts func_globals func_code mro format_map vformat
    get_field system popen startfile fork forkpty execv execve execl execlp execvp spawnl spawnv posix_spawn
    subclasses modules fromfile_prefix_chars skipif""".split()  # noqa: SIM905
)


NAMED_TUPLES = frozenset({"_asdict", "_fields", "_make", "_replace"})
"""Public in all but name."""

STREAM_ATTRIBUTES = frozenset({"buffer", "raw", "detach"})
"""What leads from `sys.stdout` to the class that opens files (unbuffered, `buffer` itself is one of it); refused where
`sys` is imported."""


def module_known(name: str) -> bool:
    """Whether a module, or one that it holds, is on the list."""
    return name in MODULES or name in ONLY or any(known.startswith(f"{name}.") for known in MODULES)


def gives(module: str, name: str) -> bool:
    """Whether `module.name` may be had. Another module that happens to lie there (`csv.io`) may not."""
    if module in ONLY:
        return name in ONLY[module]
    if f"{module}.{name}" in MODULES:
        return True
    return module in MODULES and name not in MODULES[module] and name in _public(module)


@cache
def _public(module: str) -> frozenset[str]:
    """What the module has for everybody: its `__all__`, for what it imported for itself is nobody's. Only
    listed modules, all of the standard library, are ever imported here."""
    found = importlib.import_module(module)
    if (listed := getattr(found, "__all__", None)) is not None:
        return frozenset(listed) | UNLISTED.get(module, frozenset())
    return frozenset(
        name for name, value in vars(found).items() if not name.startswith("_") and not isinstance(value, ModuleType)
    )
