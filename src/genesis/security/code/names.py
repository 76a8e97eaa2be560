"""Which names a piece of Python may use: those that it binds itself, and those of the lists in allowed.py."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator

from genesis.security.code import allowed


class Names:
    """One pass for what is bound, one for what is used: a name is allowed when the code binds it or it is listed."""

    def __init__(self, nodes: list[tuple[ast.AST, ast.AST]], own: frozenset[str]) -> None:
        self.nodes = nodes
        self.own = own
        self.bound: set[str] = set()
        self.modules: dict[str, str] = {}
        for node, parent in nodes:
            self.bound.update(_binds(node))
            if isinstance(node, ast.alias) and (module := self._imported(node, parent)) is not None:
                self.modules.setdefault(*module)

    def refused(self) -> Iterator[tuple[int, str]]:
        """Line and reason of what is not allowed."""
        for node, parent in self.nodes:
            for message in self._look(node, parent):
                yield getattr(node, "lineno", getattr(parent, "lineno", 1)), message

    def _look(self, node: ast.AST, parent: ast.AST) -> Iterator[str]:
        for name in _binds(node):
            if name in allowed.FORBIDDEN_BUILTINS:
                yield f"binds the name {name!r}, which would hide a builtin that is not allowed"
            elif name in self.modules:
                if not isinstance(node, ast.alias) or self._imported(node, parent) != (name, self.modules[name]):
                    yield f"binds {name!r} again, which is a module"
            elif _special(name) and name not in allowed.ASSIGNED | allowed.METHODS | {"__name__", "__doc__"}:
                yield f"defines {name!r}"
        match node:
            case ast.Import(names=names):
                for alias in names:
                    if alias.name.partition(".")[0] not in self.own and not allowed.module_known(alias.name):
                        yield f"imports {alias.name!r}, which is not on the list"
            case ast.ImportFrom():
                yield from self._import_from(node)
            case ast.Name(id=name, ctx=ast.Load()):
                yield from self._name(name, node, parent)
            case ast.Attribute():
                yield from self._attribute(node)
            case ast.Call():
                yield from self._call(node)
            case ast.ClassDef(keywords=keywords):
                if any(keyword.arg in (None, "metaclass") for keyword in keywords):
                    yield "gives a class a metaclass"
            case ast.MatchClass(kwd_attrs=attributes):
                yield from (why for one in attributes if (why := _reaches(one)))

    def _imported(self, alias: ast.alias, parent: ast.AST) -> tuple[str, str] | None:
        """The name that an import binds to a module of the list, and that module."""
        if isinstance(parent, ast.ImportFrom):
            full = f"{parent.module}.{alias.name}"
            return (alias.asname or alias.name, full) if full in allowed.MODULES and not self._is_own(parent) else None
        full = alias.name if alias.asname else alias.name.partition(".")[0]
        return None if alias.name.partition(".")[0] in self.own else (alias.asname or full, full)

    def _is_own(self, node: ast.ImportFrom) -> bool:
        return node.level > 0 or (node.module or "").partition(".")[0] in self.own

    def _import_from(self, node: ast.ImportFrom) -> Iterator[str]:
        if node.level > 0 and not self.own:
            yield "imports from a package that it is not part of"
        for alias in node.names:
            if alias.name == "*":
                yield "imports everything (*)"
            elif self._is_own(node):
                if _reaches(alias.name):
                    yield f"imports {alias.name!r}"
            elif not allowed.gives(node.module or "", alias.name):
                yield f"imports {alias.name!r} from {node.module!r}, which is not on the list"

    def _name(self, name: str, node: ast.Name, parent: ast.AST) -> Iterator[str]:
        if name in self.modules:
            # A module as a value could be passed to where its private names are reached as if they were `self`'s.
            if not isinstance(parent, ast.Attribute):
                yield f"uses the module {name!r} as a value"
        elif name in allowed.FORBIDDEN_BUILTINS or (_special(name) and name not in allowed.BUILTINS):
            yield f"uses {name!r}"
        elif name not in self.bound and name not in allowed.BUILTINS:
            yield f"uses {name!r}, which it does not define"
        elif name == "type" and name not in self.bound:
            if not (isinstance(parent, ast.Call) and parent.func is node and _plain(parent, 1)):
                yield "uses 'type' otherwise than as type(x)"
        elif name == "getattr" and not (isinstance(parent, ast.Call) and parent.func is node):
            yield "uses 'getattr' as a value"

    def _attribute(self, node: ast.Attribute) -> Iterator[str]:
        module = self._module(node.value)
        if module is not None:
            if not allowed.gives(module, node.attr) and not allowed.module_known(f"{module}.{node.attr}"):
                yield f"uses {module}.{node.attr}, which is not on the list"
            elif not isinstance(node.ctx, ast.Load):
                yield f"changes {module}.{node.attr}"
            return
        if why := _reaches(node.attr):
            yield why
        elif node.attr.startswith("_") and not _special(node.attr) and not _is_self(node.value):
            yield f"reaches for the private {node.attr!r} of something else"
        elif node.attr == "format" and not (isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)):
            yield "calls 'format' on what is not a literal"
        elif node.attr == "format" and isinstance(node.value, ast.Constant) and not _plain_format(node.value.value):
            yield "formats with attributes or indexes in the format"

    def _module(self, node: ast.expr) -> str | None:
        """The module that an expression is, if it is one."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self.modules:
            return None
        full = ".".join([self.modules[node.id], *reversed(parts)])
        return full if allowed.module_known(full) else None

    def _call(self, node: ast.Call) -> Iterator[str]:
        match node.func:
            case ast.Name(id="getattr"):
                second = node.args[1] if len(node.args) > 1 else None
                if not (isinstance(second, ast.Constant) and isinstance(second.value, str)):
                    yield "uses 'getattr' with a name that is not a literal"
                elif (why := _reaches(second.value)) or second.value.startswith("_") or second.value == "format":
                    yield why or f"reaches for {second.value!r} by getattr"
            case ast.Name(id="wraps") | ast.Attribute(attr="wraps"):
                if not _plain(node, 1):
                    yield "uses functools.wraps with more than the function"


def _binds(node: ast.AST) -> list[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            return [name]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.arg(arg=name):
            return [name]
        case ast.alias(name=name, asname=asname):
            return [asname or name.partition(".")[0]] if name != "*" else []
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return [name]
        case ast.MatchMapping(rest=str(name)):
            return [name]
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return list(names)
    # type parameters (3.12) bind too; on 3.11 there are none
    parameter = getattr(node, "name", None) if type(node).__name__ in {"TypeVar", "ParamSpec", "TypeVarTuple"} else None
    return [parameter] if isinstance(parameter, str) else []


def _special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _reaches(attribute: str) -> str | None:
    if _special(attribute) and attribute not in allowed.READ:
        return f"reaches for the interpreter's {attribute!r}"
    if attribute in allowed.FORBIDDEN_ATTRIBUTES:
        return f"reaches for {attribute!r}"
    return None


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in {"self", "cls", "other"}


def _plain(call: ast.Call, count: int) -> bool:
    return len(call.args) == count and not call.keywords and not isinstance(call.args[0], ast.Starred)


def _plain_format(text: object, depth: int = 0) -> bool:
    try:
        fields = list(string.Formatter().parse(str(text)))
    except ValueError:
        return False
    for _, field, spec, _ in fields:
        if field is not None and ("." in field or "[" in field):
            return False
        if spec and (depth > 1 or not _plain_format(spec, depth + 1)):
            return False
    return True
