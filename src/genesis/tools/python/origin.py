"""Where the value of an expression comes from, as far as one function shows it.

Four answers: fixed in the code (nothing is said of it), given by a caller (`parameter`), from outside the program
(`request`: whoever sends requests; `operator`: whoever starts it; `file`: what was stored), or not known. It leans to
"not known": that never makes a finding severe.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Literal

from genesis.tools.python.scope import Scope, called, dotted

Kind = Literal["request", "parameter", "operator", "file", "unknown"]

REQUEST_NAMES = frozenset({"request", "req", "http_request"})
INBOUND = frozenset({
    "args", "form", "forms", "json", "data", "GET", "POST", "body", "query_params", "path_params", "query_string",
    "headers", "cookies", "files", "values", "media", "get_json", "get_data", "get_param", "params", "match_info",
    "META", "stream", "content", "path", "query", "post", "input_stream", "FILES", "COOKIES",
})  # fmt: skip
"""What is read of an incoming request. A client's own, outgoing one is called `request` too, but has no `args`."""
HANDLER_ATTRIBUTES = frozenset({"path", "headers"})
ROUTE_WORDS = frozenset({"route", "get", "post", "put", "patch", "delete", "websocket", "api_view", "head", "options"})
INJECTED = frozenset({"Depends", "Security", "Inject"})
SAFE_CALLS = frozenset({
    "int", "float", "bool", "len", "ord", "round", "abs", "hash", "id", "sum", "range", "isinstance", "issubclass",
    "hasattr", "callable", "type", "enumerate", "shlex.quote", "shlex.join", "pipes.quote", "subprocess.list2cmdline",
    "re.escape", "uuid.uuid4", "uuid.uuid1", "os.getpid", "os.path.exists", "os.path.isfile", "os.path.getsize",
    "time.time", "time.monotonic", "os.cpu_count", "sys.executable",
})  # fmt: skip
SAFE_WORDS = ("quote", "escape", "sanitize", "sanitise", "placeholder", "bindparam", "identifier", "literal_column")
SAFE_TYPES = frozenset({"int", "float", "bool", "Decimal", "date", "datetime", "UUID", "Literal", "Enum"})
FILE_CALLS = frozenset({"open", "io.open", "gzip.open", "bz2.open", "lzma.open", "codecs.open", "os.fdopen"})
FILE_METHODS = frozenset({"read_bytes", "read_text", "open", "_open"})
NETWORK_METHODS = frozenset({"recv", "recvfrom", "recv_into", "receive_text", "receive_json", "receive_bytes"})
DUMPS = frozenset({"dumps", "dump"})
FRAMEWORK_READS = frozenset(
    {"get_argument", "get_arguments", "get_query_argument", "get_body_argument", "FieldStorage"}
)
OPERATOR = ("sys.argv", "sys.stdin")
ENVIRONMENT = ("os.environ", "os.getenv")


@dataclass(frozen=True)
class Origin:
    """`kind`, and a word for the reader: the parameter's name, or what it was read from."""

    kind: Kind
    what: str


Origins = frozenset[Origin]
Known = dict[int, Origins]
FIXED: Origins = frozenset()


def origins(node: ast.AST | None, scope: Scope, known: Known | None = None) -> Origins:
    """All places that the value of an expression may come from; empty when it is fixed in the code."""
    if node is None or isinstance(node, (ast.Constant, ast.Lambda, ast.Compare)):
        return FIXED
    known = {} if known is None else known
    key = id(node)
    if key not in known:
        known[key] = FIXED  # while it is being looked at: a value made of itself adds nothing
        known[key] = _origins(node, scope, known)
    return known[key]


def _origins(node: ast.AST, scope: Scope, seen: Known) -> Origins:
    if isinstance(node, ast.Name):
        return _name(node.id, scope, seen)
    if isinstance(node, ast.Attribute):
        return _attribute(node, scope, seen)
    if isinstance(node, ast.Call):
        return _call(node, scope, seen)
    if isinstance(node, ast.Subscript):
        return origins(node.value, scope, seen)
    if isinstance(node, ast.IfExp):
        return origins(node.body, scope, seen) | origins(node.orelse, scope, seen)
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp)):
        return origins(node.elt, scope, seen)
    if isinstance(node, ast.DictComp):
        return origins(node.key, scope, seen) | origins(node.value, scope, seen)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return FIXED
    found = FIXED
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.expr, ast.keyword)):
            found |= origins(child, scope, seen)
    return found


def _name(name: str, scope: Scope, seen: Known) -> Origins:
    here: Scope | None = scope
    while here is not None:
        parameter = here.parameter(name)
        assigned = here.names.get(name, ())
        if parameter is not None or assigned:
            found = FIXED
            for value in assigned:
                found |= origins(value, here, seen)
            # `table = quote(table)`: from then on the parameter is what it was made into.
            if parameter is not None and not any(_is_made_safe(value, here) for value in assigned):
                found |= _parameter(parameter, here)
            return found
        if name in here.imports:
            return FIXED if name.isupper() else frozenset({Origin("unknown", name)})
        here = here.outer
    return (
        FIXED if name in ("self", "cls", "True", "False", "None", "__name__") else frozenset({Origin("unknown", name)})
    )


def _is_made_safe(value: ast.expr, scope: Scope) -> bool:
    if not isinstance(value, ast.Call):
        return False
    name = called(value, scope)
    return name in SAFE_CALLS or any(word in name.rsplit(".", 1)[-1].lower() for word in SAFE_WORDS)


def _parameter(parameter: ast.arg, scope: Scope) -> Origins:
    name = parameter.arg
    if name in ("self", "cls") or _is_harmless(parameter.annotation):
        return FIXED
    if name == "environ" or (name == "event" and scope.parameter("context") is not None):
        return frozenset({Origin("request", name)})  # of WSGI (the process's own is imported), of a cloud function
    if is_route(scope) and not _is_injected(name, scope):
        return frozenset({Origin("request", f"parameter {name} of a route")})
    return frozenset({Origin("parameter", name)})


def _is_harmless(annotation: ast.expr | None) -> bool:
    """Whether every type named in an annotation can hold no text of an attacker's choice (`int | None`)."""
    if annotation is None:
        return False
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = ast.parse(annotation.value, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    words = {node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)}
    words |= {node.attr for node in ast.walk(annotation) if isinstance(node, ast.Attribute)}
    return bool(words) and words <= SAFE_TYPES | {"Optional", "Union", "typing", "datetime", "decimal", "uuid"}


def is_route(scope: Scope) -> bool:
    """Whether a function is registered for a path: `@app.get("/items/{id}")`."""
    if scope.node is None:
        return False
    for mark in scope.node.decorator_list:
        if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Attribute) and mark.func.attr in ROUTE_WORDS:
            first = mark.args[0] if mark.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value.startswith("/"):
                return True
    return False


def _is_injected(name: str, scope: Scope) -> bool:
    """Whether the framework fills a route's parameter with something of the program's own (`= Depends(get_db)`)."""
    assert scope.node is not None
    given = scope.node.args
    listed = [*given.posonlyargs, *given.args]
    defaults = dict(zip([one.arg for one in listed[len(listed) - len(given.defaults) :]], given.defaults, strict=True))
    defaults |= {one.arg: value for one, value in zip(given.kwonlyargs, given.kw_defaults, strict=True) if value}
    default = defaults.get(name)
    return isinstance(default, ast.Call) and dotted(default.func).rsplit(".", 1)[-1] in INJECTED


def _attribute(node: ast.Attribute, scope: Scope, seen: Known) -> Origins:
    name = dotted(node)
    if name.startswith(OPERATOR):
        return frozenset({Origin("operator", name)})
    if name.startswith(ENVIRONMENT):
        return frozenset({Origin("operator", "environment")})
    first, _, rest = name.partition(".")
    words = rest.split(".")
    if first in REQUEST_NAMES and words[0] in INBOUND:
        return frozenset({Origin("request", f"{first}.{words[0]}")})
    if first == "self":
        if words[0] in REQUEST_NAMES and words[1:2] and words[1] in INBOUND:
            return frozenset({Origin("request", ".".join([first, *words[:2]]))})
        if words[0] == "rfile" or (words[0] in HANDLER_ATTRIBUTES and scope.name.startswith("do_")):
            return frozenset({Origin("request", f"self.{words[0]}")})
        return frozenset({Origin("unknown", name)})
    if first and scope.origin(first):
        return FIXED if node.attr.isupper() else frozenset({Origin("unknown", name)})
    # An attribute of an object that a caller gave is the object's: often a model, seldom a text that somebody typed.
    return frozenset(
        Origin("unknown", f"{one.what}.{node.attr}") if one.kind == "parameter" else one
        for one in origins(node.value, scope, seen)
    )


def _call(node: ast.Call, scope: Scope, seen: Known) -> Origins:
    name = called(node, scope)
    last = name.rsplit(".", 1)[-1]
    if _is_made_safe(node, scope) or name.startswith(("hashlib.", "secrets.")):
        return FIXED
    if name in FILE_CALLS or last in FILE_METHODS:
        return frozenset({Origin("file", last)})
    if name == "input" or name.startswith((*OPERATOR, *ENVIRONMENT)) or last in ("parse_args", "parse_known_args"):
        return frozenset({Origin("operator", last)})
    if last in NETWORK_METHODS or last in FRAMEWORK_READS:
        return frozenset({Origin("request", last)})
    if last in DUMPS:
        return FIXED  # what was written out here can only be read back as what it was
    if isinstance(node.func, ast.Attribute):
        said = origins(node.func, scope, seen)
        if any(one.kind == "request" for one in said):
            return said
    found = FIXED
    for argument in node.args:
        found |= origins(argument, scope, seen)
    for keyword in node.keywords:
        found |= origins(keyword.value, scope, seen)
    first = dotted(node.func).split(".")[0]
    if isinstance(node.func, ast.Attribute) and not (first and scope.origin(first)):
        # What a method returns is taken to hold what its object holds, and what it was given.
        found |= origins(node.func.value, scope, seen)
    elif not found and name not in ("str", "list", "dict", "tuple", "set", "sorted", "repr", "super", "bytes"):
        found = frozenset({Origin("unknown", f"{name or 'a call'}()")})
    return found
