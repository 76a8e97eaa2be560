"""Hostile and honest programs. Every hostile one is a way of reaching files, processes, imports or frames."""

from __future__ import annotations

import random
import time

import pytest

from genesis.security.code.check import MAX_BYTES, check

HOSTILE = {
    "import os": "import os\nos.getcwd()",
    "import of a submodule": "import os.path",
    "from import": "from subprocess import run",
    "import by name": "__import__('os')",
    "import by importlib": "import importlib\nimportlib.import_module('os')",
    "star": "from math import *",
    "eval": "eval('1')",
    "exec": "exec('x=1')",
    "compile": "compile('1', 'x', 'eval')",
    "open": "open('/etc/passwd').read()",
    "open stored": "f = open\nf('/etc/passwd')",
    "open in a list": "[open][0]('/etc/passwd')",
    "open as a default": "def f(o=open): return o('/etc/passwd')",
    "open hidden by a local of that name": "def f():\n    open = 1\nopen('/etc/passwd')",
    "open as a decorator": "@open\ndef f(): pass",
    "globals": "globals()['__builtins__']",
    "builtins": "__builtins__['open']",
    "vars": "vars()",
    "breakpoint": "breakpoint()",
    "subclasses": "().__class__.__bases__[0].__subclasses__()",
    "subclasses by a string": "getattr((), '__class__')",
    "getattr with a computed name": "getattr((), '__cl' + 'ass__')",
    "getattr as a value": "g = getattr\ng((), 'x')",
    "getattr by map": "list(map(getattr, [()], ['__class__']))",
    "setattr": "setattr(object, 'x', 1)",
    "delattr": "delattr(object, 'x')",
    "function globals": "def f(): pass\nf.__globals__",
    "function code": "def f(): pass\nf.__code__",
    "init globals": "class A:\n    def __init__(self): pass\nA.__init__.__globals__",
    "generator frame": "g = (x for x in [1])\ng.gi_frame.f_back",
    "coroutine frame": "async def f(): pass\nf().cr_frame",
    "traceback frame": "try:\n    1/0\nexcept ZeroDivisionError as e:\n    e.__traceback__.tb_frame",
    "exit's traceback": "class A:\n    def __exit__(self, a, b, tb): tb.tb_frame.f_globals",
    "format with attributes": "'{0.__class__}'.format(1)",
    "format with an index": "'{0[x]}'.format({})",
    "format nested in the spec": "'{0:{1.__class__}}'.format(1, 2)",
    "format of a variable": "s = '{0.__class__}'\ns.format(1)",
    "format by the class": "str.format('{0.__class__}', 1)",
    "format_map": "'{a.__class__}'.format_map({'a': 1})",
    "format by getattr": "getattr('{0.__class__}', 'format')(1)",
    "string.Formatter": "import string\nstring.Formatter().format('{0.__class__}', 1)",
    "attrgetter": "from operator import attrgetter\nattrgetter('__class__')(1)",
    "attrgetter by the module": "import operator\noperator.attrgetter('__class__')(1)",
    "methodcaller": "import operator\noperator.methodcaller('__class__')(1)",
    "match on a class": "match ():\n    case object(__class__=c): print(c)",
    "match binds open": "match 1:\n    case open: pass\nopen('x')",
    "module in a module": "import csv\ncsv.io.open('/etc/passwd')",
    "module in a module, private": "import random\nrandom._os.system('true')",
    "module from a module": "from csv import io",
    "private from a module": "from random import _os",
    "module as an argument": "import random\ndef f(self): return self._os\nf(random).system('true')",
    "module stored": "import random\nr = random\nr._os",
    "module as self": "import random as self\nself._os",
    "module shared with another": "import csv as m\nm.reader\nimport json as m",
    "module rebound": "import random\nfor random in [1]: pass",
    "codecs in json": "import json\njson.codecs.open('/etc/passwd')",
    "submodule not listed": "import urllib.parse\nurllib.request.urlopen('http://x')",
    "submodule not listed, import": "import urllib.request",
    "sys.modules": "import sys\nsys.modules['os']",
    "sys.modules imported": "from sys import modules",
    "metaclass": "class M(type):\n    pass\nclass A(metaclass=M): pass",
    "three argument type": "type('A', (), {'__reduce__': 1})",
    "type stored": "t = type\nt('A', (), {})",
    "type starred": "type(*['A', (), {}])",
    "getattribute": "class A:\n    def __getattribute__(self, n): return n",
    "setattr method": "class A:\n    def __setattr__(self, n, v): pass",
    "reduce": "class A:\n    def __reduce__(self): return (print, ('x',))",
    "del method": "class A:\n    def __del__(self): pass",
    "init_subclass": "class A:\n    def __init_subclass__(cls): pass",
    "class assigned": "class A: pass\nA().__class__ = int",
    "wraps with globals": "import functools\ndef f(): pass\nfunctools.wraps(f, (), ('__globals__',))(f)",
    "update_wrapper": "from functools import update_wrapper",
    "get_type_hints": "import typing\nclass A:\n    x: '__import__(\"os\")'\ntyping.get_type_hints(A)",
    "FileType": "import argparse\nargparse.FileType('w')('x')",
    "getnode": "import uuid\nuuid.getnode()",
    "pickle": "import pickle\npickle.loads(b'')",
    "ctypes": "import ctypes",
    "socket": "import socket",
    "pathlib": "from pathlib import Path\nPath('/etc/passwd').read_text()",
    "threading": "import threading",
    "monkeypatching a module": "import math\nmath.sqrt = print",
    "pytest's import": "import pytest\npytest.importorskip('os')",
    "relative import with no package": "from . import x",
    "an undefined name": "print(_os)",
    "lambda default": "(lambda o=__builtins__: o)()",
    "walrus": "(open := 1)",
    "global open": "def f():\n    global open",
    "except as": "try:\n    pass\nexcept Exception as eval:\n    pass\neval('1')",
    "import as": "import math as exec",
    "unicode spelling": "\N{FULLWIDTH LATIN SMALL LETTER E}val('1')",
    "dunder in unicode": "().__cl\N{MATHEMATICAL BOLD SMALL A}ss__",
}

HONEST = {
    "functions": "def add(a: int, b: int = 1) -> int:\n    'Adds.'\n    return a + b\nprint(add(1))",
    "dataclass": "from dataclasses import dataclass, field\n@dataclass(frozen=True)\nclass P:\n    x: int\n"
    "    tags: list[str] = field(default_factory=list)\n    def __post_init__(self):\n"
    "        if self.x < 0:\n            raise ValueError(f'x is {self.x}')\nprint(P(1))",
    "private state": "class Stack:\n    def __init__(self):\n        self._items = []\n    def push(self, x):\n"
    "        self._items.append(x)\n    def __len__(self):\n        return len(self._items)\n"
    "    def __eq__(self, other):\n        return self._items == other._items",
    "super": "class A(Exception):\n    def __init__(self, m):\n        super().__init__(m)",
    "json": "import json\nprint(json.dumps({'a': 1}, indent=2))",
    "statistics": "import statistics as st\nprint(st.mean([1, 2]), st.stdev([1, 2, 3]))",
    "regular expressions": "import re\nprint(re.compile(r'\\d+').findall('a1b22'))",
    "dates": "from datetime import date, timedelta\nprint(date(2024, 1, 31) + timedelta(days=1))",
    "decimal": "from decimal import Decimal, ROUND_HALF_UP\n"
    "print(Decimal('1.005').quantize(Decimal('0.01'), ROUND_HALF_UP))",
    "cli": "import argparse\nimport sys\ndef main(argv=None):\n    p = argparse.ArgumentParser()\n"
    "    p.add_argument('n', type=int)\n    args = p.parse_args(argv)\n    print(args.n)\n    return 0\n"
    "if __name__ == '__main__':\n    sys.exit(main())",
    "collections": "from collections import Counter, defaultdict, namedtuple\nimport collections.abc\n"
    "P = namedtuple('P', 'x y')\nprint(Counter('abca').most_common(1), P(1, 2))\n"
    "def f(x: collections.abc.Iterable) -> None: ...",
    "decorator": "import functools\ndef d(f):\n    @functools.wraps(f)\n"
    "    def g(*a, **k):\n        return f(*a, **k)\n"
    "    return g\n@d\ndef h(): return 1\nprint(h.__name__)",
    "cache and reduce": "from functools import lru_cache, reduce\n@lru_cache(maxsize=None)\ndef fib(n):\n"
    "    return n if n < 2 else fib(n - 1) + fib(n - 2)\nprint(reduce(lambda a, b: a + b, [1, 2]))",
    "match": "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\ndef f(v):\n    match v:\n"
    "        case {'k': k, **rest}: return k\n        case [a, *b]: return a\n        case P(x=1): return 1\n"
    "        case str() as s: return s\n        case _: return None",
    "format": "print('{} {:>5} {name}'.format(1, 2, name='x'), '%s' % 1, f'{1!r:>10}')",
    "getattr with a literal": "class A: x = 1\nprint(getattr(A(), 'x', 2), hasattr(A(), 'y'))",
    "type of": "print(type(1).__name__, isinstance(1, int))",
    "enum": "import enum\nclass C(enum.Enum):\n    A = enum.auto()\nprint(C.A.name)",
    "generators": "def g():\n    yield from range(3)\nprint([x ** 2 for x in g() if x], {x: 1 for x in g()})",
    "exceptions": "try:\n    int('x')\nexcept ValueError as error:\n    print(error.args)\nfinally:\n    pass",
    "typing": "from __future__ import annotations\nfrom typing import TypeVar, Generic, Protocol\nT = TypeVar('T')\n"
    "class Box(Generic[T]):\n    def __init__(self, value: T) -> None:\n        self.value = value",
    "tests": "import pytest\nfrom shop.cart import total\n@pytest.mark.parametrize('n', [1, 2])\ndef test_total(n):\n"
    "    with pytest.raises(ValueError):\n        total(-n)\n    assert total(n) == pytest.approx(n)",
    "urls": "from urllib.parse import urlsplit, quote\nimport urllib.parse\n"
    "print(urlsplit('http://a/b').netloc, urllib.parse.quote('a b'))",
    "operators": "import operator\nfrom operator import itemgetter\n"
    "print(sorted([(2, 1)], key=itemgetter(1)), operator.add(1, 2))",
    "heap and bisect": "import heapq, bisect\nh = [3, 1]\n"
    "heapq.heapify(h)\nprint(heapq.heappop(h), bisect.bisect([1, 2], 1))",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_refuses_what_reaches_outside(name: str) -> None:
    findings = check(HOSTILE[name])
    assert findings, HOSTILE[name]
    for one in findings:
        assert one.source is not None and one.source.line is not None
        assert one.source.excerpt and one.source.excerpt in HOSTILE[name]


@pytest.mark.parametrize("name", HONEST)
def test_accepts_honest_code(name: str) -> None:
    assert check(HONEST[name], own_modules=["shop"]) == ()


def test_a_hostile_line_is_found_wherever_it_stands() -> None:
    dice = random.Random(7)
    for _ in range(40):
        honest = [HONEST[name] for name in dice.sample(sorted(HONEST), 3) if name not in ("tests", "typing")]
        hostile = "import socket"
        place = dice.randrange(len(honest) + 1)
        honest.insert(place, hostile)
        source = "\n".join(honest)
        (finding,) = check(source, own_modules=["shop"])
        assert finding.source is not None
        assert finding.source.line == source.splitlines().index(hostile) + 1


@pytest.mark.parametrize(
    "source",
    [
        "x = 1\n" * MAX_BYTES,
        b"x = '\xff'",
        "x = 1\0",
        "(" * 300 + ")" * 300,
        "x = " + "-" * 5000 + "1",
        "x = " + "- " * 5000 + "1",
        "x = " + "9" * 5000,
        "x = " + "not " * 4000 + "1",
        "x" + ".a" * 5000,
        "x" + "()" * 5000,
        "if 1: pass\n" + "elif 1: pass\n" * 1500,
        "\n".join(" " * depth + "if 1:" for depth in range(99)) + "\n" + " " * 99 + "pass",
        "x = " + "+".join(["1"] * 5000),
        "x = [" + ",".join(["1"] * 9000) + "]",
        "lambda: " * 2000 + "1",
        "x = '\ud800'",
        "def (",
    ],
    ids=lambda source: repr(source[:20]),
)
def test_bounded_on_what_would_choke_a_parser(source: str | bytes) -> None:
    started = time.process_time()
    assert check(source)
    assert time.process_time() - started < 1


def test_own_modules_are_named_by_the_caller() -> None:
    assert check("from shop import cart\nimport shop.cart\nfrom .cart import total", own_modules=["shop"]) == ()
    assert check("from shop import cart")
    assert check("from shop import __builtins__", own_modules=["shop"])
