"""Finds stated functions: their signatures, and examples of what they give."""

from __future__ import annotations

import ast
import builtins
import keyword
import re
from collections.abc import Sequence

from genesis.tools.scaffold.blueprint import Example, Function, Statement

MAX_FUNCTIONS = 40
MAX_EXAMPLES = 50
_CALL = re.compile(r"(?<![\w.])(?:def\s+)?(?P<name>[a-z_][a-z0-9_]{0,60})\(")
MAX_CALL = 400
_NAMED = re.compile(r"\bfunctions?\s+(?:called\s+|named\s+)?[`'\"](?P<name>[a-z_][a-z0-9_]{1,60})[`'\"]", re.IGNORECASE)
_WITH = re.compile(
    r"(?:taking|takes|with|accepts|accepting|given)\s+(?:the\s+)?(?:parameters?\s+|arguments?\s+)?"
    r"((?:an?\s+)?[`'\"]?[a-z_]\w*[`'\"]?(?:\s*(?:,|and)\s*(?:an?\s+)?[`'\"]?[a-z_]\w*[`'\"]?){0,5})"
)
_GIVES = re.compile(
    r"^\s*[`'\"]?\s*(?:==|=>|->|\u2192|=|returns?|gives?|is|yields?|equals"
    r"|(?:must|should|shall|will|has to)\s+(?:return|give|be|equal|yield))\s*:?\s*[`]?(?P<value>.+)",
    re.DOTALL,
)
_RAISES = re.compile(
    r"^\s*[`'\"]?\s*(?:(?:must|should|shall|will)\s+)?(?:raises?|throws?)\s+(?:an?\s+)?[`]?(?P<error>[A-Z]\w+)"
)
_NOT_FUNCTIONS = frozenset(vars(builtins)) | frozenset(keyword.kwlist)


def find_functions(statements: Sequence[Statement]) -> tuple[list[Function], set[int]]:
    """The functions in order of appearance, and the statements that say something of their signatures or examples."""
    found: dict[str, Function] = {}
    used: set[int] = set()
    for at, statement in enumerate(statements):
        text = statement.text
        for match in _CALL.finditer(text):
            after = text[match.end() : match.end() + MAX_CALL]
            inner = _balanced(after)
            if inner is None or match["name"] in _NOT_FUNCTIONS:
                continue
            rest = after[len(inner) + 1 :]
            if not inner.strip() and not match[0].startswith("def ") and not re.match(r"\s*(?:->|[=:])", rest):
                continue  # "see http_get()": a mention, not a wish
            if _take(found, match["name"], inner, rest, text):
                used.add(at)
        for match in _NAMED.finditer(text):
            if match["name"] not in found and len(found) < MAX_FUNCTIONS:
                words = _WITH.search(text, match.end())
                listed = re.split(r"\b(?:returns?|gives?|produces|that|which|to)\b", words[1])[0] if words else ""
                names = re.findall(r"[a-z_]\w*", re.sub(r"\b(?:an?|and|the)\b", " ", listed))
                parameters: list[tuple[str, str | None, str | None]] = [
                    (name, None, None) for name in dict.fromkeys(names)
                ]
                found[match["name"]] = Function(match["name"], parameters, purpose=_purpose(text))
                used.add(at)
    return list(found.values()), used


def _take(found: dict[str, Function], name: str, inner: str, rest: str, text: str) -> bool:
    values = _literals(inner)
    example = _example(values, rest) if values is not None else None
    known = found.get(name)
    if example is not None:
        if known is None:
            if len(found) >= MAX_FUNCTIONS:
                return False
            known = found[name] = Function(name, _invented(len(example.arguments)), purpose=_purpose(text))
        if len(known.examples) < MAX_EXAMPLES and example not in known.examples:
            known.examples.append(example)
        return True
    signature = _signature(name, inner, rest)
    if signature is None or (not inner.strip() and known is not None):
        return False
    if known is None:
        if len(found) >= MAX_FUNCTIONS:
            return False
        found[name] = signature
    else:
        known.parameters, known.returns = signature.parameters, signature.returns or known.returns
    found[name].purpose = found[name].purpose or _purpose(text)
    return True


def _balanced(text: str) -> str | None:
    """What stands before the bracket that closes the one just opened; quotes are respected."""
    depth, quote = 0, ""
    for at, character in enumerate(text):
        if quote:
            quote = "" if character == quote and text[at - 1] != "\\" else quote
        elif character in "'\"":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            if depth == 0:
                return text[:at] if character == ")" else None
            depth -= 1
    return None


def _literals(inner: str) -> tuple[str, ...] | None:
    """The arguments of a call when every one of them is a plain value."""
    try:
        call = ast.parse(f"f({inner})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not isinstance(call, ast.Call) or call.keywords:
        return None
    for argument in call.args:
        try:
            ast.literal_eval(argument)
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            return None
    return tuple(ast.unparse(argument) for argument in call.args)


def _example(arguments: tuple[str, ...], rest: str) -> Example | None:
    if raised := _RAISES.match(rest):
        known = getattr(builtins, raised["error"], None)
        if isinstance(known, type) and issubclass(known, Exception):
            return Example(arguments, raises=raised["error"])
        return None
    given = _GIVES.match(rest) or re.match(r"^[`'\"]?\s*\n(?P<value>.+)", rest)
    value = _value(given["value"]) if given else None
    return Example(arguments, result=value) if value is not None else None


def _value(text: str) -> str | None:
    """The longest literal that the text begins with."""
    text = text.strip().split("\n")[0][:300]
    ends = [len(text), *sorted((match.start() for match in re.finditer(r"[`,;.]|\s", text)), reverse=True)]
    for end in ends:
        try:
            tree = ast.parse(text[:end].strip().rstrip("`").strip(), mode="eval").body
            ast.literal_eval(tree)
        except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
            continue
        if text[:end].rstrip("`").endswith(".") or (isinstance(tree, ast.Tuple) and not text.startswith("(")):
            continue  # "returns 6, and", "returns 6.": the mark is the sentence's
        return ast.unparse(tree)
    named = re.match(r"(true|false|none|null)\b", text, re.IGNORECASE)
    return {"true": "True", "false": "False", "none": "None", "null": "None"}[named[1].lower()] if named else None


def _signature(name: str, inner: str, rest: str) -> Function | None:
    arrow = re.match(r"^\s*->\s*([A-Za-z_]\w*(?:\[[\w\[\], |]*\])?(?:\s*\|\s*\w+)*)", rest)
    returns = arrow[1].strip().rstrip(".,") if arrow else None
    try:
        tree = ast.parse(f"def {name}({inner}): pass").body[0]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not isinstance(tree, ast.FunctionDef) or tree.args.vararg or tree.args.kwarg or tree.args.posonlyargs:
        return None
    parameters: list[tuple[str, str | None, str | None]] = []
    defaults = [None] * (len(tree.args.args) - len(tree.args.defaults)) + list(tree.args.defaults)
    for argument, default in zip(tree.args.args, defaults, strict=True):
        annotation = _known_type(ast.unparse(argument.annotation)) if argument.annotation else None
        try:
            shown = (
                ast.unparse(default)
                if default is not None and ast.literal_eval(default) is not NotImplemented
                else None
            )
        except (ValueError, TypeError):
            return None
        parameters.append((argument.arg, annotation, shown))
    return Function(name, parameters, _known_type(returns) if returns else None)


def _known_type(text: str) -> str | None:
    """An annotation of builtins only; another type would have to be imported from somewhere."""
    names = re.findall(r"[A-Za-z_]\w*", text)
    allowed = {"int", "str", "float", "bool", "list", "dict", "tuple", "set", "bytes", "None", "object", "complex"}
    try:
        ast.parse(text, mode="eval")
    except SyntaxError:
        return None
    return text if names and set(names) <= allowed else None


def _invented(count: int) -> list[tuple[str, str | None, str | None]]:
    names = ["value"] if count == 1 else [f"value{number}" for number in range(1, count + 1)]
    return [(name, None, None) for name in names]


def _purpose(text: str) -> str:
    sentence = re.split(r"(?<=[.!?])\s", " ".join(text.split()))[0]
    short = sentence if len(sentence) <= 90 else sentence[:87].rsplit(" ", 1)[0] + " ..."
    return short.replace("\\", "").replace('"""', "'''")
