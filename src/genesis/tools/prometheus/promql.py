"""Reads a PromQL expression far enough to say whether Prometheus will take it, and which metrics it names.

Grammar and functions: Prometheus documentation, "Querying". What is not checked: the types of arguments.
"""

from __future__ import annotations

import re

_AGGREGATORS = """
sum min max avg group stddev stdvar count count_values bottomk topk quantile limitk limit_ratio
"""
_FUNCTIONS = """
abs absent absent_over_time acos acosh asin asinh atan atanh avg_over_time ceil changes clamp clamp_max
clamp_min cos cosh count_over_time day_of_month day_of_week day_of_year days_in_month deg delta deriv
double_exponential_smoothing exp floor histogram_avg histogram_count histogram_fraction histogram_quantile
histogram_stddev histogram_sum holt_winters hour idelta increase info irate label_join label_replace
last_over_time ln log10 log2 mad_over_time max_over_time min_over_time minute month pi predict_linear
present_over_time quantile_over_time rad rate resets round scalar sgn sin sinh sort sort_by_label
sort_by_label_desc sort_desc sqrt stddev_over_time stdvar_over_time sum_over_time tan tanh time timestamp
vector year
"""
AGGREGATORS = frozenset(_AGGREGATORS.split())
FUNCTIONS = frozenset(_FUNCTIONS.split())
WORDS = frozenset(
    {"and", "or", "unless", "bool", "on", "ignoring", "group_left", "group_right", "by", "without", "offset"}
)
SIGNS = frozenset({*"+-*/%^><", "==", "!=", ">=", "<="})
JOINS = frozenset({"and", "or", "unless", "atan2"})
MAX_DEPTH = 100

DURATION = re.compile(r"(?:\d+(?:ms|[smhdwy]))+")
_TOKEN = re.compile(
    r"""(?P<space>[\s]+|\#[^\n]*)
    |(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)
    |(?P<duration>(?:\d+(?:ms|[smhdwy]))+(?![\w.]))
    |(?P<number>0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|(?:[iI]nf|[nN]a[nN])\b)
    |(?P<name>[a-zA-Z_][a-zA-Z0-9_:]*)
    |(?P<operator>=~|!~|==|!=|>=|<=|[-+*/%^><=(){}\[\],:@])""",
    re.VERBOSE,
)


class NotPromql(ValueError):
    """The expression is none; the message says what is wrong and where (a character, counted from 1)."""


def metrics_of(expression: str) -> frozenset[str]:
    """The metrics that an expression reads. Raises `NotPromql`."""
    reader = _Reader(expression)
    reader.expression(0)
    if reader.kind != "end":
        raise NotPromql(f"{reader.text!r} at {reader.at} is one too many")
    return frozenset(reader.metrics)


class _Reader:
    """Recursive descent, bounded by MAX_DEPTH."""

    def __init__(self, expression: str) -> None:
        self.tokens: list[tuple[str, str, int]] = []
        position = 0
        while position < len(expression):
            match = _TOKEN.match(expression, position)
            if match is None or match.lastgroup is None:
                raise NotPromql(f"{expression[position]!r} at {position + 1} is not understood")
            if match.lastgroup != "space":
                self.tokens.append((match.lastgroup, match.group(), position + 1))
            position = match.end()
        self.tokens.append(("end", "the end", len(expression) + 1))
        self.position = 0
        self.metrics: set[str] = set()

    @property
    def kind(self) -> str:
        return self.tokens[self.position][0]

    @property
    def text(self) -> str:
        return self.tokens[self.position][1]

    @property
    def at(self) -> int:
        return self.tokens[self.position][2]

    def take(self) -> str:
        text = self.text
        if self.kind != "end":
            self.position += 1
        return text

    def accept(self, text: str) -> bool:
        if self.kind in {"operator", "name"} and self.text == text:
            self.position += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.accept(text):
            raise NotPromql(f"{text!r} is expected at {self.at}, not {self.text!r}")

    def expression(self, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise NotPromql(f"nested more than {MAX_DEPTH} deep")
        self.operand(depth)
        while self.text in (SIGNS if self.kind == "operator" else JOINS if self.kind == "name" else ()):
            self.take()
            self.accept("bool")
            if self.text in {"on", "ignoring"} and self.kind == "name":
                self.take()
                self.names()
                if self.kind == "name" and self.text in {"group_left", "group_right"}:
                    self.take()
                    if self.text == "(":
                        self.names()
            self.operand(depth)

    def operand(self, depth: int) -> None:
        while self.kind == "operator" and self.text in "+-":
            self.take()
        if self.kind in {"number", "string", "duration"}:
            self.take()
            return
        if self.accept("("):
            self.expression(depth + 1)
            self.expect(")")
        elif self.kind == "operator" and self.text == "{":
            if not self.matchers():
                raise NotPromql(f"a selector with neither name nor label before {self.at}")
        elif self.kind == "name" and self.text not in WORDS:
            self.named(depth)
        else:
            raise NotPromql(f"a value is expected at {self.at}, not {self.text!r}")
        self.suffixes()

    def named(self, depth: int) -> None:
        name, at = self.take(), self.tokens[self.position - 1][2]
        grouped = name in AGGREGATORS and self.text in {"by", "without"} and self.kind == "name"
        if grouped:
            self.take()
            self.names()
        if self.kind == "operator" and self.text == "(":
            if name not in FUNCTIONS and name not in AGGREGATORS:
                raise NotPromql(f"{name!r} at {at} is no function of Prometheus")
            self.take()
            while not self.accept(")"):
                self.expression(depth + 1)
                if self.text != ")":
                    self.expect(",")
            if name in AGGREGATORS and not grouped and self.kind == "name" and self.text in {"by", "without"}:
                self.take()
                self.names()
        elif grouped:
            raise NotPromql(f"'(' is expected at {self.at}, not {self.text!r}")
        else:
            self.metrics.add(name)
            if self.kind == "operator" and self.text == "{":
                self.matchers()

    def suffixes(self) -> None:
        while True:
            if self.accept("["):
                self.duration()
                if self.accept(":") and self.text != "]":
                    self.duration()
                self.expect("]")
            elif self.accept("offset"):
                self.accept("-")
                self.duration()
            elif self.accept("@"):
                if self.kind == "number":
                    self.take()
                elif self.take() in {"start", "end"}:
                    self.expect("(")
                    self.expect(")")
                else:
                    raise NotPromql(f"a time is expected before {self.at}")
            else:
                return

    def duration(self) -> None:
        if self.kind not in {"duration", "number"}:
            raise NotPromql(f"a duration such as 5m is expected at {self.at}, not {self.text!r}")
        self.take()

    def names(self) -> None:
        self.expect("(")
        while not self.accept(")"):
            if self.kind != "name":
                raise NotPromql(f"a label is expected at {self.at}, not {self.text!r}")
            self.take()
            if self.text != ")":
                self.expect(",")

    def matchers(self) -> int:
        self.expect("{")
        count = 0
        while not self.accept("}"):
            if self.kind not in {"name", "string"}:
                raise NotPromql(f"a label is expected at {self.at}, not {self.text!r}")
            label = self.take()
            if self.kind != "operator" or self.text not in {"=", "!=", "=~", "!~"}:
                raise NotPromql(f"=, !=, =~ or !~ is expected at {self.at}, not {self.text!r}")
            operator = self.take()
            if self.kind != "string":
                raise NotPromql(f"a quoted value is expected at {self.at}, not {self.text!r}")
            value = self.take()[1:-1]
            if operator in {"=~", "!~"}:
                _check_pattern(value)
            if label == "__name__" and operator == "=":
                self.metrics.add(value)
            count += 1
            if self.text != "}":
                self.expect(",")
        return count


def _check_pattern(pattern: str) -> None:
    """Only what is wrong in RE2 as in Python: where the two differ (escapes, flags) nothing is said."""
    if "\\" in pattern or "(?" in pattern or "[" in pattern:
        return
    try:
        re.compile(pattern)
    except re.error as error:
        raise NotPromql(f"{pattern!r} is no pattern: {error}") from error
