"""What of a module can be seen from outside, and what is there to see it with. One walk over the tree."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from genesis.finding import Source
from genesis.frozen import Frozen
from genesis.tools.instrumentation.known_calls import (
    JOB_MARKS,
    LOG_CALLS,
    METER_KINDS,
    METRIC_KINDS,
    OUTGOING,
    VERBS,
    WAITS_FOR_EVER,
    WHOLE_APP,
)
from genesis.tools.python.modules import Module, keyword, text_of


class Endpoint(Frozen):
    """Something that answers a request. `measured` and `logged`: by its own body or by a hook round all requests."""

    method: str
    path: str
    handler: str
    source: Source
    measured: bool = False
    logged: bool = False


class Job(Frozen):
    """Work that nobody waits for: a queued task, a schedule, a thread, a command."""

    kind: str
    name: str
    source: Source
    measured: bool = False


class Outgoing(Frozen):
    """A call to something that may be slow or down. `bounded` is False when it can wait for ever."""

    kind: str
    call: str
    source: Source
    bounded: bool = True


class Metric(Frozen):
    """A metric as Prometheus will show it (counters end in `_total`)."""

    name: str
    kind: str
    labels: tuple[str, ...]
    source: Source


class Silent(Frozen):
    """An exception that is caught and leaves no trace."""

    caught: str
    source: Source


@dataclass
class Seen:
    """What a walk over one module found. `measures` and `logs` name the functions that do; hooks see every request."""

    endpoints: list[Endpoint] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    outgoing: list[Outgoing] = field(default_factory=list)
    metrics: list[Metric] = field(default_factory=list)
    silent: list[Silent] = field(default_factory=list)
    whole_app: list[Source] = field(default_factory=list)
    log_calls: list[Source] = field(default_factory=list)
    names_used: dict[str, set[str]] = field(default_factory=dict)
    logging_functions: set[str] = field(default_factory=set)
    hooks: set[str] = field(default_factory=set)
    metric_variables: set[str] = field(default_factory=set)


def look(module: Module) -> Seen:
    """Walks a module once. Raises nothing: what it does not know it leaves out."""
    seen = Seen()
    _Walk(module, seen).visit(module.tree)
    return seen


class _Walk(ast.NodeVisitor):
    def __init__(self, module: Module, seen: Seen) -> None:
        self.module, self.seen = module, seen
        self.functions: list[str] = []

    def visit(self, node: ast.AST) -> None:
        if len(self.functions) < 50:
            super().visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        for name in node.names:
            if name.name.startswith(WHOLE_APP):
                self.seen.whole_app.append(self.module.at(node))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level == 0 and (node.module or "").startswith(WHOLE_APP):
            self.seen.whole_app.append(self.module.at(node))

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for mark in node.decorator_list:
            self._decorated(node, mark)
        if node.name in {"__call__", "dispatch", "process_request", "process_response"}:
            self.seen.hooks.add(node.name)
        self.functions.append(node.name)
        self.generic_visit(node)
        self.functions.pop()

    visit_AsyncFunctionDef = visit_FunctionDef

    def _decorated(self, node: ast.FunctionDef | ast.AsyncFunctionDef, mark: ast.expr) -> None:
        call = mark if isinstance(mark, ast.Call) else None
        target = call.func if call else mark
        last = target.attr if isinstance(target, ast.Attribute) else target.id if isinstance(target, ast.Name) else ""
        if last in {"before_request", "after_request", "teardown_request", "middleware"}:
            self.seen.hooks.add(node.name)
        if last in JOB_MARKS and not (isinstance(target, ast.Name) and last not in self.module.imports):
            self.seen.jobs.append(Job(kind="task", name=node.name, source=self.module.at(node)))
        path = text_of(call.args[0]) if call and call.args else None
        if call is None or path is None or not path.startswith(("/", "<")) or not isinstance(target, ast.Attribute):
            return
        if last in VERBS or last in {"route", "websocket", "api_route"}:
            methods = keyword(call, "methods") or keyword(call, "method")
            listed = [text_of(one) or "" for one in methods.elts] if isinstance(methods, ast.List | ast.Tuple) else []
            single = text_of(methods)
            verb = last.upper() if last in VERBS else single or ",".join(sorted(listed)) or "GET"
            self._endpoint(verb, path, node.name, node)

    def visit_Call(self, node: ast.Call) -> None:
        name = self.module.dotted(node.func)
        last = name.rpartition(".")[2]
        self._metric(node, name)
        if name in OUTGOING:
            bounded = name not in WAITS_FOR_EVER or _has_timeout(node, name)
            call = Outgoing(kind=OUTGOING[name], call=name, source=self.module.at(node), bounded=bounded)
            self.seen.outgoing.append(call)
        if last in LOG_CALLS and ("log" in name.rpartition(".")[0].lower()):
            self.seen.log_calls.append(self.module.at(node))
            self.seen.logging_functions.update(self.functions[-1:])
        if name == "threading.Thread" and (target := keyword(node, "target")) is not None:
            started = self.module.dotted(target) or "a function"
            self.seen.jobs.append(Job(kind="thread", name=started, source=self.module.at(node)))
        if last == "add_job" and node.args:
            started = self.module.dotted(node.args[0]) or "a function"
            self.seen.jobs.append(Job(kind="schedule", name=started, source=self.module.at(node)))
        self._routed(node, name, last)
        self.generic_visit(node)

    def _routed(self, node: ast.Call, name: str, last: str) -> None:
        path = text_of(node.args[0]) if node.args else None
        handler = self.module.dotted(node.args[1]).rpartition(".")[2] if len(node.args) > 1 else ""
        if path is None or not handler:
            return
        if name.startswith("starlette.routing.") and last in {"Route", "WebSocketRoute"}:
            methods = keyword(node, "methods")
            listed = [text_of(one) or "" for one in methods.elts] if isinstance(methods, ast.List | ast.Tuple) else []
            self._endpoint(",".join(sorted(listed)) or "GET", path, handler, node)
        elif name in {"django.urls.path", "django.urls.re_path", "django.conf.urls.url"}:
            if handler != "include":
                self._endpoint("ANY", "/" + path.lstrip("/^"), handler, node)
        elif last.startswith("add_") and last[4:] in {*VERBS, "route"} and path.startswith("/"):
            self._endpoint(last[4:].upper() if last != "add_route" else "ANY", path, handler, node)
        elif last == "add_url_rule" and path.startswith("/"):
            self._endpoint("GET", path, handler, node)

    def visit_Dict(self, node: ast.Dict) -> None:
        """A table of routes: every key a path, every value something to call or a table by method."""
        paths = [text_of(key) for key in node.keys]
        if node.keys and all(path is not None and path.startswith("/") for path in paths):
            for key, path, value in zip(node.keys, paths, node.values, strict=True):
                assert key is not None and path is not None
                if isinstance(value, ast.Dict):
                    for verb, handler in zip(value.keys, value.values, strict=True):
                        method, called = text_of(verb), self.module.dotted(handler)
                        if method and method.lower() in VERBS and called:
                            self._endpoint(method, path, called.rpartition(".")[2], key)
                elif isinstance(value, ast.Attribute | ast.Name) and (called := self.module.dotted(value)):
                    self._endpoint("ANY", path, called.rpartition(".")[2], key)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        value = node.value
        if isinstance(value, ast.Call) and self._metric_kind(self.module.dotted(value.func)):
            for target in node.targets:
                last = target.id if isinstance(target, ast.Name) else getattr(target, "attr", "")
                self.seen.metric_variables.update([last] if last else [])
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if self.functions:
            self.seen.names_used.setdefault(self.functions[-1], set()).add(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if self.functions:
            self.seen.names_used.setdefault(self.functions[-1], set()).add(node.attr)
        self.generic_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        broad = node.type is None or self.module.dotted(node.type) in {"Exception", "BaseException"}
        if broad and all(isinstance(one, ast.Pass | ast.Continue) or _is_text(one) for one in node.body):
            caught = self.module.dotted(node.type) if node.type is not None else "everything"
            self.seen.silent.append(Silent(caught=caught, source=self.module.at(node)))
        self.generic_visit(node)

    def _metric_kind(self, name: str) -> str | None:
        origin, _, last = name.rpartition(".")
        if last in METRIC_KINDS and origin.startswith("prometheus_client"):
            return last
        return METER_KINDS.get(last) if "meter" in origin.lower() else None

    def _metric(self, node: ast.Call, name: str) -> None:
        kind = self._metric_kind(name)
        given = text_of(node.args[0]) if node.args else text_of(keyword(node, "name"))
        if kind is None or given is None:
            return
        labels = node.args[2] if len(node.args) > 2 else keyword(node, "labelnames")
        names = tuple(text_of(one) or "" for one in labels.elts) if isinstance(labels, ast.List | ast.Tuple) else ()
        prefix = [text_of(keyword(node, part)) for part in ("namespace", "subsystem")]
        full = "_".join([*(part for part in prefix if part), given]).replace(".", "_").replace("-", "_")
        if kind == "Counter" and not full.endswith("_total"):
            full += "_total"
        self.seen.metrics.append(Metric(name=full, kind=kind, labels=names, source=self.module.at(node)))

    def _endpoint(self, method: str, path: str, handler: str, node: ast.AST) -> None:
        self.seen.endpoints.append(Endpoint(method=method, path=path, handler=handler, source=self.module.at(node)))


def _has_timeout(node: ast.Call, name: str) -> bool:
    if any(one.arg in {"timeout", None} for one in node.keywords):  # None: **options may hold it
        return True
    return len(node.args) > (2 if "urlopen" in name or "SMTP" in name else 99)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and (text_of(node.value) is not None or _is_dots(node.value))


def _is_dots(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...
