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
        self.taken: dict[str, set[str]] = {}  # name -> module.name, of all that is imported from modules under it
        self.kept_back = allowed.FORBIDDEN_ATTRIBUTES
        self.decorators: set[ast.AST] = set()
        for node, parent in nodes:
            self.bound.update(_binds(node))
            if isinstance(node, ast.ClassDef):
                self.decorators.update(node.decorator_list)
            if isinstance(node, ast.alias) and (module := self._imported(node, parent)) is not None:
                self.modules.setdefault(*module)
            if isinstance(node, ast.alias):
                source = parent.module if isinstance(parent, ast.ImportFrom) else node.name
                if isinstance(parent, ast.ImportFrom):
                    self.taken.setdefault(node.asname or node.name, set()).add(f"{source}.{node.name}")
                if source == "sys":
                    self.kept_back = allowed.FORBIDDEN_ATTRIBUTES | allowed.STREAM_ATTRIBUTES

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
                yield from self._attribute(node, parent)
            case ast.Constant(value=str(text)) if "fromfile_prefix" in text:
                yield "names 'fromfile_prefix_chars', which makes a parser read files"
            case ast.Assign(targets=targets, value=value) if any(_is_match_args(one) for one in targets):
                if not self._plain_names(value):
                    yield "gives '__match_args__' otherwise than as plain names"
            case ast.AnnAssign(target=target) | ast.AugAssign(target=target) if _is_match_args(target):
                yield "gives '__match_args__' otherwise than as plain names"
            case ast.Call():
                yield from self._call(node)
            case ast.ClassDef(keywords=keywords):
                if any(keyword.arg in (None, "metaclass") for keyword in keywords):
                    yield "gives a class a metaclass"
            case ast.MatchClass(kwd_attrs=attributes):
                yield from (why for one in attributes if (why := self._reaches(one)))

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
                if self._reaches(alias.name):
                    yield f"imports {alias.name!r}"
            elif not allowed.gives(node.module or "", alias.name):
                yield f"imports {alias.name!r} from {node.module!r}, which is not on the list"

    def _name(self, name: str, node: ast.Name, parent: ast.AST) -> Iterator[str]:
        for full in self.taken.get(name, ()):
            yield from self._form(full, node, parent)
        if name in self.modules:
            # A module as a value could be passed to where its private names are reached as if they were `self`'s.
            if not isinstance(parent, ast.Attribute):
                yield f"uses the module {name!r} as a value"
        elif name in allowed.METHODS and name in self.bound:
            return  # `__rmul__ = __mul__`
        elif name in allowed.FORBIDDEN_BUILTINS or (_special(name) and name not in allowed.BUILTINS):
            yield f"uses {name!r}"
        elif name not in self.bound and name not in allowed.BUILTINS:
            yield f"uses {name!r}, which it does not define"
        elif name == "type" and name not in self.bound:
            if not (isinstance(parent, ast.Call) and parent.func is node and _plain(parent, 1)):
                yield "uses 'type' otherwise than as type(x)"
        elif name == "getattr" and not (isinstance(parent, ast.Call) and parent.func is node):
            yield "uses 'getattr' as a value"

    def _attribute(self, node: ast.Attribute, parent: ast.AST) -> Iterator[str]:
        module = self._module(node.value)
        if module is not None:
            yield from self._form(f"{module}.{node.attr}", node, parent)
            if not allowed.gives(module, node.attr) and not allowed.module_known(f"{module}.{node.attr}"):
                yield f"uses {module}.{node.attr}, which is not on the list"
            elif not isinstance(node.ctx, ast.Load):
                yield f"changes {module}.{node.attr}"
            return
        if why := self._reaches(node.attr):
            yield why
        elif _private(node.attr) and not _is_self(node.value):
            yield f"reaches for the private {node.attr!r} of something else"
        elif node.attr == "format" and not (isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)):
            yield "calls 'format' on what is not a literal"
        elif node.attr == "format" and isinstance(node.value, ast.Constant) and not _plain_format(node.value.value):
            yield "formats with attributes or indexes in the format"

    def _form(self, full: str, node: ast.expr, parent: ast.AST) -> Iterator[str]:
        """Whether a name that is given for one use alone is used so."""
        match full, parent:
            case "dataclasses.dataclass", ast.ClassDef(decorator_list=decorators) if node in decorators:
                return
            case "dataclasses.dataclass", ast.Call(func=func) if func is node and parent in self.decorators:
                return
            case "typing.TypedDict", ast.ClassDef(bases=bases) if node in bases:
                return
            case "argparse.ArgumentParser", ast.Call(func=func, args=arguments, keywords=keywords) if func is node:
                named = all(keyword.arg for keyword in keywords)
                if len(arguments) <= 7 and named and not any(isinstance(one, ast.Starred) for one in arguments):
                    return
            case "argparse.ArgumentParser", ast.arg() | ast.AnnAssign() | ast.FunctionDef():
                return
        if full in allowed.FORMS:
            yield f"uses {full} otherwise than {allowed.FORMS[full]}"

    def _plain_names(self, value: ast.expr) -> bool:
        return isinstance(value, ast.Tuple | ast.List) and all(
            isinstance(one, ast.Constant)
            and isinstance(one.value, str)
            and not one.value.startswith("_")
            and self._reaches(one.value) is None
            for one in value.elts
        )

    def _reaches(self, attribute: str) -> str | None:
        if _special(attribute) and attribute not in allowed.READ:
            return f"reaches for the interpreter's {attribute!r}"
        if attribute in self.kept_back:
            return f"reaches for {attribute!r}"
        return None

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
        if any(keyword.arg == "fromfile_prefix_chars" for keyword in node.keywords):
            yield "makes a parser that reads files"
        match node.func:
            case ast.Attribute(attr="xfail") if node.args:
                yield "calls 'xfail' with a condition, which may be text to evaluate"
            case ast.Name(id="getattr"):
                second = node.args[1] if len(node.args) > 1 else None
                if not (isinstance(second, ast.Constant) and isinstance(second.value, str)):
                    yield "uses 'getattr' with a name that is not a literal"
                elif (why := self._reaches(second.value)) or second.value.startswith("_") or second.value == "format":
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


def _is_match_args(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "__match_args__"


def _special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _private(attribute: str) -> bool:
    return attribute.startswith("_") and not _special(attribute) and attribute not in allowed.NAMED_TUPLES


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
